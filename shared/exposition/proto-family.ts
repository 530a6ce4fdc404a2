/** The messages of metrics.proto, as read, to families and metrics. */
import type {
  Bucket,
  Exemplar,
  Histogram,
  LabelPair,
  Metric,
  MetricType,
  NativeHistogram,
  Simple,
  Summary,
  Valueless,
} from './family.ts'
import type { Range } from './proto-schema.ts'

/** What familyWithoutMetrics reads. */
export type RawFamily = {
  readonly name?: string
  readonly help?: string
  readonly type?: number
  readonly metric?: readonly Range[]
  readonly unit?: string
}

/** What metric reads; the labels may be left out. */
export type RawMetric = {
  readonly label?: readonly RawLabel[]
  readonly gauge?: RawNumber
  readonly counter?: RawNumber
  readonly untyped?: RawNumber
  readonly summary?: RawSummary
  readonly histogram?: RawHistogram
  readonly timestamp_ms?: bigint
}

/** No type is a counter; undefined is a number that has no name. */
export function typeOf({ type = 0 }: RawFamily): MetricType | undefined {
  return types[type]
}

const types: readonly MetricType[] = [
  'counter',
  'gauge',
  'summary',
  'unknown',
  'histogram',
  'gaugehistogram',
]

/** A metric that has no value of its family's type comes out valueless. */
export function metricOf(type: MetricType | undefined, raw: RawMetric): Metric {
  const labels = raw.label?.map(labelOf) ?? noLabels
  const value = valueIn(type, raw)
  const { timestamp_ms: timestampMs } = raw
  const createdNs = createdOf(type, raw)
  return {
    labels,
    ...(timestampMs === undefined ? undefined : { timestampMs }),
    ...(createdNs === undefined ? undefined : { createdNs }),
    ...value,
  }
}

type RawLabel = { readonly name?: string; readonly value?: string }
type RawTime = { readonly seconds?: bigint; readonly nanos?: number }
type RawExemplar = {
  readonly label?: readonly RawLabel[]
  readonly value?: number
  readonly timestamp?: RawTime
}
type RawNumber = {
  readonly value?: number
  readonly exemplar?: RawExemplar
  readonly created_timestamp?: RawTime
}
export type RawSummary = {
  readonly sample_count?: bigint
  readonly sample_sum?: number
  readonly quantile?: readonly { readonly quantile?: number; readonly value?: number }[]
  readonly created_timestamp?: RawTime
}
type RawBucket = {
  readonly cumulative_count?: bigint
  readonly cumulative_count_float?: number
  readonly upper_bound?: number
  readonly exemplar?: RawExemplar
}
type RawSpan = { readonly offset?: number; readonly length?: number }
export type RawHistogram = {
  readonly sample_count?: bigint
  readonly sample_count_float?: number
  readonly sample_sum?: number
  readonly bucket?: readonly RawBucket[]
  readonly created_timestamp?: RawTime
  readonly schema?: number
  readonly zero_threshold?: number
  readonly zero_count?: bigint
  readonly zero_count_float?: number
  readonly negative_span?: readonly RawSpan[]
  readonly negative_delta?: readonly bigint[]
  readonly negative_count?: readonly number[]
  readonly positive_span?: readonly RawSpan[]
  readonly positive_delta?: readonly bigint[]
  readonly positive_count?: readonly number[]
  readonly exemplars?: readonly RawExemplar[]
}

const noLabels: readonly LabelPair[] = []
const valueless: Valueless = { valueless: true }

function valueIn(
  type: MetricType | undefined,
  raw: RawMetric,
): Simple | Summary | Histogram | Valueless {
  switch (type) {
    case 'counter':
      return raw.counter === undefined ? valueless : counterOf(raw.counter)
    case 'gauge':
      return raw.gauge === undefined ? valueless : { value: raw.gauge.value ?? 0 }
    case 'unknown':
      return raw.untyped === undefined ? valueless : { value: raw.untyped.value ?? 0 }
    case 'summary':
      return raw.summary === undefined ? valueless : summaryOf(raw.summary)
    case 'histogram':
    case 'gaugehistogram':
      return raw.histogram === undefined ? valueless : histogramOf(raw.histogram)
    default:
      return valueless
  }
}

