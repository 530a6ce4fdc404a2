/** Turns the rows of a finished evaluation into what the API answers. */
import type { Labels } from '../labels.ts'
import type { Evaluation } from './evaluation.ts'
import { compareLabels } from './label-sets.ts'
import type { Rows } from './rows.ts'
import type { Ranges } from './selectors.ts'
import { type Steps, stepTimes } from './steps.ts'
import { Windows } from './windows.ts'

export type VectorSample = {
  readonly labels: Labels
  readonly timestampMs: number
  readonly value: number
}

/** Timestamps of series without a gap are views of one array. */
export type MatrixSeries = {
  readonly labels: Labels
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
}

/** The samples at the only step: in the query's own order, else by labels. */
export function readVector(rows: Rows, timestampMs: number): VectorSample[] {
  const value = new Float64Array(1)
  const present = new Uint8Array(1)
  const samples: VectorSample[] = []
  for (const [row, labels] of rows.labels.entries()) {
    rows.fill(row, value, present)
    if (present[0] === 1) samples.push({ labels, timestampMs, value: value[0] as number })
  }
  return rows.ordered ? samples : samples.sort((a, b) => compareLabels(a.labels, b.labels))
}

/** The series that are there at any step, in no order. */
export function readMatrix(evaluation: Evaluation, rows: Rows, steps: Steps): MatrixSeries[] {
  const times = stepTimes(steps)
  const values = new Float64Array(steps.count)
  const present = new Uint8Array(steps.count)
  const series: MatrixSeries[] = []
  for (const [row, labels] of rows.labels.entries()) {
    rows.fill(row, values, present)
    const points = presentPoints(times, values, present)
    if (points.values.length === 0) continue
    evaluation.holdSamples(points.values.length)
    series.push({ labels, ...points })
  }
  return series
}

/** Most series have no gap: then the timestamps are a view of those of all steps. */
function presentPoints(
  times: Float64Array,
  values: Float64Array,
  present: Uint8Array,
): Omit<MatrixSeries, 'labels'> {
  const first = present.indexOf(1)
  if (first < 0) return { timestampsMs: times.subarray(0, 0), values: values.slice(0, 0) }
  const gap = present.indexOf(0, first)
  const end = gap < 0 ? times.length : gap
  if (present.indexOf(1, end) < 0) {
    return { timestampsMs: times.subarray(first, end), values: values.slice(first, end) }
  }
  const isThere = (_: number, k: number) => present[k] === 1
  return { timestampsMs: times.filter(isThere), values: values.filter(isThere) }
}

/** The samples of the only window of a range vector. */
export function pointsOf(evaluation: Evaluation, ranges: Ranges): MatrixSeries[] {
  const windows = new Windows(evaluation, ranges)
  const series: MatrixSeries[] = []
  for (const [row, labels] of ranges.labels.entries()) {
    windows.load(ranges.read(row))
    const [from, to] = [windows.from[0] as number, windows.to[0] as number]
    if (from === to) continue
    evaluation.holdSamples(to - from)
    series.push({
      labels,
      timestampsMs: windows.timestampsMs.slice(from, to),
      values: windows.values.slice(from, to),
    })
  }
  return series.sort((a, b) => compareLabels(a.labels, b.labels))
}
