/** histogram_quantile, histogram_fraction: what classic buckets (le labels) tell of a distribution. */
import { formatValue, parseValue } from '../../../shared/exposition/number.ts'
import { quote } from '../../../shared/quote.ts'
import { type Labels, labelValue } from '../../labels.ts'
import { type Bucket, bucketFraction, bucketQuantile } from '../buckets.ts'
import type { Span } from '../errors.ts'
import type { Evaluation } from '../evaluation.ts'
import { dropLabels, labelsKey, withLabel } from '../label-sets.ts'
import { warnOfQuantile } from '../quantile.ts'
import { dropNames, type Rows } from '../rows.ts'
import type { CallContext, VectorFunction } from './call-context.ts'

/** The series of one histogram: their rows and bounds. */
type Histogram = { readonly labels: Labels; readonly rows: number[]; readonly bounds: number[] }

/** A number out of the buckets that are there at step k. */
type Compute = (buckets: Bucket[], k: number, histogram: Histogram) => number

/** One row for each histogram of the vector. */
function histogramRows(context: CallContext, vectorIndex: number, compute: Compute): Rows {
  const { evaluation, steps } = context
  const rows = context.vector(vectorIndex)
  const span = context.arg(vectorIndex).span
  const histograms = groupBuckets(evaluation, rows, steps.count, span)
  const computed: Rows = {
    labels: histograms.map(({ labels }) => labels),
    fill(at, values, present) {
      const histogram = histograms[at] as Histogram
      const table = histogram.rows.map((row, i) => {
        const counts = new Float64Array(steps.count)
        const there = new Uint8Array(steps.count)
        rows.fill(row, counts, there)
        return { upperBound: histogram.bounds[i] as number, counts, there }
      })
      for (let k = 0; k < steps.count; k++) {
        const buckets = table
          .filter(({ there }) => there[k] === 1)
          .map(({ upperBound, counts }) => ({ upperBound, count: counts[k] as number }))
        present[k] = buckets.length > 0 ? 1 : 0
        if (buckets.length > 0) values[k] = compute(buckets, k, histogram)
      }
    },
  }
  return dropNames(evaluation, computed, steps.count)
}

const bucketLabel: ReadonlySet<string> = new Set(['le'])

/** Series that differ only in le. What has no number there is left out with a warning. */
function groupBuckets(evaluation: Evaluation, rows: Rows, count: number, span: Span): Histogram[] {
  const histograms = new Map<string, Histogram>()
  for (const [row, all] of rows.labels.entries()) {
    const le = labelValue(all, 'le')
    const bound = parseValue(le)
    if (bound === undefined) {
      if (isEverThere(rows, row, count)) warnOfBound(evaluation, all, le, span)
      continue
    }
    const labels = dropLabels(all, bucketLabel)
    const key = labelsKey(labels)
    const histogram = histograms.get(key) ?? { labels, rows: [], bounds: [] }
    histograms.set(key, histogram)
    histogram.rows.push(row)
    histogram.bounds.push(bound)
  }
  return [...histograms.values()]
}

function isEverThere(rows: Rows, row: number, count: number): boolean {
  const present = new Uint8Array(count)
  rows.fill(row, new Float64Array(count), present)
  return present.includes(1)
}

function warnOfBound(evaluation: Evaluation, labels: Labels, le: string, span: Span): void {
  const name = labelValue(labels, '__name__')
  const of = name === '' ? '' : ` for metric name ${quote(name)}`
  const message = `bucket label "le" is missing or has a malformed value of ${quote(le)}${of}`
  evaluation.warn(message, span)
}

const monotonicityHint =
  'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)'

/** Quantile q of each step, with the hint about counts that had to be corrected. */
function computeQuantile(context: CallContext, quantiles: Float64Array, span: Span): Compute {
  return (buckets, k, { labels }) => {
    const { value, wasForced } = bucketQuantile(quantiles[k] as number, buckets)
    if (wasForced) {
      const name = labelValue(labels, '__name__')
      const of = name === '' ? '' : ` for metric name ${quote(name)}`
      context.evaluation.inform(`${monotonicityHint}${of}`, span)
    }
    return value
  }
}

const histogramQuantile: VectorFunction = (context) => {
  const quantiles = context.scalar(0)
  warnOfQuantile(context.evaluation, quantiles, context.arg(0).span)
  return histogramRows(context, 1, computeQuantile(context, quantiles, context.arg(1).span))
}

/** Several quantiles at once, told apart by a label. */
const histogramQuantiles: VectorFunction = (context) => {
  const label = context.string(1)
  const parts = context.call.args.slice(2).map((argument, i) => {
    const quantiles = context.scalar(i + 2)
    warnOfQuantile(context.evaluation, quantiles, argument.span)
    const compute = computeQuantile(context, quantiles, context.arg(0).span)
    const rows = histogramRows(context, 0, compute)
    const text = formatValue(quantiles[0] ?? Number.NaN)
    return { ...rows, labels: rows.labels.map((labels) => withLabel(labels, label, text)) }
  })
  const places = parts.flatMap((part) => part.labels.map((_, row) => ({ part, row })))
  return {
    labels: places.map(({ part, row }) => part.labels[row] ?? []),
    fill(i, values, present) {
      const place = places[i]
      place?.part.fill(place.row, values, present)
    },
  }
}

const histogramFraction: VectorFunction = (context) => {
  const lower = context.scalar(0)
  const upper = context.scalar(1)
  return histogramRows(context, 2, (buckets, k) =>
    bucketFraction(lower[k] as number, upper[k] as number, buckets),
  )
}

export const histogramFunctions: Readonly<Record<string, VectorFunction>> = {
  histogram_quantile: histogramQuantile,
  histogram_quantiles: histogramQuantiles,
  histogram_fraction: histogramFraction,
}
