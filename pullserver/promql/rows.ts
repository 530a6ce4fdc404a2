/**
 * An instant vector over all steps at once: one row of values for each series.
 *
 * Rows are lazy. A node of the query hands on the labels and computes one row when its consumer asks,
 * so sum(rate(x[5m])) over 50,000 series needs the memory of a few rows, and labels are dealt with
 * once for each series instead of once for each series and step.
 */
import type { Labels } from '../labels.ts'
import { ExecutionError } from './errors.ts'
import type { Evaluation } from './evaluation.ts'
import { labelsKey, withoutName } from './label-sets.ts'

export interface Rows {
  /** Pairwise different. */
  readonly labels: readonly Labels[]
  /**
   * Computes a row: its value and presence (0 or 1) at every step. Values of absent steps mean
   * nothing. A consumer asks for each row once at most: rows need not be kept for a second time.
   */
  readonly fill: (row: number, values: Float64Array, present: Uint8Array) => void
  /** The order of the rows is part of the answer (sort, topk). */
  readonly ordered?: boolean
}

export const noRows: Rows = { labels: [], fill: () => undefined }

/** The same series with each row transformed in place. */
export function transformRows(
  rows: Rows,
  transform: (values: Float64Array, present: Uint8Array) => void,
): Rows {
  return {
    ...rows,
    fill(row, values, present) {
      rows.fill(row, values, present)
      transform(values, present)
    },
  }
}

/** Rows that are kept in memory: row i at [i * count, (i + 1) * count). */
export type Table = {
  readonly labels: readonly Labels[]
  readonly values: Float64Array
  readonly present: Uint8Array
  readonly count: number
}

/** Computes all rows. */
export function materialize(evaluation: Evaluation, rows: Rows, count: number): Table {
  const { labels } = rows
  evaluation.holdSamples(labels.length * count)
  const values = new Float64Array(labels.length * count)
  const present = new Uint8Array(labels.length * count)
  for (let row = 0; row < labels.length; row++) {
    const from = row * count
    rows.fill(row, values.subarray(from, from + count), present.subarray(from, from + count))
  }
  return { labels, values, present, count }
}

export function tableRows({ labels, values, present, count }: Table): Rows {
  return {
    labels,
    fill(row, rowValues, rowPresent) {
      const from = row * count
      rowValues.set(values.subarray(from, from + count))
      rowPresent.set(present.subarray(from, from + count))
    },
  }
}

/** The rows without metric names. Throws ExecutionError if two series become one. */
export function dropNames(evaluation: Evaluation, rows: Rows, count: number): Rows {
  const labels = rows.labels.map(withoutName)
  const named = { ...rows, labels }
  return haveOneName(rows.labels) ? named : uniteEqual(evaluation, named, count)
}

/** Series that all have the same name stay different without it. */
function haveOneName(labels: readonly Labels[]): boolean {
  const [first] = labels[0] ?? []
  if (first?.name !== '__name__') return labels.length < 2
  return labels.every(([label]) => label?.name === '__name__' && label.value === first.value)
}

const sameLabels = 'vector cannot contain metrics with the same labelset'

/**
 * Makes one row of those with equal labels, which may take turns but never be there at the same
 * step. Throws ExecutionError where they are.
 */
export function uniteEqual(
  evaluation: Evaluation,
  rows: Rows,
  count: number,
  message = sameLabels,
): Rows {
  const groups = new Map<string, number[]>()
  for (const [row, labels] of rows.labels.entries()) {
    const key = labelsKey(labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  if (groups.size === rows.labels.length) return rows
  const members = [...groups.values()]
  const united = members.map((group) =>
    group.length === 1 ? undefined : uniteGroup(evaluation, rows, { group, count, message }),
  )
  return {
    ...rows,
    labels: members.map(([first = 0]) => rows.labels[first] ?? []),
    fill(row, values, present) {
      const ready = united[row]
      if (ready === undefined) return rows.fill(members[row]?.[0] ?? 0, values, present)
      values.set(ready.values)
      present.set(ready.present)
    },
  }
}

function uniteGroup(
  evaluation: Evaluation,
  rows: Rows,
  { group, count, message }: { group: readonly number[]; count: number; message: string },
) {
  evaluation.holdSamples(count)
  const values = new Float64Array(count)
  const present = new Uint8Array(count)
  const oneValues = new Float64Array(count)
  const onePresent = new Uint8Array(count)
  for (const row of group) {
    rows.fill(row, oneValues, onePresent)
    for (let k = 0; k < count; k++) {
      if (onePresent[k] === 0) continue
      if (present[k] === 1) throw new ExecutionError(message)
      present[k] = 1
      values[k] = oneValues[k] as number
    }
  }
  return { values, present }
}

/** A vector of one series whose values are there at every step. */
export function oneRow(labels: Labels, rowValues: Float64Array): Rows {
  return {
    labels: [labels],
    fill(_row, values, present) {
      values.set(rowValues)
      present.fill(1)
    },
  }
}
