/** Selectors: the newest sample at each step, or all samples of a window that ends there. */
import type { Labels, Matcher } from '../labels.ts'
import { isStale } from '../storage/stale.ts'
import type { SeriesSamples } from '../storage/store.ts'
import type { MatrixSelector, VectorSelector } from './ast.ts'
import { durationMs } from './duration.ts'
import { ExecutionError } from './errors.ts'
import type { Evaluation } from './evaluation.ts'
import type { Rows } from './rows.ts'
import { type Steps, shiftTimes, stepTimes } from './steps.ts'

/** A range vector over all steps: the samples of each series, and where its windows end. */
export type Ranges = {
  readonly labels: readonly Labels[]
  readonly rangeMs: number
  /** The window of step k is (endsMs[k] - rangeMs, endsMs[k]]. */
  readonly endsMs: Float64Array
  /** The samples of one series without stale markers, valid until the next call. */
  readonly read: (row: number) => Samples
}

export type Samples = { readonly timestampsMs: Float64Array; readonly values: Float64Array }

/** The newest sample not older than the lookback, or its time in seconds (for timestamp()). */
export function selectInstants(
  evaluation: Evaluation,
  selector: VectorSelector,
  steps: Steps,
  want: 'value' | 'timestamp' = 'value',
): Rows {
  const offsetMs = offsetOf(evaluation, selector)
  const times = shiftTimes(stepTimes(steps), selector.at, offsetMs, evaluation.bounds)
  return selectAt(evaluation, selector.matchers, times, want)
}

/** The newest samples at given times, which never go back. */
export function selectAt(
  evaluation: Evaluation,
  matchers: readonly Matcher[],
  times: Float64Array,
  want: 'value' | 'timestamp',
): Rows {
  const [firstMs, lastMs] = [times[0] as number, times[times.length - 1] as number]
  const { lookbackMs } = evaluation
  const series = evaluation.select(matchers, firstMs - lookbackMs, lastMs)
  return {
    labels: series.map(({ labels }) => labels),
    fill(row, values, present) {
      evaluation.tick()
      const samples = series[row] as SeriesSamples
      fillInstants(samples, times, lookbackMs, values, present, want === 'timestamp')
    },
  }
}

function fillInstants(
  samples: SeriesSamples,
  times: Float64Array,
  lookbackMs: number,
  values: Float64Array,
  present: Uint8Array,
  wantTimestamp: boolean,
): void {
  const { timestampsMs, values: sampled } = samples
  // The samples before this index are not younger than the step.
  let behind = 0
  for (let k = 0; k < times.length; k++) {
    const time = times[k] as number
    while (behind < timestampsMs.length && (timestampsMs[behind] as number) <= time) behind++
    const newest = behind - 1
    const found =
      newest >= 0 &&
      (timestampsMs[newest] as number) > time - lookbackMs &&
      !isStale(sampled, newest)
    present[k] = found ? 1 : 0
    if (!found) continue
    values[k] = wantTimestamp
      ? (timestampsMs[newest] as number) / 1000
      : (sampled[newest] as number)
  }
}

/** All samples of the windows of foo[5m]. */
export function selectRanges(
  evaluation: Evaluation,
  { selector, range }: MatrixSelector,
  steps: Steps,
): Ranges {
  const rangeMs = rangeOf(evaluation, range)
  const offsetMs = offsetOf(evaluation, selector)
  const endsMs = shiftTimes(stepTimes(steps), selector.at, offsetMs, evaluation.bounds)
  const [firstMs, lastMs] = [endsMs[0] as number, endsMs[endsMs.length - 1] as number]
  const series = evaluation.select(selector.matchers, firstMs - rangeMs, lastMs)
  return {
    labels: series.map(({ labels }) => labels),
    rangeMs,
    endsMs,
    read(row) {
      evaluation.tick()
      return withoutStale(series[row] as SeriesSamples)
    },
  }
}

/** The samples as they are in the usual case that there is no marker among them. */
function withoutStale(samples: SeriesSamples): Samples {
  const { timestampsMs, values } = samples
  let i = 0
  while (i < values.length && !isStale(values, i)) i++
  if (i === values.length) return samples
  const kept = { timestampsMs: timestampsMs.slice(), values: values.slice() }
  let n = i
  for (; i < values.length; i++) {
    if (isStale(values, i)) continue
    kept.timestampsMs[n] = timestampsMs[i] as number
    kept.values[n] = values[i] as number
    n++
  }
  return { timestampsMs: kept.timestampsMs.subarray(0, n), values: kept.values.subarray(0, n) }
}

export function offsetOf(
  evaluation: Evaluation,
  { offset }: Pick<VectorSelector, 'offset'>,
): number {
  return offset === undefined ? 0 : evaluateDuration(evaluation, offset)
}

/** A range or a subquery step in milliseconds; step() and range() may have made it nothing. */
export function rangeOf(evaluation: Evaluation, range: MatrixSelector['range']): number {
  const ms = evaluateDuration(evaluation, range)
  if (ms <= 0) throw new ExecutionError('duration must be greater than 0')
  return ms
}

function evaluateDuration(evaluation: Evaluation, duration: MatrixSelector['range']): number {
  const { startMs, endMs, stepMs } = evaluation.bounds
  try {
    return durationMs(duration, { stepMs, rangeMs: endMs - startMs })
  } catch (error) {
    if (error instanceof RangeError) throw new ExecutionError(error.message)
    throw error
  }
}
