/** What a page must show, said the slow way: the families of several sources merged as Gather does. */
import type { LabelPair, Metric, MetricFamily } from '../../../shared/exposition/family.ts'

/** Sources in order of precedence, each with its families. No suffix collisions here. */
export function gather(sources: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const merged = new Map<string, MetricFamily & { metrics: Metric[] }>()
  for (const family of sources.flat()) {
    if (family.metrics.length === 0) continue
    const known = merged.get(family.name)
    if (known === undefined) {
      merged.set(family.name, { ...family, metrics: distinct(family.metrics) })
      continue
    }
    const sameHelp =
      known.help === undefined || family.help === undefined || known.help === family.help
    if (known.type !== family.type || !sameHelp) continue
    known.metrics = distinct([...known.metrics, ...family.metrics])
    if (known.help === undefined && family.help !== undefined) {
      merged.set(family.name, { ...known, help: family.help })
    }
  }
  const families = [...merged.values()].sort((a, b) => byBytes(a.name, b.name))
  return families.map((family) => ({ ...family, metrics: family.metrics.toSorted(byGather) }))
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function sorted(labels: readonly LabelPair[]): LabelPair[] {
  return labels.toSorted((a, b) => byBytes(a.name, b.name))
}

function distinct(metrics: readonly Metric[]): Metric[] {
  const seen = new Map<string, Metric>()
  for (const metric of metrics) {
    const labels = sorted(metric.labels)
    const key = JSON.stringify([labels, String(metric.timestampMs)])
    if (!seen.has(key)) seen.set(key, { ...metric, labels })
  }
  return [...seen.values()]
}

function byGather(a: Metric, b: Metric): number {
  if (a.labels.length !== b.labels.length) return a.labels.length - b.labels.length
  for (const [index, label] of a.labels.entries()) {
    const order = byBytes(label.value, b.labels[index]?.value ?? '')
    if (order !== 0) return order
  }
  if (a.timestampMs !== b.timestampMs) {
    if (a.timestampMs === undefined) return 1
    if (b.timestampMs === undefined) return -1
    return a.timestampMs < b.timestampMs ? -1 : 1
  }
  return byBytes(
    a.labels.map((label) => label.name).join('\n'),
    b.labels.map((label) => label.name).join('\n'),
  )
}
