/** CPU of the pull server for a million samples, both servers scraping the same target at once. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Measured, startMeasured } from './program.ts'
import type { Row } from './row.ts'

const series = 10_000
const warmUpMs = 20_000
/** Longer than the 120 scrapes that fill a chunk, so that cutting chunks is paid for in the figure. */
const measuredMs = 150_000

export async function benchIngest(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'narthex-bench-'))
  const target = await startTarget()
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: bench\n    static_configs:\n      - targets: ["127.0.0.1:${target.port}"]\n`,
  )
  const args = (name: string) => (port: number) => [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, name)}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const theirs = await startMeasured('prometheus', args('theirs'), '/-/ready')
  const ours = await startMeasured(
    process.execPath,
    (port) => ['pullserver/main.ts', ...args('ours')(port)],
    '/-/ready',
  )
  await sleep(warmUpMs)
  const [theirCost, ourCost] = await Promise.all([costPerMillion(theirs), costPerMillion(ours)])
  const rows: Row[] = [
    {
      what: `CPU for a million samples, ${series.toLocaleString('en')} series every second`,
      unit: 's',
      theirs: theirCost,
      ours: ourCost,
      goal: 1.5,
      better: 'less',
    },
    {
      what: 'resident memory after that',
      unit: 'MB',
      theirs: theirs.rssBytes() / 1e6,
      ours: ours.rssBytes() / 1e6,
      better: 'less',
    },
  ]
  await Promise.all([theirs.stop(), ours.stop()])
  target.stop()
  rmSync(folder, { recursive: true })
  return rows
}

async function costPerMillion(server: Measured): Promise<number> {
  const cpuBefore = server.cpuSeconds()
  const samplesBefore = await countSamples(server)
  await sleep(measuredMs)
  const samples = (await countSamples(server)) - samplesBefore
  if (samples < (series * measuredMs) / 2000) {
    throw new Error(
      `${server.url} stored ${samples} samples in ${measuredMs} ms: too few to measure`,
    )
  }
  return (server.cpuSeconds() - cpuBefore) / (samples / 1e6)
}

/** Samples that the server says it has of the target; asked the same way of both. */
async function countSamples({ url }: Measured): Promise<number> {
  const query = 'sum(sum_over_time(scrape_samples_scraped{job="bench"}[1h]))'
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } }
  return Number(body.data.result[0]?.value[1])
}

async function startTarget(): Promise<{ port: string; stop(): void }> {
  const child = spawn(process.execPath, ['bench/peers/target.ts', String(series)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const port = await new Promise<string>((resolve) => lines.once('line', resolve))
  return { port, stop: () => child.kill('SIGTERM') }
}
