/**
 * The messages of io.prometheus.client.MetricFamily: their fields in the order in which metrics.proto
 * declares them, which is the order of the text forms. On the wire fields go by number.
 */

export type ScalarKind =
  | 'string'
  | 'double'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  /** Zigzag: small negative numbers are short. */
  | 'sint32'
  | 'sint64'
  /** The enumeration MetricType. */
  | 'type'
  /** Any bytes of a message that is read later: where they are. */
  | 'range'
  /** An integer of which only counts that it is there: 0. */
  | 'counted'

export type Field = {
  readonly number: number
  readonly name: string
  readonly kind: ScalarKind | MessageType
  readonly isRepeated: boolean
  /** A proto3 field has no presence: nothing is written for zero. */
  readonly omitsZero: boolean
}

export type MessageType = {
  readonly name: string
  readonly fields: readonly Field[]
  /** By falling number, as they are written from the end. */
  readonly fromLast: readonly Field[]
  /** With gaps. */
  readonly byNumber: readonly (Field | undefined)[]
}

/** What a field can hold; repeated ones hold an array. */
export type Value = string | number | bigint | Message
/** Start and end of the bytes of a message. */
export class Range {
  readonly start: number
  readonly end: number

  constructor(start: number, end: number) {
    this.start = start
    this.end = end
  }
}

/** By field name. A field that is undefined is absent. */
export type Message = { readonly [field: string]: Value | readonly Value[] | undefined }

export const metricTypes = [
  'COUNTER',
  'GAUGE',
  'SUMMARY',
  'UNTYPED',
  'HISTOGRAM',
  'GAUGE_HISTOGRAM',
] as const

type Fields = Readonly<
  Record<string, readonly [number: number, kind: ScalarKind | MessageType, count?: 'repeated']>
>

function message(name: string, fields: Fields, omitsZero = false): MessageType {
  const list = Object.entries(fields).map(([field, [number, kind, count]]): Field => {
    return { number, name: field, kind, isRepeated: count !== undefined, omitsZero }
  })
  const byNumber: (Field | undefined)[] = []
  for (const field of list) byNumber[field.number] = field
  return {
    name,
    fields: list,
    fromLast: list.toSorted((a, b) => b.number - a.number),
    byNumber,
  }
}

export const labelPair = message('LabelPair', { name: [1, 'string'], value: [2, 'string'] })

/** google.protobuf.Timestamp. */
export const timestamp = message('Timestamp', { seconds: [1, 'int64'], nanos: [2, 'int32'] }, true)

export const exemplar = message('Exemplar', {
  label: [1, labelPair, 'repeated'],
  value: [2, 'double'],
  timestamp: [3, timestamp],
})

export const gauge = message('Gauge', { value: [1, 'double'] })

export const counter = message('Counter', {
  value: [1, 'double'],
  exemplar: [2, exemplar],
  created_timestamp: [3, timestamp],
})

export const untyped = message('Untyped', { value: [1, 'double'] })

export const quantile = message('Quantile', { quantile: [1, 'double'], value: [2, 'double'] })

export const summary = message('Summary', {
  sample_count: [1, 'uint64'],
  sample_sum: [2, 'double'],
  quantile: [3, quantile, 'repeated'],
  created_timestamp: [4, timestamp],
})

export const bucket = message('Bucket', {
  cumulative_count: [1, 'uint64'],
  cumulative_count_float: [4, 'double'],
  upper_bound: [2, 'double'],
  exemplar: [3, exemplar],
})

export const bucketSpan = message('BucketSpan', { offset: [1, 'sint32'], length: [2, 'uint32'] })

const histogramFields = {
  sample_count: [1, 'uint64'],
  sample_count_float: [4, 'double'],
  sample_sum: [2, 'double'],
  bucket: [3, bucket, 'repeated'],
  created_timestamp: [15, timestamp],
  schema: [5, 'sint32'],
  zero_threshold: [6, 'double'],
  zero_count: [7, 'uint64'],
  zero_count_float: [8, 'double'],
  negative_span: [9, bucketSpan, 'repeated'],
  negative_delta: [10, 'sint64', 'repeated'],
  negative_count: [11, 'double', 'repeated'],
  positive_span: [12, bucketSpan, 'repeated'],
  positive_delta: [13, 'sint64', 'repeated'],
  positive_count: [14, 'double', 'repeated'],
  exemplars: [16, exemplar, 'repeated'],
} as const satisfies Fields

export const histogram = message('Histogram', histogramFields)

/** As histogram; a scrape has no place for what is in the buckets of native ones. */
const scrapedHistogram = message('Histogram', {
  ...histogramFields,
  negative_delta: [10, 'counted', 'repeated'],
  positive_delta: [13, 'counted', 'repeated'],
})

export const metric = message('Metric', {
  label: [1, labelPair, 'repeated'],
  gauge: [2, gauge],
  counter: [3, counter],
  summary: [4, summary],
  untyped: [5, untyped],
  histogram: [7, histogram],
  timestamp_ms: [6, 'int64'],
})

export const metricFamily = message('MetricFamily', {
  name: [1, 'string'],
  help: [2, 'string'],
  type: [3, 'type'],
  metric: [4, metric, 'repeated'],
  unit: [5, 'string'],
})

/** As metric for a scrape, its labels to be read later. */
export const scrapedMetric = message('Metric', {
  label: [1, 'range', 'repeated'],
  gauge: [2, gauge],
  counter: [3, counter],
  summary: [4, summary],
  untyped: [5, untyped],
  histogram: [7, scrapedHistogram],
  timestamp_ms: [6, 'int64'],
})

/** As metricFamily, its metrics to be read later: what they are depends on the type, which may follow. */
export const familyWithoutMetrics = message('MetricFamily', {
  name: [1, 'string'],
  help: [2, 'string'],
  type: [3, 'type'],
  metric: [4, 'range', 'repeated'],
  unit: [5, 'string'],
})
