/** Two pages of one target in turn: families, and the same with some that came, went, moved or have other values. */
import { encode } from '../../shared/exposition/encode.ts'
import type { Metric, MetricFamily } from '../../shared/exposition/family.ts'
import { type Format, negotiate, textFormat } from '../../shared/exposition/negotiate.ts'
import type { Random } from './mutate.ts'

/** A valid page in a format at random, and another one; neither is longer than some thousand bytes. */
export function twoPages(random: Random): { before: Uint8Array; after: Uint8Array } {
  const format = random.pick(formats)
  const families = Array.from({ length: 1 + random.below(4) }, () => someFamily(random))
  let changed = families
  for (let changes = random.below(4); changes > 0; changes--) changed = change(changed, random)
  const written = changed.filter(({ metrics }) => metrics.length > 0)
  return { before: encode(families, format), after: encode(written, format) }
}

const formats: readonly Format[] = [
  textFormat,
  negotiate('application/openmetrics-text; version=1.0.0', { openMetrics: true }),
  negotiate(
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
    { protobuf: true },
  ),
]

const types = ['counter', 'gauge', 'unknown', 'histogram', 'summary'] as const

function someFamily(random: Random): MetricFamily {
  const type = random.pick(types)
  const name = `${random.pick(['a', 'bb', 'process_cpu', 'node_network_receive'])}_${type}`
  const help = random.pick([undefined, '', 'A "help" text\nof two lines.'])
  const metrics = Array.from({ length: 1 + random.below(5) }, (_, index) => {
    return someMetric(type, index, random)
  })
  return { name, type, ...(help !== undefined && { help }), metrics }
}

function someMetric(type: MetricFamily['type'], index: number, random: Random): Metric {
  const texts = [String(index), 'eth0', 'é', 'a\\b', `x${'y'.repeat(random.below(150))}`]
  const names = ['a', 'device', 'le', 'quantile', 'z'].slice(random.below(5))
  const labels = names.map((name) => ({ name, value: random.pick(texts) }))
  const timed = random.below(8) === 0 ? { timestampMs: BigInt(random.below(2 ** 31)) } : {}
  const own = { labels, ...timed }
  const count = BigInt(random.below(300))
  if (type === 'summary') {
    const quantiles = [0.5, 0.99].map((at) => [at, someValue(random)] as const)
    return { ...own, sum: someValue(random), count, quantiles }
  }
  if (type !== 'histogram') return { ...own, value: someValue(random) }
  const bounds = [0.5, 1, 2.5, Number.POSITIVE_INFINITY].slice(random.below(4))
  return { ...own, sum: someValue(random), count, buckets: bounds.map((bound) => [bound, count]) }
}

function someValue(random: Random): number {
  const ratio = random.below(2 ** 30) / 2 ** 20
  return random.pick([0, -0, 1, random.below(1000), ratio, -ratio, 1e300, Number.NaN])
}

type Change = (families: readonly MetricFamily[], random: Random) => MetricFamily[]

const changes: readonly Change[] = [
  (families, random) => families.toSpliced(random.below(families.length), 1),
  (families, random) => families.toSpliced(random.below(families.length), 0, someFamily(random)),
  (families, random) => withMetrics(families, random, (metrics, at) => metrics.toSpliced(at, 1)),
  // One that is there already, or moved.
  (families, random) =>
    withMetrics(families, random, (metrics, at) => {
      return metrics.toSpliced(random.below(metrics.length), 0, metrics[at] as Metric)
    }),
  (families, random) => withMetrics(families, random, (metrics) => metrics.toReversed()),
  (families, random) =>
    withMetrics(families, random, (metrics, at, { type }) => {
      return metrics.with(at, someMetric(type, at, random))
    }),
  // Other values under the same labels.
  (families, random) =>
    withMetrics(families, random, (metrics, _, { type }) => {
      return metrics.map((metric, index) => {
        return { ...someMetric(type, index, random), labels: metric.labels }
      })
    }),
]

function change(families: readonly MetricFamily[], random: Random): MetricFamily[] {
  return families.length === 0 ? [someFamily(random)] : random.pick(changes)(families, random)
}

function withMetrics(
  families: readonly MetricFamily[],
  random: Random,
  make: (metrics: readonly Metric[], at: number, family: MetricFamily) => Metric[],
): MetricFamily[] {
  const at = random.below(families.length)
  const family = families[at] as MetricFamily
  if (family.metrics.length === 0) return [...families]
  const metrics = make(family.metrics, random.below(family.metrics.length), family)
  return families.with(at, { ...family, metrics })
}
