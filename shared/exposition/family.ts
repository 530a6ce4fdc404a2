/** The data model of an exposition: families, their metrics, and what one sample carries. */

/** `unknown` is written `untyped` in the text format. */
export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown'

export type LabelPair = { readonly name: string; readonly value: string }

export type Exemplar = {
  readonly labels: readonly LabelPair[]
  readonly value: number
  /** Nanoseconds since the epoch; protobuf has them exactly, so a bigint. */
  readonly timestampNs?: bigint
}

/** Upper bound (`le`), cumulative count up to it, and the exemplar of the bucket. */
export type Bucket = readonly [
  le: number,
  cumulativeCount: bigint | number,
  exemplar?: Exemplar | undefined,
]

/** One number: counter, gauge, unknown, info and stateset metrics. */
export type Simple = { readonly value: number; readonly exemplar?: Exemplar }

/** Count and sum are absent where an OpenMetrics page has no line for them; no other reader does that. */
export type Summary = {
  readonly count?: bigint | number
  readonly sum?: number
  readonly quantiles: readonly (readonly [quantile: number, value: number])[]
}

/** Count and sum as in a summary. */
export type Histogram = {
  readonly count?: bigint | number
  readonly sum?: number
  readonly buckets: readonly Bucket[]
  /**
   * Counts that are numbers are meant as floats, whole ones too, as protobuf can tell. Without it only
   * a count that is no integer makes a float histogram.
   */
  readonly floatCounts?: true
  readonly native?: NativeHistogram
}

/** What a histogram has beside or instead of classic buckets; only protobuf carries it. */
export type NativeHistogram = {
  /** Buckets grow by the factor 2^(2^-schema). */
  readonly schema: number
  /** Half the width of the bucket around zero. */
  readonly zeroThreshold: number
  /** Float histograms have a number. */
  readonly zeroCount: bigint | number
  readonly negative: NativeBuckets
  readonly positive: NativeBuckets
  readonly exemplars: readonly Exemplar[]
}

/** The buckets of one side; integer histograms have deltas, float histograms have counts. */
export type NativeBuckets = {
  /** Runs of buckets; an offset counts from the end of the run before, the first one from bucket 0. */
  readonly spans: readonly { readonly offset: number; readonly length: number }[]
  /** Of each count to the one before. */
  readonly deltas: readonly bigint[]
  readonly counts: readonly number[]
}

/** A metric that came without the value its family's type calls for. Writers of text refuse it. */
export type Valueless = { readonly valueless: true }

/**
 * One metric of a family: its labels (without `le` and `quantile`) and the value its family's type
 * calls for. Counts stay bigint where a reader got them as 64-bit integers, until they are written.
 */
export type Metric = {
  readonly labels: readonly LabelPair[]
  /** Milliseconds since the epoch; 64 bits, so a bigint. */
  readonly timestampMs?: bigint
  /** When counting began, in nanoseconds since the epoch. */
  readonly createdNs?: bigint
} & (Simple | Summary | Histogram | Valueless)

export type MetricFamily = {
  readonly name: string
  /** Absent and empty differ: an empty help is written, an absent one is not. */
  readonly help?: string
  readonly type: MetricType
  /** The number of a type that protobuf knows no name for; `type` is then unknown, no metric has a value. */
  readonly typeNumber?: number
  readonly unit?: string
  readonly metrics: readonly Metric[]
}

/**
 * As Prometheus tells native histograms: spans, or something in or around zero. One without
 * observations has a span of length 0 to be told by.
 */
export function isNative({ native }: Histogram): boolean {
  if (native === undefined) return false
  const { positive, negative, zeroThreshold, zeroCount } = native
  return (
    positive.spans.length > 0 || negative.spans.length > 0 || zeroThreshold > 0 || zeroCount > 0
  )
}
