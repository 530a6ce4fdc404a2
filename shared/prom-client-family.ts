/** What a prom-client metric gives, as a family of our model. */
import type {
  Bucket,
  Exemplar,
  LabelPair,
  Metric,
  MetricFamily,
  MetricType,
} from './exposition/family.ts'
import { compareBytes } from './exposition/order.ts'

/** What `metric.get()` of prom-client gives. */
export type PromClientContent = {
  readonly name: string
  readonly help: string
  /** Its types say a number, its code gives `counter`. */
  readonly type: unknown
  readonly values: readonly PromClientValue[]
}

export type PromClientLabels = Readonly<Record<string, unknown>>

export type PromClientValue = {
  readonly value: number
  readonly labels: PromClientLabels
  /** Of histograms and summaries, where it differs from the family's. */
  readonly metricName?: string
  readonly exemplar?: {
    readonly labelSet: PromClientLabels
    readonly value: number
    /** Seconds, with milliseconds behind the point. */
    readonly timestamp?: number
  } | null
}

/** Default labels give way to a metric's own. Throws a TypeError on what no page could show. */
export function promClientFamily(
  { name, help, type, values }: PromClientContent,
  defaults?: PromClientLabels,
): MetricFamily {
  const known = promClientType(type)
  const metrics =
    known === 'histogram' || known === 'summary'
      ? compounds(name, known, values, defaults)
      : values.map(({ labels, value, exemplar }) => {
          const own = { labels: pairs(labels, defaults), value }
          return exemplar ? { ...own, exemplar: toExemplar(exemplar) } : own
        })
  return { name, help, type: known, metrics }
}

export function promClientType(type: unknown): MetricType {
  return types.get(type) ?? 'unknown'
}

const types: ReadonlyMap<unknown, MetricType> = new Map(
  (['counter', 'gauge', 'histogram', 'summary'] as const).map((type) => [type, type]),
)

/** prom-client lists histograms and summaries flat: their buckets or quantiles, sums and counts. */
function compounds(
  name: string,
  type: 'histogram' | 'summary',
  values: readonly PromClientValue[],
  defaults: PromClientLabels | undefined,
): Metric[] {
  const bound = type === 'histogram' ? 'le' : 'quantile'
  const found = new Map<string, Compound>()
  for (const { labels, value, metricName, exemplar } of values) {
    const key = keyOf(labels, bound)
    let compound = found.get(key)
    if (compound === undefined) {
      compound = { labels: pairs(labels, defaults, bound), sum: 0, count: 0, points: [] }
      found.set(key, compound)
    }
    if (metricName === `${name}_sum`) compound.sum = value
    else if (metricName === `${name}_count`) compound.count = value
    else {
      const at = labels[bound]
      const point = [at === '+Inf' ? Number.POSITIVE_INFINITY : Number(at), value] as const
      compound.points.push(exemplar ? [...point, toExemplar(exemplar)] : point)
    }
  }
  return Array.from(found.values(), ({ labels, sum, count, points }) => {
    if (type === 'summary') {
      return { labels, sum, count, quantiles: points.map(([quantile, value]) => [quantile, value]) }
    }
    return { labels, sum, count, buckets: ascending(name, points) }
  })
}

type Compound = { labels: LabelPair[]; sum: number; count: number; points: Point[] }
type Point = readonly [bound: number, value: number, exemplar?: Exemplar]

/** prom-client takes bounds in any order, and Infinity beside its own +Inf. */
function ascending(name: string, points: readonly Point[]): Bucket[] {
  const buckets: Bucket[] = []
  let previous = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const [bound] = point
    if (bound === Number.POSITIVE_INFINITY && bound === previous) buckets.pop()
    else if (!(bound > previous)) {
      throw new TypeError(
        `histogram ${name} needs its bucket bounds in ascending order, got ${bound} behind ${previous}`,
      )
    }
    buckets.push(point)
    previous = bound
  }
  return buckets
}

/** Tells the metrics of one family apart; prom-client lists the labels of one in a fixed order. */
export function keyOf(labels: PromClientLabels, bound: string): string {
  let key = ''
  for (const name of Object.keys(labels)) {
    if (name === bound) continue
    const value = String(labels[name])
    key += `${name}:${value.length}:${value}`
  }
  return key
}

/** In name order, as every label set on a page. An undefined value is no label. */
export function pairs(
  labels: PromClientLabels,
  defaults?: PromClientLabels,
  bound?: string,
): LabelPair[] {
  const all = defaults === undefined ? labels : { ...defaults, ...labels }
  const found: LabelPair[] = []
  for (const name of Object.keys(all)) {
    const value = labels[name] === undefined ? defaults?.[name] : labels[name]
    if (name === bound || value === undefined) continue
    if (name.startsWith('__')) throw new TypeError(`its label ${name} is reserved for Prometheus`)
    found.push({ name, value: String(value) })
  }
  return found.sort((a, b) => compareBytes(a.name, b.name))
}

function toExemplar({
  labelSet,
  value,
  timestamp,
}: NonNullable<PromClientValue['exemplar']>): Exemplar {
  const exemplar = { labels: pairs(labelSet), value }
  if (timestamp === undefined) return exemplar
  return { ...exemplar, timestampNs: BigInt(Math.round(timestamp * 1000)) * 1_000_000n }
}