function createdOf(type: MetricType | undefined, raw: RawMetric): bigint | undefined {
  const isHistogram = type === 'histogram' || type === 'gaugehistogram'
  const holder = isHistogram ? raw.histogram : type === 'summary' ? raw.summary : raw.counter
  const time = type === 'gauge' || type === 'unknown' ? undefined : holder?.created_timestamp
  return time && timeOf(time)
}

function counterOf({ value = 0, exemplar }: RawNumber): Simple {
  return exemplar === undefined ? { value } : { value, exemplar: exemplarOf(exemplar) }
}

function summaryOf({ sample_count = 0n, sample_sum = 0, quantile = [] }: RawSummary): Summary {
  return {
    count: sample_count,
    sum: sample_sum,
    quantiles: quantile.map(({ quantile: at = 0, value = 0 }) => [at, value] as const),
  }
}

function histogramOf(raw: RawHistogram): Histogram {
  const count = countOf(raw.sample_count, raw.sample_count_float)
  const buckets = raw.bucket?.map(bucketOf) ?? []
  const hasFloats =
    typeof count === 'number' || buckets.some(([, upTo]) => typeof upTo === 'number')
  const native = nativeOf(raw)
  return {
    count,
    sum: raw.sample_sum ?? 0,
    buckets,
    ...(hasFloats ? { floatCounts: true } : undefined),
    ...(native === undefined ? undefined : { native }),
  }
}

function bucketOf(raw: RawBucket): Bucket {
  const { upper_bound: upper = 0, exemplar } = raw
  const upTo = countOf(raw.cumulative_count, raw.cumulative_count_float)
  return exemplar === undefined ? [upper, upTo] : [upper, upTo, exemplarOf(exemplar)]
}

/** Of two the float counts, unless it is zero. */
export function countOf(integer = 0n, float = 0): bigint | number {
  return float === 0 ? integer : float
}

function nativeOf(raw: RawHistogram): NativeHistogram | undefined {
  if (!nativeFields.some((field) => raw[field] !== undefined)) return undefined
  return {
    schema: raw.schema ?? 0,
    zeroThreshold: raw.zero_threshold ?? 0,
    zeroCount: countOf(raw.zero_count, raw.zero_count_float),
    negative: sideOf(raw.negative_span, raw.negative_delta, raw.negative_count),
    positive: sideOf(raw.positive_span, raw.positive_delta, raw.positive_count),
    exemplars: raw.exemplars?.map(exemplarOf) ?? [],
  }
}

const nativeFields = [
  'schema',
  'zero_threshold',
  'zero_count',
  'zero_count_float',
  'negative_span',
  'negative_delta',
  'negative_count',
  'positive_span',
  'positive_delta',
  'positive_count',
  'exemplars',
] as const

function sideOf(
  spans: readonly RawSpan[] = [],
  deltas: readonly bigint[] = [],
  counts: readonly number[] = [],
): NativeHistogram['positive'] {
  return {
    spans: spans.map(({ offset = 0, length = 0 }) => ({ offset, length })),
    deltas,
    counts,
  }
}

function exemplarOf({ label = [], value = 0, timestamp }: RawExemplar): Exemplar {
  const labels = label.map(labelOf)
  return timestamp === undefined
    ? { labels, value }
    : { labels, value, timestampNs: timeOf(timestamp) }
}

function timeOf({ seconds = 0n, nanos = 0 }: RawTime): bigint {
  return seconds * 1_000_000_000n + BigInt(nanos)
}

function labelOf({ name = '', value = '' }: RawLabel): LabelPair {
  return { name, value }
}
