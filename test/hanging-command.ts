/** A command that never answers, as one does whose disk or driver is dead. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

export type HangingCommand = Disposable & {
  /** A PATH in which it comes before the real one. */
  readonly path: string
  /** How many of it are under way. */
  running(): number
}

/** Use with `using`. */
export function hangingCommand(name: string): HangingCommand {
  const folder = temporaryFolder()
  const seconds = String(100_000 + Math.floor(Math.random() * 800_000)) // its name in the list of processes
  writeFileSync(join(folder.path, name), `#!/bin/sh\nexec sleep ${seconds}\n`, { mode: 0o755 })
  return {
    path: `${folder.path}${delimiter}${process.env['PATH'] ?? ''}`,
    running: () => commandLines().filter((line) => line === `sleep ${seconds}`).length,
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  }
}

function commandLines(): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.flatMap((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    } catch (error) {
      if (error instanceof Error && 'code' in error) return [] // it has just ended
      throw error
    }
  })
}
