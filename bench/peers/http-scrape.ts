/** CPU of a whole scrape over HTTP, 1,000 series of which 40% change: ours, prom-client, Go's promhttp. */
import { goProgram } from './go-program.ts'
import { type Measured, startMeasured } from './program.ts'
import { type Load, sendCount } from './requests.ts'
import type { Row } from './row.ts'

const series = 1000
const warmUpScrapes = 1500
const scrapes = 1000
/** Taken by turns, and the best of each counts: neighbours on the machine only ever add. */
const rounds = 5

export async function benchHttpScrape(): Promise<Row[]> {
  const rows: Row[] = []
  const ours = await start('ours')
  const promClient = await start('prom-client')
  const adopted = await start('prom-client-adopted')
  const go = goProgram()
  const serve = (port: number) => ['serve', `${series}`, `${port}`]
  const promhttp = go === undefined ? undefined : await startMeasured(go, serve, '/')
  // Set in milliseconds, where prom-client took what they are divided by.
  for (const [name, load, goal] of [
    ['plain', plain, 0.25 / 1.3],
    ['gzip', gzip, 0.5 / 1.9],
  ] as const) {
    const servers = [ours, promClient, adopted, ...(promhttp ? [promhttp] : [])]
    for (const server of servers) await sendCount(server.url, load, warmUpScrapes)
    const best = new Map(servers.map((server) => [server, Number.POSITIVE_INFINITY]))
    for (let round = 0; round < rounds; round++) {
      for (const server of servers) {
        const cost = await cpuMsPerScrape(server, load)
        best.set(server, Math.min(cost, best.get(server) ?? cost))
      }
    }
    const row = (what: string, theirs: Measured, mine: Measured) => ({
      what: `scrape of ${series} series over HTTP, ${name}, ${what}`,
      unit: 'ms CPU',
      theirs: best.get(theirs) ?? Number.NaN,
      ours: best.get(mine) ?? Number.NaN,
      better: 'less' as const,
    })
    rows.push({ ...row('beside prom-client', promClient, ours), goal })
    rows.push(row('the same prom-client metrics on our page', promClient, adopted))
    if (promhttp) rows.push(row("beside Go's promhttp", promhttp, ours))
  }
  await Promise.all([ours, promClient, adopted, promhttp].map((server) => server?.stop()))
  return rows
}

const next = () => ({ path: '/metrics' })
const plain: Load = { method: 'GET', next }
const gzip: Load = { method: 'GET', headers: { 'accept-encoding': 'gzip' }, next }

function start(way: string): Promise<Measured> {
  const args = (port: number) => ['bench/peers/scrape-server.ts', way, `${series}`, `${port}`]
  return startMeasured(process.execPath, args, '/metrics')
}

async function cpuMsPerScrape(program: Measured, load: Load): Promise<number> {
  const before = program.cpuSeconds()
  await sendCount(program.url, load, scrapes)
  return ((program.cpuSeconds() - before) * 1000) / scrapes
}
