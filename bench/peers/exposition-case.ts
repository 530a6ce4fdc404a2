/**
 * One way to write or read a page, measured alone in this process: `node exposition-case.ts page 1000`
 * prints the nanoseconds of CPU per sample, all threads, in the best of many short rounds.
 */
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { encode } from '../../shared/exposition/encode.ts'
import { gzipPage } from '../../shared/exposition/gzip.ts'
import { negotiate, textFormat } from '../../shared/exposition/negotiate.ts'
import { Page } from '../../shared/exposition/page.ts'
import { ScrapeParser } from '../../shared/exposition/scrape.ts'
import { adoptPromClient } from '../../shared/prom-client.ts'
import { machine, machineFamilies, machinePage } from '../machine.ts'
import { promClientMachine } from './prom-client-machine.ts'

const openMetricsFormat = negotiate('application/openmetrics-text; version=1.0.0', {
  openMetrics: true,
})
const protobufFormat = negotiate(
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
  { protobuf: true },
)

/** A case makes what it needs and gives back the work of one page. */
type Case = (series: number) => (round: number) => unknown

const cases: Readonly<Record<string, Case>> = {
  page: writePage(textFormat),
  'page-openmetrics': writePage(openMetricsFormat),
  'page-protobuf': writePage(protobufFormat),
  encode(series) {
    const families = machineFamilies(series)
    return () => encode(families, textFormat)
  },
  scrape(series) {
    const bodies = Array.from({ length: 4 }, (_, round) => machinePage(series, round))
    const parser = new ScrapeParser()
    let refs = 0
    const sink = { resolve: () => refs++ }
    return (round) => parser.parse(bodies[round % bodies.length] ?? Buffer.of(), 'text', sink)
  },
  decode(series) {
    const body = machinePage(series)
    return () => decodeText(body)
  },
  gzip(series) {
    const body = machinePage(series)
    return () => gzipPage(body)
  },
  'prom-client'(series) {
    const { registry, change } = promClientMachine(series)
    return (round) => {
      change(round)
      return registry.metrics()
    }
  },
  'prom-client-adopted'(series) {
    const { registry, change } = promClientMachine(series)
    const source = adoptPromClient(registry)
    const page = new Page()
    return async (round) => {
      change(round)
      return page.render([await source.refresh()], textFormat)
    }
  },
}

function writePage(format: typeof textFormat): Case {
  return (series) => {
    const { registry, change } = machine(series)
    const page = new Page()
    return (round) => {
      change(round)
      return page.render([registry], format)
    }
  }
}

const warmUpMs = 1500
/** CPU time is told in steps of 10 ms. */
const roundMs = 400
const rounds = 6

const [name = '', count = ''] = process.argv.slice(2)
const series = Number(count)
const work = cases[name]?.(series)
if (work === undefined || !(series > 0)) {
  throw new Error(`want one of ${Object.keys(cases).join(', ')} and a number of series`)
}
let round = 0
await workFor(warmUpMs)
const costs: number[] = []
for (let index = 0; index < rounds; index++) costs.push(await workFor(roundMs))
console.log(Math.min(...costs).toFixed(2))

/** Nanoseconds of CPU per sample. */
async function workFor(durationMs: number): Promise<number> {
  const before = process.cpuUsage()
  const first = round
  const deadline = performance.now() + durationMs
  while (performance.now() < deadline) {
    const made = work?.(round++)
    if (made instanceof Promise) await made
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / ((round - first) * series)
}
