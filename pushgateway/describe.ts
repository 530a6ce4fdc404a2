/** A metric in error texts, in the shape the original prints: protobuf's text format. */

import type { LabelPair, Metric, MetricType } from '../shared/exposition/family.ts'
import { formatValue } from '../shared/exposition/number.ts'
import { quote } from '../shared/quote.ts'

/** `collected metric "x" { label:{name:"job" value:"a"} gauge:{value:1} }` */
export function describeMetric(
  name: string,
  type: MetricType,
  labels: readonly LabelPair[],
  metric: Metric,
): string {
  const pairs = labels.map((label) => {
    return `label:{name:${quote(label.name)} value:${quote(label.value)}} `
  })
  const kind = typeName(type).toLowerCase()
  return `collected metric ${quote(name)} { ${pairs.join('')}${kind}:{${describeValue(metric)}} }`
}

/** The type as the original's messages and JSON have it: GAUGE, UNTYPED, GAUGE_HISTOGRAM. */
export function typeName(type: MetricType): string {
  if (type === 'unknown') return 'UNTYPED'
  return type === 'gaugehistogram' ? 'GAUGE_HISTOGRAM' : type.toUpperCase()
}

function describeValue(metric: Metric): string {
  if ('value' in metric) return `value:${formatValue(metric.value)}`
  if ('valueless' in metric) return ''
  const points = 'buckets' in metric ? metric.buckets.length : metric.quantiles.length
  const kind = 'buckets' in metric ? 'buckets' : 'quantiles'
  const { count = 0, sum = 0 } = metric
  return `sample_count:${count} sample_sum:${formatValue(sum)} ${kind}:${points}`
}
