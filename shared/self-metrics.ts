/** What the Pushgateway and the pull server count about themselves, kept by prom-client. */
import { Counter, Gauge, Histogram } from 'prom-client'
import type { MetricFamily } from './exposition/family.ts'
import { type PromClientContent, promClientFamily } from './prom-client-family.ts'

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
  const metrics: { get(): Promise<PromClientContent> }[] = []
  const registers: [] = []
  return {
    counter: (name, help, labelNames = []) => {
      const counter = new Counter({ name, help, labelNames, registers })
      metrics.push(counter)
      return counter
    },
    gauge: (name, help, labelNames = []) => {
      const gauge = new Gauge({ name, help, labelNames, registers })
      metrics.push(gauge)
      return gauge
    },
    histogram: (name, help, buckets, labelNames = []) => {
      const bounds = [...buckets]
      const histogram = new Histogram({ name, help, labelNames, buckets: bounds, registers })
      metrics.push(histogram)
      return histogram
    },
    families: () =>
      Promise.all(metrics.map(async (metric) => promClientFamily(await metric.get()))),
  }
}
