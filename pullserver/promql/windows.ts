/** The windows of range functions: for each step, which samples of the series it looks at. */
import type { Evaluation } from './evaluation.ts'
import type { CallContext } from './functions/call-context.ts'
import { dropNames, type Rows } from './rows.ts'
import type { Ranges, Samples } from './selectors.ts'

/**
 * The samples of one series, and the windows as index ranges into them: window k is
 * [from[k], to[k]). Both ends only move forward, so all windows are found in one pass.
 */
export class Windows {
  readonly endsMs: Float64Array
  readonly rangeMs: number
  readonly from: Int32Array
  readonly to: Int32Array
  timestampsMs: Float64Array = new Float64Array(0)
  values: Float64Array = new Float64Array(0)
  /** Changes with the windows: what depends on timestamps alone need not be computed for each series. */
  version = 0
  readonly #evaluation: Evaluation
  #located: Float64Array = new Float64Array(0)

  constructor(evaluation: Evaluation, { endsMs, rangeMs }: Ranges) {
    this.#evaluation = evaluation
    this.endsMs = endsMs
    this.rangeMs = rangeMs
    this.from = new Int32Array(endsMs.length)
    this.to = new Int32Array(endsMs.length)
  }

  load({ timestampsMs, values }: Samples): void {
    this.timestampsMs = timestampsMs
    this.values = values
    // Series of one target have the same timestamps, and with them the same windows. The copy is
    // compared because read() may fill the same array again.
    if (isEqual(timestampsMs, this.#located)) return
    this.#located = timestampsMs.slice()
    this.#locate(timestampsMs)
    this.version += 1
  }

  /** Counts samples that a function has gone through. Throws ExecutionError after the deadline. */
  spend(samples: number): void {
    this.#evaluation.spend(samples)
  }

  #locate(timestampsMs: Float64Array): void {
    let from = 0
    let to = 0
    for (let k = 0; k < this.endsMs.length; k++) {
      const end = this.endsMs[k] as number
      const start = end - this.rangeMs
      while (to < timestampsMs.length && (timestampsMs[to] as number) <= end) to++
      while (from < to && (timestampsMs[from] as number) <= start) from++
      this.from[k] = from
      this.to[k] = to
    }
  }
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Computes a whole row from the windows of its series. */
export type WindowsFunction = (
  windows: Windows,
  values: Float64Array,
  present: Uint8Array,
  row: number,
) => void

/** The rows of a range function, one for each series of the ranges. */
export function windowRows(
  { evaluation, steps }: CallContext,
  ranges: Ranges,
  compute: WindowsFunction,
  names: 'drop' | 'keep' = 'drop',
): Rows {
  const windows = new Windows(evaluation, ranges)
  const rows: Rows = {
    labels: ranges.labels,
    fill(row, values, present) {
      windows.load(ranges.read(row))
      compute(windows, values, present, row)
    },
  }
  return names === 'keep' ? rows : dropNames(evaluation, rows, steps.count)
}

/** Computes one window [from, to) of step k; undefined when it gives no value. */
export type WindowFunction = (
  windows: Windows,
  from: number,
  to: number,
  k: number,
) => number | undefined

/** Applies a function to every window with at least so many samples. */
export function eachWindow(compute: WindowFunction, leastSamples = 1): WindowsFunction {
  return (windows, values, present) => {
    for (let k = 0; k < values.length; k++) {
      const from = windows.from[k] as number
      const to = windows.to[k] as number
      windows.spend(to - from)
      const value = to - from < leastSamples ? undefined : compute(windows, from, to, k)
      present[k] = value === undefined ? 0 : 1
      if (value !== undefined) values[k] = value
    }
  }
}
