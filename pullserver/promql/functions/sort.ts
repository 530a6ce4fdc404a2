/** sort, sort_desc, sort_by_label: the order of an instant query's answer. */
import type { Labels } from '../../labels.ts'
import { labelValue } from '../../labels.ts'
import { compareLabels } from '../label-sets.ts'
import { materialize, type Rows } from '../rows.ts'
import type { VectorFunction } from './call-context.ts'

/** By value; NaN comes last either way. The answers of range queries have an order of their own. */
function sortByValue(direction: 1 | -1): VectorFunction {
  return ({ evaluation, steps, call, vector }) => {
    const rows = vector(0)
    if (evaluation.isRange) {
      const message =
        'sort is ineffective for range queries since results are always ordered by labels'
      evaluation.warn(message, call.span)
    }
    if (steps.count !== 1) return rows
    const { values, present } = materialize(evaluation, rows, 1)
    const order = [...rows.labels.keys()]
      .filter((row) => present[row] === 1)
      .sort((a, b) => compareValues(values[a] as number, values[b] as number, direction))
    return {
      labels: order.map((row) => rows.labels[row] ?? []),
      ordered: true,
      fill(row, oneValues, onePresent) {
        oneValues[0] = values[order[row] as number] as number
        onePresent[0] = 1
      },
    }
  }
}

function compareValues(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1
  if (Number.isNaN(b)) return -1
  if (a === b) return 0
  return a < b ? -direction : direction
}

/** By the values of some labels, numbers inside them counted as numbers. */
function sortByLabel(direction: 1 | -1): VectorFunction {
  return (context) => {
    const rows = context.vector(0)
    const names = context.call.args.slice(1).map((_, i) => context.string(i + 1))
    const order = [...rows.labels.keys()].sort(
      (a, b) => direction * compareBy(names, rows.labels[a] ?? [], rows.labels[b] ?? []),
    )
    const sorted: Rows = {
      labels: order.map((row) => rows.labels[row] ?? []),
      ordered: true,
      fill: (row, values, present) => rows.fill(order[row] as number, values, present),
    }
    return sorted
  }
}

function compareBy(names: readonly string[], a: Labels, b: Labels): number {
  for (const name of names) {
    const [left, right] = [labelValue(a, name), labelValue(b, name)]
    if (left !== right) return compareNaturally(left, right)
  }
  return compareLabels(a, b)
}

/** "2" before "10", "cpu9" before "cpu10". */
function compareNaturally(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  for (const [i, chunk] of left.entries()) {
    const other = right[i]
    if (other === undefined) return 1
    if (chunk === other) continue
    const [number, otherNumber] = [Number(chunk), Number(other)]
    if (/^\d/.test(chunk) && /^\d/.test(other) && number !== otherNumber) {
      return number - otherNumber
    }
    return chunk < other ? -1 : 1
  }
  return left.length - right.length
}

export const sortFunctions: Readonly<Record<string, VectorFunction>> = {
  sort: sortByValue(1),
  sort_desc: sortByValue(-1),
  sort_by_label: sortByLabel(1),
  sort_by_label_desc: sortByLabel(-1),
}
