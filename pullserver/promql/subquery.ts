/** Subqueries: an expression evaluated on its own steps, whose points are the samples of a window. */
import type { TimeShift } from './ast.ts'
import type { Evaluation } from './evaluation.ts'
import type { Rows } from './rows.ts'
import type { Ranges } from './selectors.ts'
import { type Steps, shiftTimes, stepTimes } from './steps.ts'

/** Where the windows of the outer steps end, and the steps that fill them all. */
export type SubqueryGrid = { readonly endsMs: Float64Array; readonly inner: Steps }

/** Inner times are multiples of the step, so that they stay the same as the outer time moves. */
export function subquerySteps(
  evaluation: Evaluation,
  steps: Steps,
  subquery: { at: TimeShift['at']; offsetMs: number; rangeMs: number; stepMs: number },
): SubqueryGrid {
  const { offsetMs, rangeMs, stepMs } = subquery
  const endsMs = shiftTimes(stepTimes(steps), subquery.at, offsetMs, evaluation.bounds)
  const lastMs = endsMs[endsMs.length - 1] as number
  const afterMs = (endsMs[0] as number) - rangeMs
  let startMs = Math.trunc(afterMs / stepMs) * stepMs
  if (startMs <= afterMs) startMs += stepMs
  const count = Math.max(0, Math.floor((lastMs - startMs) / stepMs) + 1)
  return { endsMs, inner: { startMs, stepMs, count } }
}

export function subqueryRanges(
  rows: Rows,
  { endsMs, inner }: SubqueryGrid,
  rangeMs: number,
): Ranges {
  const times = stepTimes(inner)
  const present = new Uint8Array(inner.count)
  const timestampsMs = new Float64Array(inner.count)
  const values = new Float64Array(inner.count)
  return {
    labels: rows.labels,
    rangeMs,
    endsMs,
    read(row) {
      rows.fill(row, values, present)
      let n = 0
      for (let k = 0; k < inner.count; k++) {
        if (present[k] === 0) continue
        timestampsMs[n] = times[k] as number
        values[n] = values[k] as number
        n++
      }
      return { timestampsMs: timestampsMs.subarray(0, n), values: values.subarray(0, n) }
    },
  }
}
