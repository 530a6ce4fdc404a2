/** A program under measurement: started on loopback, waited for, its CPU seconds read, stopped by its pid. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Clock ticks a second in /proc/<pid>/stat; 100 on every Linux that Debian builds for. */
const ticksPerSecond = 100

export type Measured = {
  readonly url: string
  /** User and system time of all its threads since it started. */
  cpuSeconds(): number
  rssBytes(): number
  /** Memory of its own, without the program's text and what else is only read from files. */
  anonBytes(): number
  stop(): Promise<void>
}

/** @param ready path that answers 200 once the program serves */
export async function startMeasured(
  command: string,
  args: (port: number) => readonly string[],
  ready: string,
): Promise<Measured> {
  const port = await freePort()
  const child = spawn(command, args(port), { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-2000)
  })
  const url = `http://127.0.0.1:${port}`
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await waitUntilReady(child, `${url}${ready}`, () => log)
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(child),
    rssBytes: () => statusBytes(child, 'VmRSS'),
    anonBytes: () => statusBytes(child, 'RssAnon'),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function waitUntilReady(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) {
      await answer.arrayBuffer()
      return
    }
    await sleep(50)
  }
  throw new Error(`${child.spawnfile} does not serve ${url}; its last words: ${log()}`)
}

function cpuSecondsOf(child: ChildProcess): number {
  // proc(5): after the command in parentheses, utime and stime are the fields 14 and 15.
  const fields = readProc(child, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

function statusBytes(child: ChildProcess, field: string): number {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readProc(child, 'status')) ?? []
  return Number(kilobytes) * 1024
}

function readProc(child: ChildProcess, file: string): string {
  return readFileSync(`/proc/${child.pid}/${file}`, 'utf8')
}
