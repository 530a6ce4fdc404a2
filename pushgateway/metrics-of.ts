/** Series back to metrics as they were pushed: what is kept of them is text, or more where text cannot tell it. */

import { decodeProtobuf } from '../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../shared/exposition/decode-text.ts'
import { encode } from '../shared/exposition/encode.ts'
import type { Metric, MetricFamily } from '../shared/exposition/family.ts'
import { type Format, textFormat } from '../shared/exposition/negotiate.ts'
import { textHeader } from '../shared/exposition/text.ts'
import { type Family, linesOf, type Series } from './series.ts'

/** With the labels of the group. Many at once cost a third of what they cost one by one. */
export function metricsOf(family: Family, series: readonly Series[]): readonly Metric[] {
  const inText = series.filter(({ source }) => !(source instanceof Uint8Array))
  const lines = inText.map((one) => linesOf(family, one, 'pushed')).join('')
  const head = textHeader({ name: family.name, type: family.type }, 'allow-utf-8')
  const [decoded] = decodeText(head + lines, { names: 'utf8' })
  if (inText.length === series.length) return decoded?.metrics ?? []
  let next = 0
  return series.flatMap(({ source }) => {
    if (source instanceof Uint8Array) return keptMetrics(source)
    return decoded?.metrics[next++] ?? []
  })
}

/** All there is to a metric, for those that say more than their text. */
export function keptMessage(
  { name, type }: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
): Uint8Array | undefined {
  return fitsText(metric) ? undefined : encode([{ name, type, metrics: [metric] }], protobuf)
}

function keptMetrics(message: Uint8Array): readonly Metric[] {
  return decodeProtobuf(message, { names: 'utf8' }).flatMap(({ metrics }) => metrics)
}

/** Whether the text form, read back, is the same metric. */
function fitsText(metric: Metric): boolean {
  if (metric.createdNs !== undefined) return false
  if ('value' in metric) return metric.exemplar === undefined
  if ('valueless' in metric) return false
  if (!isExactDouble(metric.count)) return false
  if ('quantiles' in metric) return true
  const { native, floatCounts, buckets } = metric
  if (native !== undefined || floatCounts === true) return false
  return buckets.every(([, count, exemplar]) => exemplar === undefined && isExactDouble(count))
}

function isExactDouble(count: bigint | number | undefined): boolean {
  return typeof count !== 'bigint' || count <= Number.MAX_SAFE_INTEGER
}

/** As the text format above: nothing is escaped, and it is for ourselves. */
export const protobuf: Format = {
  ...textFormat,
  kind: 'protobuf',
  version: 'delimited',
  escaping: 'allow-utf-8',
}
