/** An application's own prom-client metrics as families of our model, for our page to show. */
import type { Clash } from './exposition/clash.ts'
import type {
  Bucket,
  Exemplar,
  LabelPair,
  Metric,
  MetricFamily,
  MetricType,
} from './exposition/family.ts'
import { compareBytes } from './exposition/order.ts'
import { Registry } from './exposition/registry.ts'

/** What is needed of prom-client's Registry, so that the application's own version of it fits. */
export type PromClientRegistry = {
  getMetricsAsArray(): readonly object[]
  /** Set by setDefaultLabels(); prom-client has no other way to ask for them. */
  readonly _defaultLabels?: PromClientLabels
}

export type PromClientSource = {
  /** For `gather`, beside others; as of the last refresh(). */
  readonly registry: Registry
  /**
   * Reads all metrics and gives back the registry. A metric whose `collect` throws, or is not ready
   * when the signal fires, is left out; the page reports it as a clash.
   */
  refresh(signal?: AbortSignal): Promise<Registry>
}

/**
 * Shows the metrics of a prom-client registry, also those it gets later. Read by `metric.get()`, never
 * by `registry.metrics()`: in OpenMetrics mode that renames counters for good.
 */
export function adoptPromClient(client: PromClientRegistry): PromClientSource {
  const registry = new Registry()
  return {
    registry,
    async refresh(signal) {
      const families: MetricFamily[] = []
      const problems: Clash[] = []
      const metrics = client.getMetricsAsArray()
      const late = signal === undefined ? [] : [aborted(signal)]
      const reads = metrics.map(async (metric) => {
        const content = await Promise.race([getContent(metric), ...late])
        if (content === undefined) throw new Error('its collect() was not ready in time')
        return promClientFamily(content, client._defaultLabels)
      })
      for (const [index, read] of (await Promise.allSettled(reads)).entries()) {
        if (read.status === 'rejected') problems.push(problem(metrics[index], read.reason))
        else if (read.value.metrics.length > 0) families.push(read.value)
      }
      registry.adopt(families, problems)
      return registry
    },
  }
}

/** What `metric.get()` of prom-client gives. */
export type PromClientContent = {
  readonly name: string
  readonly help: string
  /** Its types say a number, its code gives `counter`. */
  readonly type: unknown
  readonly values: readonly Value[]
}

type PromClientLabels = Readonly<Record<string, unknown>>

type Value = {
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
  const known = types.get(type) ?? 'unknown'
  const metrics =
    known === 'histogram' || known === 'summary'
      ? compounds(name, known, values, defaults)
      : values.map(({ labels, value, exemplar }) => {
          const own = { labels: pairs(labels, defaults), value }
          return exemplar ? { ...own, exemplar: toExemplar(exemplar) } : own
        })
  return { name, help, type: known, metrics }
}

const types: ReadonlyMap<unknown, MetricType> = new Map(
  (['counter', 'gauge', 'histogram', 'summary'] as const).map((type) => [type, type]),
)

/** prom-client lists histograms and summaries flat: their buckets or quantiles, sums and counts. */
function compounds(
  name: string,
  type: 'histogram' | 'summary',
  values: readonly Value[],
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
function keyOf(labels: PromClientLabels, bound: string): string {
  let key = ''
  for (const name of Object.keys(labels)) {
    if (name === bound) continue
    const value = String(labels[name])
    key += `${name}:${value.length}:${value}`
  }
  return key
}

/** In name order, as every label set on a page. An undefined value is no label. */
function pairs(labels: PromClientLabels, defaults?: PromClientLabels, bound?: string): LabelPair[] {
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

function toExemplar({ labelSet, value, timestamp }: NonNullable<Value['exemplar']>): Exemplar {
  const exemplar = { labels: pairs(labelSet), value }
  if (timestamp === undefined) return exemplar
  return { ...exemplar, timestampNs: BigInt(Math.round(timestamp * 1000)) * 1_000_000n }
}

async function getContent(metric: object): Promise<PromClientContent> {
  if (!('get' in metric) || typeof metric.get !== 'function') {
    throw new TypeError('it has no get() as prom-client 13 and newer give it')
  }
  return metric.get()
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function problem(metric: object | undefined, error: unknown): Clash {
  const name = metric !== undefined && 'name' in metric ? String(metric.name) : 'without name'
  const reason = error instanceof Error ? error.message : String(error)
  return { family: name, reason: `prom-client metric ${name} is left out: ${reason}` }
}
