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
  readonly timestampMs?: number
}

/** Upper bound (`le`), cumulative count up to it, and the exemplar of the bucket. */
export type Bucket = readonly [
  le: number,
  cumulativeCount: bigint | number,
  exemplar?: Exemplar | undefined,
]

/** One number: counter, gauge, unknown, info and stateset metrics. */
export type Simple = { readonly value: number; readonly exemplar?: Exemplar }

export type Summary = {
  readonly count: bigint | number
  readonly sum: number
  readonly quantiles: readonly (readonly [quantile: number, value: number])[]
}

export type Histogram = {
  readonly count: bigint | number
  readonly sum: number
  readonly buckets: readonly Bucket[]
}

/**
 * One metric of a family: its labels (without `le` and `quantile`) and the value its family's type
 * calls for. Counts stay bigint where a reader got them as 64-bit integers, until they are written.
 */
export type Metric = {
  readonly labels: readonly LabelPair[]
  /** Milliseconds since the epoch; 64 bits, so a bigint. */
  readonly timestampMs?: bigint
  /** When counting began, in milliseconds since the epoch. */
  readonly createdMs?: number
} & (Simple | Summary | Histogram)

export type MetricFamily = {
  readonly name: string
  /** Absent and empty differ: an empty help is written, an absent one is not. */
  readonly help?: string
  readonly type: MetricType
  readonly unit?: string
  readonly metrics: readonly Metric[]
}
