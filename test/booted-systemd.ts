/** A real systemd for tests: booted in a container of namespaces over this machine's own files. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sharedFolder } from './shared-folder.ts'
import { waitFor } from './wait.ts'

const root = join(import.meta.dirname, '..')

/** Why none can be booted here, undefined when one can. */
export function whyNoSystemd(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  const missing = ['/usr/bin/systemd-nspawn', '/usr/bin/nsenter', '/usr/bin/curl'].find(
    (file) => !existsSync(file),
  )
  if (missing !== undefined) return `${missing} is not installed: npm run peers`
  if (bootScript() === undefined) return 'no ../shared folder; set NARTHEX_SHARED'
  return undefined
}

function bootScript(): string | undefined {
  const folder = sharedFolder()
  const script = join(folder ?? '/', 'tools/boot-systemd.sh')
  return folder !== undefined && existsSync(script) ? script : undefined
}

export type BootedSystemd = {
  /** Process 1 of the container, as seen from here. */
  readonly leader: number
  /** Runs a command inside and returns what it printed. Throws when it fails. */
  run(...command: readonly string[]): Promise<string>
  /** Runs a shell script inside. */
  shell(script: string): Promise<string>
  /** Starts a program inside as a service of that name. */
  start(name: string, ...command: readonly string[]): Promise<void>
  down(): Promise<void>
}

/** Boots one, in a second or two. It has a loopback of its own, and this checkout at its path. */
export async function bootSystemd(): Promise<BootedSystemd> {
  const script = bootScript()
  if (script === undefined) throw new Error('no boot-systemd.sh: ask whyNoSystemd first')
  const env = {
    PATH: process.env['PATH'] ?? '',
    EXPO_NAME: `narthex-test-${process.pid}`,
    EXPO_BIND: `${root}:${root}`,
  }
  const call = async (...args: readonly string[]): Promise<string> => {
    const options = { env, maxBuffer: 1e9 }
    return (await promisify(execFile)('bash', [script, ...args], options)).stdout
  }
  const booted = await call('up')
  return {
    leader: Number(/leader=(\d+)/.exec(booted)?.[1]),
    run: (...command) => call('run', ...command),
    shell: (text) => call('run', 'bash', '-c', text),
    // As a child of ours it would be no child of the container's init, which then cannot end.
    start: async (name, ...command) =>
      void (await call('run', 'systemd-run', '--quiet', `--unit=${name}`, ...command)),
    // Its mounts may be in use for a moment more than it lives.
    down: async () =>
      void (await waitFor('the container to go', async () => (await call('down')) === '')),
  }
}
