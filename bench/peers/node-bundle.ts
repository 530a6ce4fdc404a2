/** The bundled node-exporter as a unit file starts it: private memory after scrapes, and how soon it answers. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startMeasured } from './program.ts'
import { type Load, sendCount } from './requests.ts'
import type { Row } from './row.ts'

/** As reference/packaging.md has it for exporters. */
const nodeFlags = ['--jitless', '--max-semi-space-size=1']
const bundle = 'dist/node-exporter.cjs'
const peerCommand = 'prometheus-node-exporter'
const starts = 7
/** Ours is to answer this soon, whatever the original needs; the table shows it as a ratio. */
const limitMs = 150

const gzip: Load = {
  method: 'GET',
  headers: { 'accept-encoding': 'gzip' },
  next: () => ({ path: '/metrics' }),
}

export async function benchNodeBundle(): Promise<Row[]> {
  execFileSync(process.execPath, ['build.ts'], { stdio: 'ignore' })
  return [...(await memoryRows()), await startRow()]
}

async function memoryRows(): Promise<Row[]> {
  const rows: Row[] = []
  const address = (port: number): string => `--web.listen-address=127.0.0.1:${port}`
  const theirs = await startMeasured(peerCommand, (port) => [address(port)], '/')
  const ours = await startMeasured(
    process.execPath,
    (port) => [...nodeFlags, bundle, address(port)],
    '/',
  )
  let sent = 0
  for (const [scrapes, limitMb] of [
    [300, 16],
    [3000, 22],
  ] as const) {
    for (const program of [theirs, ours]) await sendCount(program.url, gzip, scrapes - sent)
    sent = scrapes
    rows.push({
      what: `private memory after ${scrapes} scrapes, all default collectors, bundle`,
      unit: 'MB',
      theirs: theirs.anonBytes() / 1e6,
      ours: ours.anonBytes() / 1e6,
      goal: (limitMb * 1e6) / theirs.anonBytes(),
      better: 'less',
    })
  }
  await Promise.all([theirs.stop(), ours.stop()])
  return rows
}

async function startRow(): Promise<Row> {
  const best = { theirs: Number.POSITIVE_INFINITY, ours: Number.POSITIVE_INFINITY }
  for (let start = 0; start < starts; start += 1) {
    best.theirs = Math.min(best.theirs, await startMs(peerCommand, []))
    best.ours = Math.min(best.ours, await startMs(process.execPath, [...nodeFlags, bundle]))
  }
  return {
    what: `from start to the first page, bundle, best of ${starts}`,
    unit: 'ms',
    ...best,
    goal: limitMs / best.theirs,
    better: 'less',
  }
}

/** Wall time until a first page is complete. */
async function startMs(command: string, args: readonly string[]): Promise<number> {
  const port = await freePort()
  const startedMs = performance.now()
  const child = spawn(command, [...args, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  await firstPage(child, `http://127.0.0.1:${port}/metrics`)
  const ms = performance.now() - startedMs
  child.kill('SIGTERM')
  await ended
  return ms
}

async function firstPage(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const page = await fetch(url).catch(() => undefined)
    if (page?.ok) {
      await page.text()
      return
    }
    await sleep(1)
  }
  throw new Error(`${child.spawnfile} ended with ${child.exitCode}`)
}
