/** The evaluation times of a query, and the moments that selectors look at for each of them. */
import type { TimeShift } from './ast.ts'

/** Times startMs, startMs + stepMs ... `count` of them. */
export type Steps = {
  readonly startMs: number
  readonly stepMs: number
  readonly count: number
}

/** The bounds of the whole query, which `@ start()` and `@ end()` mean even inside subqueries. */
export type QueryBounds = {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** The times themselves, in milliseconds. */
export function stepTimes({ startMs, stepMs, count }: Steps): Float64Array {
  const times = new Float64Array(count)
  for (let k = 0; k < count; k++) times[k] = startMs + k * stepMs
  return times
}

export function singleStep(timeMs: number): Steps {
  return { startMs: timeMs, stepMs: 0, count: 1 }
}

/** The moments that steps look at after one more @ and offset. */
export function shiftTimes(
  times: Float64Array,
  at: TimeShift['at'],
  offsetMs: number,
  bounds: QueryBounds,
): Float64Array {
  const fixed = at === 'start' ? bounds.startMs : at === 'end' ? bounds.endMs : at
  return times.map((time) => (fixed ?? time) - offsetMs)
}
