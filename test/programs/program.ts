/** Starts one of our programs as a real process, finds the port it took, and stops it by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

export type ProgramOptions = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

export type RunningProgram = AsyncDisposable & {
  /** Of the first listen address: `http://127.0.0.1:41234`. */
  readonly url: string
  /** As the log tells them: `127.0.0.1:41234`, `unix:/tmp/x.sock`. */
  readonly addresses: readonly string[]
  readonly pid: number
  stdout(): string
  stderr(): string
  /** The first stderr line that matches, also one that was there before; throws when none comes. */
  logLine(pattern: RegExp, timeoutMs?: number): Promise<string>
  /** Ends when the process has; a process that ignores the signal for 10 s is killed. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
  readonly exited: Promise<Exit>
}

const root = join(import.meta.dirname, '..', '..')

/**
 * Starts `exporters/nginx/main.ts` or the like with `--web.listen-address=127.0.0.1:0` before `args`
 * (unless they give an address) and waits until it listens. Use with `await using`, or call stop().
 */
export async function startProgram(
  main: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<RunningProgram> {
  const hasAddress = args.some((arg) => arg.startsWith('--web.listen-address'))
  const all = hasAddress ? args : ['--web.listen-address=127.0.0.1:0', ...args]
  const { child, output, exited } = launch(main, all, options)
  const logLine = (pattern: RegExp, timeoutMs = 10_000): Promise<string> =>
    findLine(main, child, output, pattern, timeoutMs)
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> => {
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
    return exited.finally(() => clearTimeout(timer))
  }
  try {
    await logLine(/Listening on/)
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
  const addresses = (): string[] => {
    const found = output.stderr.matchAll(/Listening on.*?address"?[=:]"?([^\s"]+)"?\}?\n/g)
    return [...found].flatMap(([, address]) => address ?? [])
  }
  return {
    get url() {
      return `http://${addresses()[0] ?? ''}`
    },
    get addresses() {
      return addresses()
    },
    pid: child.pid ?? 0,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    logLine,
    stop,
    exited,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

/** Runs a program that ends by itself: --help, --version, a command line or a start that fails. */
export async function runProgram(
  main: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit & { stdout: string; stderr: string }> {
  const { child, output, exited } = launch(main, args, options)
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const exit = await exited.finally(() => clearTimeout(timer))
  return { ...exit, ...output }
}

type Launched = {
  child: ChildProcess
  output: { stdout: string; stderr: string }
  exited: Promise<Exit>
}

function launch(main: string, args: readonly string[], options: ProgramOptions): Launched {
  const child = spawn(process.execPath, [join(root, main), ...args], {
    cwd: options.cwd ?? root,
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const killWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('exit', killWithUs)
      resolve({ code, signal })
    })
  })
  return { child, output, exited }
}

function findLine(
  main: string,
  child: ChildProcess,
  output: { readonly stderr: string },
  pattern: RegExp,
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      // The last piece has no line break yet: a port number may be half there.
      const line = output.stderr
        .split('\n')
        .slice(0, -1)
        .find((text) => pattern.test(text))
      if (line === undefined) return
      finish()
      resolve(line)
    }
    const fail = (why: string) => (): void => {
      finish()
      reject(new Error(`${main} ${why} without a line like ${pattern}; stderr:\n${output.stderr}`))
    }
    const onClose = fail('ended')
    const timer = setTimeout(fail(`ran ${timeoutMs} ms`), timeoutMs)
    const finish = (): void => {
      clearTimeout(timer)
      child.stderr?.off('data', look)
      child.off('close', onClose)
    }
    child.stderr?.on('data', look)
    child.once('close', onClose)
    look()
  })
}
