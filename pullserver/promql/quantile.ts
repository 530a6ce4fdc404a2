/** Quantiles of a set of values, as the quantile aggregation and quantile_over_time take them. */

import { formatValue } from '../../shared/exposition/number.ts'
import type { Span } from './errors.ts'
import type { Evaluation } from './evaluation.ts'

/** Linear between the two nearest ranks; NaNs count as the least values. Sorts in place. */
export function quantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  sortNanFirst(values)
  const rank = q * (values.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(values.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (values[lower] as number) * (1 - weight) + (values[upper] as number) * weight
}

function sortNanFirst(values: Float64Array): void {
  values.sort()
  let nans = 0
  while (nans < values.length && Number.isNaN(values[values.length - 1 - nans])) nans++
  if (nans === 0) return
  values.copyWithin(nans, 0, values.length - nans)
  values.fill(Number.NaN, 0, nans)
}

/** Warns of quantiles outside [0, 1], at most once for each kind. */
export function warnOfQuantile(evaluation: Evaluation, quantiles: Float64Array, span: Span): void {
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY
  for (const q of quantiles) {
    if (Number.isNaN(q)) warn(evaluation, q, span)
    if (q < least) least = q
    if (q > greatest) greatest = q
  }
  if (greatest > 1) warn(evaluation, greatest, span)
  if (least < 0) warn(evaluation, least, span)
}

function warn(evaluation: Evaluation, q: number, span: Span): void {
  evaluation.warn(`quantile value should be between 0 and 1, got ${formatValue(q)}`, span)
}
