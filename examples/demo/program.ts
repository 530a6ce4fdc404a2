/** One child process of the demonstration: its lines under its name, and its orderly end. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export type Program = {
  readonly name: string
  /** Resolves when the process has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | string>
  /** SIGTERM, then SIGKILL for one that has not ended after {@link graceMs}. */
  stop(): Promise<void>
}

const graceMs = 8000

export function startProgram(name: string, command: string, args: readonly string[]): Program {
  // In a process group of its own: the terminal sends Ctrl-C to the whole foreground group, and a program
  // that gets it from there and SIGTERM from here would take the second for impatience and not finish.
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  prefixLines(name, child.stdout)
  prefixLines(name, child.stderr)
  const ended = waitForEnd(child)
  return {
    name,
    ended,
    async stop() {
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(killer)
    },
  }
}

function waitForEnd(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
}

function prefixLines(name: string, stream: Readable): void {
  createInterface({ input: stream }).on('line', (line) => {
    process.stdout.write(`${name.padEnd(14)} | ${line}\n`)
  })
}
