/** The reference encoder: families to the bytes that Go's expfmt writes, in the order they are given. */
import type { Histogram, LabelPair, Metric, MetricFamily, Summary } from './family.ts'
import type { EscapingScheme } from './names.ts'
import type { Format } from './negotiate.ts'
import { formatValue } from './number.ts'
import { textHeader, textSeries } from './text.ts'

/**
 * Writes families, metrics and labels as they come; ordering them is up to the caller. Throws a
 * TypeError for a family without name or metrics, or a metric without the value its type asks for.
 * Only the text format so far.
 */
export function encode(families: Iterable<MetricFamily>, format: Format): Uint8Array {
  if (format.kind !== 'text') {
    throw new RangeError(`cannot encode ${format.kind}: only the text format is written yet`)
  }
  let text = ''
  for (const family of families) {
    checkFamily(family)
    text += textHeader(family, format.escaping)
    for (const metric of family.metrics) text += encodeMetric(family, metric, format.escaping)
  }
  return Buffer.from(text)
}

/** All lines of one metric, without the family's header. Throws as encode() does. */
export function encodeMetric(
  family: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
  escaping: EscapingScheme,
): string {
  const end = metric.timestampMs === undefined ? '\n' : ` ${metric.timestampMs}\n`
  const line = (suffix: string, labels: readonly LabelPair[], value: number | bigint) =>
    `${textSeries(family.name + suffix, labels, escaping)} ${formatValue(Number(value))}${end}`
  if (family.type === 'summary') {
    if (!('quantiles' in metric)) throw wrongKind(family)
    return summaryLines(metric, line)
  }
  if (family.type === 'histogram' || family.type === 'gaugehistogram') {
    if (!('buckets' in metric)) throw wrongKind(family)
    return histogramLines(metric, line)
  }
  if (!('value' in metric)) throw wrongKind(family)
  return line('', metric.labels, metric.value)
}

/** Throws a TypeError for a family that has nothing to write or no name to write it under. */
function checkFamily(family: MetricFamily): void {
  if (family.metrics.length === 0) {
    throw new TypeError(`cannot encode family ${JSON.stringify(family.name)}: it has no metrics`)
  }
  if (family.name === '') throw new TypeError('cannot encode a family without a name')
}

function wrongKind(family: Pick<MetricFamily, 'name' | 'type'>): TypeError {
  const name = JSON.stringify(family.name)
  return new TypeError(`cannot encode family ${name}: a metric has no ${family.type} value`)
}

type WriteLine = (suffix: string, labels: readonly LabelPair[], value: number | bigint) => string

/** `quantile` stands last, behind the metric's own labels. */
function summaryLines(metric: Metric & Summary, line: WriteLine): string {
  let text = ''
  for (const [quantile, value] of metric.quantiles) {
    const last = { name: 'quantile', value: formatValue(quantile) }
    text += line('', [...metric.labels, last], value)
  }
  return (
    text + line('_sum', metric.labels, metric.sum) + line('_count', metric.labels, metric.count)
  )
}

/** `le` stands last; a missing bucket for +Inf is the count. */
function histogramLines(metric: Metric & Histogram, line: WriteLine): string {
  let text = ''
  let infinity = false
  for (const [le, count] of metric.buckets) {
    if (le === Number.POSITIVE_INFINITY) infinity = true
    text += line('_bucket', [...metric.labels, { name: 'le', value: formatValue(le) }], count)
  }
  if (!infinity) {
    text += line('_bucket', [...metric.labels, { name: 'le', value: '+Inf' }], metric.count)
  }
  return (
    text + line('_sum', metric.labels, metric.sum) + line('_count', metric.labels, metric.count)
  )
}
