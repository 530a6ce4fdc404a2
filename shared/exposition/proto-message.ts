/** Families as the messages of metrics.proto, with the fields that client_golang would set. */
import type {
  Exemplar,
  Histogram,
  LabelPair,
  Metric,
  MetricFamily,
  MetricType,
  NativeHistogram,
  Summary,
} from './family.ts'
import { type EscapingScheme, escapeWrittenName } from './names.ts'
import type { Message } from './proto-schema.ts'
import type { Described } from './text.ts'

/** The message of a whole family. Throws a TypeError for a metric with a value of another type. */
export function familyMessage(family: MetricFamily, escaping: EscapingScheme): Message {
  return {
    ...headerMessage(family, escaping),
    metric: family.metrics.map((metric) => metricMessage(family, metric, escaping)),
  }
}

/** A family without its metrics. */
export function headerMessage(
  family: Described & Pick<MetricFamily, 'typeNumber'>,
  escaping: EscapingScheme,
): Message {
  return {
    name: family.name === '' ? undefined : escapeWrittenName(family.name, escaping),
    help: family.help,
    type: family.typeNumber ?? typeNumbers[family.type],
    unit: family.unit,
  }
}

/** The message of one metric. Throws as familyMessage() does. */
export function metricMessage(
  family: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
  escaping: EscapingScheme,
): Message {
  return {
    label: metric.labels.map((label) => labelMessage(label, escaping)),
    ...valueFields(family, metric),
    timestamp_ms: metric.timestampMs,
  }
}

/** Of metrics that are one number: the field of Metric that holds it. */
export function simpleField(type: MetricType): 'counter' | 'gauge' | 'untyped' {
  if (type === 'counter') return 'counter'
  return type === 'unknown' ? 'untyped' : 'gauge'
}

/** There is no info and no stateset; as in the text format they are gauges. */
const typeNumbers: Readonly<Record<MetricType, number>> = {
  counter: 0,
  gauge: 1,
  info: 1,
  stateset: 1,
  summary: 2,
  unknown: 3,
  histogram: 4,
  gaugehistogram: 5,
}

function valueFields(family: Pick<MetricFamily, 'name' | 'type'>, metric: Metric): Message {
  if ('valueless' in metric) return {}
  const { type } = family
  const created = metric.createdNs === undefined ? undefined : timeMessage(metric.createdNs)
  if (type === 'summary') {
    if (!('quantiles' in metric)) throw wrongKind(family)
    return { summary: { ...summaryMessage(metric), created_timestamp: created } }
  }
  if (type === 'histogram' || type === 'gaugehistogram') {
    if (!('buckets' in metric)) throw wrongKind(family)
    return { histogram: { ...histogramMessage(metric), created_timestamp: created } }
  }
  if (!('value' in metric)) throw wrongKind(family)
  const { value, exemplar } = metric
  if (type !== 'counter') return { [simpleField(type)]: { value } }
  return {
    counter: {
      value,
      exemplar: exemplar && exemplarMessage(exemplar),
      created_timestamp: created,
    },
  }
}

function summaryMessage({ count, sum, quantiles }: Summary): Message {
  return {
    sample_count: count === undefined ? undefined : integer(count),
    sample_sum: sum,
    quantile: quantiles.map(([quantile, value]) => ({ quantile, value })),
  }
}

function histogramMessage(histogram: Histogram): Message {
  const { count, sum, buckets, native } = histogram
  const counts = [count ?? 0n, ...buckets.map(([, upTo]) => upTo)]
  const asFloats = histogram.floatCounts === true || !counts.every(isInteger)
  return {
    ...(count !== undefined && countMessage('sample_count', count, asFloats)),
    sample_sum: sum,
    bucket: buckets.map(([upper, upTo, exemplar]) => ({
      ...countMessage('cumulative_count', upTo, asFloats),
      upper_bound: upper,
      exemplar: exemplar && exemplarMessage(exemplar),
    })),
    ...(native && nativeMessage(native)),
  }
}

function countMessage(field: string, count: bigint | number, asFloats: boolean): Message {
  if (asFloats && typeof count === 'number') return { [`${field}_float`]: count }
  return { [field]: integer(count) }
}

function nativeMessage({
  schema,
  zeroThreshold,
  zeroCount,
  negative,
  positive,
  exemplars,
}: NativeHistogram): Message {
  return {
    schema,
    zero_threshold: zeroThreshold,
    [typeof zeroCount === 'bigint' ? 'zero_count' : 'zero_count_float']: zeroCount,
    negative_span: negative.spans,
    negative_delta: negative.deltas,
    negative_count: negative.counts,
    positive_span: positive.spans,
    positive_delta: positive.deltas,
    positive_count: positive.counts,
    exemplars: exemplars.map(exemplarMessage),
  }
}

/** Names in exemplars are not escaped, as upstream. */
function exemplarMessage({ labels, value, timestampNs }: Exemplar): Message {
  return {
    label: labels,
    value,
    timestamp: timestampNs === undefined ? undefined : timeMessage(timestampNs),
  }
}

function timeMessage(ns: bigint): Message {
  const nanos = ((ns % billion) + billion) % billion
  return { seconds: (ns - nanos) / billion, nanos: Number(nanos) }
}

const billion = 1_000_000_000n

function labelMessage({ name, value }: LabelPair, escaping: EscapingScheme): Message {
  return {
    name: escapeWrittenName(name, escaping),
    value: name === '__name__' ? escapeWrittenName(value, escaping) : value,
  }
}

/** What Go makes of a float that becomes a count. */
function integer(count: bigint | number): bigint {
  if (typeof count === 'bigint') return count
  return Number.isFinite(count) ? BigInt(Math.trunc(count)) : 1n << 63n
}

function isInteger(count: bigint | number): boolean {
  return typeof count === 'bigint' || Number.isSafeInteger(count)
}

function wrongKind(family: Pick<MetricFamily, 'name' | 'type'>): TypeError {
  const name = JSON.stringify(family.name)
  return new TypeError(`cannot encode family ${name}: a metric has no ${family.type} value`)
}
