/** What the Pushgateway and the pull server count about themselves, kept by prom-client. */
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Bucket, LabelPair, Metric, MetricFamily } from './exposition/family.ts'

export type SelfMetrics = {
  counter<L extends string = never>(
    name: string,
    help: string,
    labelNames?: readonly L[],
  ): Counter<L>
  gauge<L extends string = never>(name: string, help: string, labelNames?: readonly L[]): Gauge<L>
  /** `buckets` are upper bounds, ascending, without +Inf. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames?: readonly L[],
  ): Histogram<L>
  /** The values of this moment, for Registry.adopt(). */
  families(): Promise<MetricFamily[]>
}

/** A set of its own, not prom-client's global registry, and never its text writer: only its counting. */
export function createSelfMetrics(): SelfMetrics {
  const families: (() => Promise<MetricFamily>)[] = []
  const registers: [] = []
  return {
    counter: (name, help, labelNames = []) => {
      const counter = new Counter({ name, help, labelNames, registers })
      families.push(async () => simple({ name, help, type: 'counter' }, await counter.get()))
      return counter
    },
    gauge: (name, help, labelNames = []) => {
      const gauge = new Gauge({ name, help, labelNames, registers })
      families.push(async () => simple({ name, help, type: 'gauge' }, await gauge.get()))
      return gauge
    },
    histogram: (name, help, buckets, labelNames = []) => {
      const bounds = [...buckets]
      const histogram = new Histogram({ name, help, labelNames, buckets: bounds, registers })
      families.push(async () => {
        const { values } = await histogram.get()
        return { name, help, type: 'histogram', metrics: histograms(name, values) }
      })
      return histogram
    },
    families: () => Promise.all(families.map((read) => read())),
  }
}

type Labels = Readonly<Partial<Record<string, string | number>>>
type Value = { readonly value: number; readonly labels: Labels; readonly metricName?: string }

function simple(
  head: { name: string; help: string; type: 'counter' | 'gauge' },
  { values }: { values: readonly Value[] },
): MetricFamily {
  return { ...head, metrics: values.map(({ labels, value }) => ({ labels: pairs(labels), value })) }
}

/** prom-client lists a histogram flat, as `_bucket`, `_sum` and `_count` values. */
function histograms(name: string, values: readonly Value[]): Metric[] {
  const found = new Map<
    string,
    { labels: LabelPair[]; buckets: Bucket[]; sum: number; count: number }
  >()
  for (const { value, labels, metricName } of values) {
    const own = pairs(labels).filter((pair) => pair.name !== 'le')
    const key = JSON.stringify(own)
    const histogram = found.get(key) ?? { labels: own, buckets: [], sum: 0, count: 0 }
    found.set(key, histogram)
    if (metricName === `${name}_sum`) histogram.sum = value
    else if (metricName === `${name}_count`) histogram.count = value
    else histogram.buckets.push([upperBound(labels['le']), value])
  }
  return [...found.values()]
}

function upperBound(le: string | number | undefined): number {
  return le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le)
}

/** In name order, as every label set on a page. */
function pairs(labels: Labels): LabelPair[] {
  const names = Object.keys(labels).sort()
  return names.map((name) => ({ name, value: String(labels[name]) }))
}
