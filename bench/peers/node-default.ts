/** CPU and wall time of one scrape of the node-exporter with the collectors that each side starts by itself. */

import { type Measured, startMeasured } from './program.ts'
import { type Load, sendCount } from './requests.ts'
import type { Row } from './row.ts'

const warmUpScrapes = 500
const scrapes = 300
/** Taken by turns, and the best of each counts: neighbours on the machine only ever add. */
const rounds = 5

const gzip: Load = {
  method: 'GET',
  headers: { 'accept-encoding': 'gzip' },
  next: () => ({ path: '/metrics' }),
}

type Cost = { readonly cpuMs: number; readonly wallMs: number }

export async function benchNodeDefault(): Promise<Row[]> {
  const address = (port: number): string => `--web.listen-address=127.0.0.1:${port}`
  const theirs = await startMeasured('prometheus-node-exporter', (port) => [address(port)], '/')
  const main = 'exporters/node/main.ts'
  const ours = await startMeasured(process.execPath, (port) => [main, address(port)], '/')
  for (const program of [theirs, ours]) await sendCount(program.url, gzip, warmUpScrapes)
  let their = await cost(theirs)
  let our = await cost(ours)
  for (let round = 1; round < rounds; round += 1) {
    their = better(their, await cost(theirs))
    our = better(our, await cost(ours))
  }
  await Promise.all([theirs.stop(), ours.stop()])
  const row = { better: 'less' as const }
  return [
    {
      ...row,
      what: 'scrape of the default collectors, gzip',
      unit: 'ms CPU',
      theirs: their.cpuMs,
      ours: our.cpuMs,
      goal: 0.25,
    },
    {
      ...row,
      what: 'scrape of the default collectors, gzip, from request to answer',
      unit: 'ms',
      theirs: their.wallMs,
      ours: our.wallMs,
      goal: 0.3,
    },
  ]
}

function better(a: Cost, b: Cost): Cost {
  return { cpuMs: Math.min(a.cpuMs, b.cpuMs), wallMs: Math.min(a.wallMs, b.wallMs) }
}

async function cost(program: Measured): Promise<Cost> {
  const before = program.cpuSeconds()
  const startMs = performance.now()
  await sendCount(program.url, gzip, scrapes)
  const wallMs = (performance.now() - startMs) / scrapes
  return { cpuMs: ((program.cpuSeconds() - before) * 1000) / scrapes, wallMs }
}
