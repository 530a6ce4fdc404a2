/**
 * Notices that npm has died. npm does not pass SIGTERM on to what it runs, and SIGKILL cannot be
 * passed on: without this watch the programs would stay behind, holding their ports.
 */
import { readFileSync } from 'node:fs'

const pollMs = 500

/** Calls back once when one of the processes above this one, up to npm itself, is gone. */
export function watchLauncher(onGone: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const launchers = findLaunchers()
  const timer = setInterval(() => {
    if (process.ppid === launchers[0] && launchers.every(isAlive)) return
    clearInterval(timer)
    onGone()
  }, pollMs)
  timer.unref()
}

/** The parent and, where that is the shell that npm starts scripts with, npm above it. */
function findLaunchers(): number[] {
  const parent = process.ppid
  const grandparent = parentOf(parent)
  const isShell = /^(sh|dash|bash)$/.test(commandOf(parent))
  return isShell && grandparent !== undefined && grandparent > 1 ? [parent, grandparent] : [parent]
}

function parentOf(pid: number): number | undefined {
  const fields = readStat(pid)
    ?.replace(/^.*\) /s, '')
    .split(' ')
  return fields === undefined ? undefined : Number(fields[1])
}

function commandOf(pid: number): string {
  return /\((.*)\)/s.exec(readStat(pid) ?? '')?.[1] ?? ''
}

/** /proc/<pid>/stat (proc(5)), or undefined where there is no such process or no /proc. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
