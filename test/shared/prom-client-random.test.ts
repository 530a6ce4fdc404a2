/** Random histories of a prom-client registry: the page is that of all its metrics converted anew. */
import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client'
import { expect, test } from 'vitest'
import type { Clash } from '../../shared/exposition/clash.ts'
import { negotiate, textFormat } from '../../shared/exposition/negotiate.ts'
import { Page } from '../../shared/exposition/page.ts'
import { Registry as OwnRegistry } from '../../shared/exposition/registry.ts'
import { adoptPromClient } from '../../shared/prom-client.ts'
import {
  type PromClientContent,
  type PromClientLabels,
  promClientFamily,
} from '../../shared/prom-client-family.ts'
import { protobuf } from './exposition/protobuf.ts'

const formats = [
  textFormat,
  negotiate('application/openmetrics-text; version=1.0.0', { openMetrics: true }),
  protobuf,
]

/** The pages of a registry, and what they report. */
class Pages {
  readonly #clashes: string[] = []
  readonly #page = new Page({
    onClash: ({ family, reason }) => this.#clashes.push(family + reason),
  })

  of(registry: OwnRegistry): { pages: string[]; clashes: string[] } {
    this.#clashes.length = 0
    const pages = formats.map((format) =>
      Buffer.from(this.#page.render([registry], format)).toString('latin1'),
    )
    return { pages, clashes: this.#clashes.toSorted() }
  }
}

async function convertedAnew(client: Registry): Promise<OwnRegistry> {
  const registry = new OwnRegistry()
  const problems: Clash[] = []
  const { _defaultLabels } = client as unknown as { _defaultLabels: PromClientLabels }
  const families = []
  for (const metric of client.getMetricsAsArray()) {
    const { name } = metric
    try {
      const readable = metric as unknown as { get(): Promise<PromClientContent> }
      const family = promClientFamily(await readable.get(), _defaultLabels)
      if (family.metrics.length > 0) families.push(family)
    } catch (error) {
      const reason = `prom-client metric ${name} is left out: ${(error as Error).message}`
      problems.push({ family: name, reason })
    }
  }
  registry.adopt(families, problems)
  return registry
}

const labelValue = fc.constantFrom('x', 'y', '', 'é"\n', 1, '1', true, null, undefined)
const labels = fc.record({ a: labelValue, b: labelValue }, { requiredKeys: [] })
const amount = fc.constantFrom(0, 1, 0.1, 7, 1e21, Number.NaN)
const at = fc.nat({ max: 7 })

type Step = (client: Registry) => void
type Metric = Counter | Gauge | Histogram | Summary

/** What happens to a metric, or is done with the registry. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(at, labels, amount).map(([i, l, n]) => count(i, l, n)) },
  fc.tuple(at, fc.nat({ max: 3 })).map(([i, kind]) => add(i, kind)),
  fc.tuple(at, labels).map(([i, l]) => on(i, (metric) => metric.remove(l as never))),
  at.map((i) => on(i, (metric) => metric.reset())),
  at.map(
    (i): Step =>
      (client) =>
        client.removeSingleMetric(`m${i}`),
  ),
  fc.record({ a: labelValue }).map(
    (l): Step =>
      (client) =>
        client.setDefaultLabels(l),
  ),
  fc.constant<Step>((client) => client.setDefaultLabels({})),
)

function on(index: number, change: (metric: Metric) => void): Step {
  return (client) => {
    const metric = client.getSingleMetric(`m${index}`)
    if (metric !== undefined) change(metric as unknown as Metric)
  }
}

/** m7 has a name that belongs to m1 where that is a histogram; every other help text is another one. */
function add(index: number, kind: number): Step {
  const name = index === 7 ? 'm1_count' : `m${index}`
  return (client) => {
    if (client.getSingleMetric(name) !== undefined) return
    const own = { name, help: `Help ${kind % 2}.`, labelNames: ['a', 'b'], registers: [client] }
    if (kind === 0) new Counter({ ...own, enableExemplars: index === 0 })
    else if (kind === 1) new Gauge(own)
    else if (kind === 2) new Histogram({ ...own, buckets: [1, 5] })
    else new Summary({ ...own, percentiles: [0.5] })
  }
}

function count(index: number, of: object, value: number): Step {
  return on(index, (metric) => {
    if (metric instanceof Gauge) return metric.set(of, value)
    if (Number.isNaN(value)) return
    if (metric instanceof Counter && index === 0) {
      return metric.inc({ labels: of, value, exemplarLabels: { id: 'x' } })
    }
    if (metric instanceof Counter) return metric.inc(of, value)
    metric.observe(of, value)
  })
}

test('a page of kept series is the page of all metrics converted anew', async () => {
  const history = fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(history, async (rounds) => {
      const client = new Registry()
      client.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
      const source = adoptPromClient(client)
      const kept = new Pages()
      for (let index = 0; index < 4; index++) add(index, index)(client)
      for (const steps of rounds) {
        for (const change of steps) change(client)
        const expected = new Pages().of(await convertedAnew(client))
        expect(kept.of(await source.refresh())).toEqual(expected)
      }
    }),
    { numRuns: 300 },
  )
}, 60_000)
