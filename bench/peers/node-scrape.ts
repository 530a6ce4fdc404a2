/** CPU of one scrape of the node-exporter, the same collectors on both sides. */

import { type Measured, startMeasured } from './program.ts'
import { type Load, sendCount } from './requests.ts'
import type { Row } from './row.ts'

const collectors =
  'cpu diskstats filesystem loadavg meminfo netdev netstat os pressure sockstat stat textfile time uname vmstat'.split(
    ' ',
  )
const flags = ['--collector.disable-defaults', ...collectors.map((name) => `--collector.${name}`)]
const firstScrapes = 50
const warmUpScrapes = 1000
const measuredScrapes = 2000

export async function benchNodeScrape(): Promise<Row[]> {
  const theirs = await startMeasured(
    'prometheus-node-exporter',
    (port) => [`--web.listen-address=127.0.0.1:${port}`, ...flags],
    '/',
  )
  const ours = await startMeasured(
    process.execPath,
    (port) => ['exporters/node/main.ts', `--web.listen-address=127.0.0.1:${port}`, ...flags],
    '/',
  )
  const rows: Row[] = []
  const compare = async (what: string, scrapes: number, load: Load, goal?: number) =>
    rows.push({
      what,
      unit: 'ms CPU',
      theirs: await cpuMsPerScrape(theirs, load, scrapes),
      ours: await cpuMsPerScrape(ours, load, scrapes),
      ...(goal !== undefined && { goal }),
      better: 'less',
    })
  await compare(`scrape, the first ${firstScrapes} after the start, gzip`, firstScrapes, gzip)
  await sendCount(theirs.url, gzip, warmUpScrapes)
  await sendCount(ours.url, gzip, warmUpScrapes)
  await compare('scrape, gzip as Prometheus asks', measuredScrapes, gzip, 0.5)
  await compare('scrape, not compressed', measuredScrapes, identity, 0.5)
  rows.push({
    what: 'resident memory after these scrapes',
    unit: 'MB',
    theirs: theirs.rssBytes() / 1e6,
    ours: ours.rssBytes() / 1e6,
    better: 'less',
  })
  await Promise.all([theirs.stop(), ours.stop()])
  return rows
}

const next = () => ({ path: '/metrics' })
const gzip: Load = { method: 'GET', headers: { 'accept-encoding': 'gzip' }, next }
const identity: Load = { method: 'GET', next }

async function cpuMsPerScrape(program: Measured, load: Load, scrapes: number): Promise<number> {
  const before = program.cpuSeconds()
  await sendCount(program.url, load, scrapes)
  return ((program.cpuSeconds() - before) * 1000) / scrapes
}
