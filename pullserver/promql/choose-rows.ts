/** topk, bottomk, limitk and limit_ratio: at each step some series of a group stay, as they are. */

import { formatValue } from '../../shared/exposition/number.ts'
import { ExecutionError } from './errors.ts'
import type { Evaluation } from './evaluation.ts'
import type { Group } from './groups.ts'
import { labelsKey } from './label-sets.ts'
import { RankHeap } from './rank-heap.ts'
import type { Rows } from './rows.ts'

/** Throws ExecutionError on a parameter that is no count or ratio. */
export function chooseRows(
  evaluation: Evaluation,
  operator: string,
  rows: Rows,
  groups: readonly Group[],
  parameters: Float64Array,
  count: number,
): Rows {
  if (operator === 'limit_ratio') return limitRatio(rows, parameters)
  for (const parameter of parameters) checkCount(parameter)
  if (operator === 'limitk') return limitCount(rows, groups, parameters, count)
  return topRows(evaluation, rows, groups, parameters, count, operator === 'topk')
}

function checkCount(parameter: number): void {
  if (Number.isNaN(parameter)) throw new ExecutionError('Parameter value is NaN')
  if (parameter >= 2 ** 63) {
    throw new ExecutionError(`Scalar value ${formatValue(parameter)} overflows int64`)
  }
  if (parameter <= -(2 ** 63)) {
    throw new ExecutionError(`Scalar value ${formatValue(parameter)} underflows int64`)
  }
}

/** What stays of the rows: their steps and values, row by row. */
type Chosen = { readonly steps: number[]; readonly values: number[] }

function topRows(
  evaluation: Evaluation,
  rows: Rows,
  groups: readonly Group[],
  parameters: Float64Array,
  count: number,
  largest: boolean,
): Rows {
  const chosen = new Map<number, Chosen>()
  const values = new Float64Array(count)
  const present = new Uint8Array(count)
  for (const group of groups) {
    const heaps: RankHeap[] = []
    for (let k = 0; k < count; k++) heaps.push(new RankHeap(parameters[k] as number, largest))
    for (const row of group.rows) {
      rows.fill(row, values, present)
      for (let k = 0; k < count; k++) {
        if (present[k] === 1) (heaps[k] as RankHeap).offer(values[k] as number, row)
      }
    }
    for (const [k, heap] of heaps.entries()) {
      const best = heap.takeSorted()
      evaluation.holdSamples(best.length)
      for (const { value, row } of best) {
        const kept = chosen.get(row) ?? { steps: [], values: [] }
        chosen.set(row, kept)
        kept.steps.push(k)
        kept.values.push(value)
      }
    }
  }
  // With one step, the order of insertion is the rank inside the group.
  const order = [...chosen.keys()]
  return {
    labels: order.map((row) => rows.labels[row] ?? []),
    ordered: true,
    fill(row, rowValues, rowPresent) {
      rowPresent.fill(0)
      const kept = chosen.get(order[row] ?? -1)
      for (const [i, k] of (kept?.steps ?? []).entries()) {
        rowPresent[k] = 1
        rowValues[k] = kept?.values[i] as number
      }
    },
  }
}

/** k series of each group at each step: those that the consumer asks for first. */
function limitCount(
  rows: Rows,
  groups: readonly Group[],
  parameters: Float64Array,
  count: number,
): Rows {
  const members = groups.flatMap((group, at) => group.rows.map((row) => ({ row, at })))
  const taken = groups.map(() => new Float64Array(count))
  return {
    labels: members.map(({ row }) => rows.labels[row] ?? []),
    fill(i, values, present) {
      const { row, at } = members[i] ?? { row: 0, at: 0 }
      rows.fill(row, values, present)
      const counts = taken[at] as Float64Array
      for (let k = 0; k < count; k++) {
        if (present[k] === 0) continue
        counts[k] = (counts[k] as number) + 1
        if ((counts[k] as number) > Math.trunc(parameters[k] as number)) present[k] = 0
      }
    },
  }
}

/**
 * A ratio of the series, always the same ones; a negative ratio takes the others. Which ones is our
 * own choice: Prometheus decides by another hash of the labels.
 */
function limitRatio(rows: Rows, ratios: Float64Array): Rows {
  if (ratios.some(Number.isNaN)) throw new ExecutionError('Ratio value is NaN')
  return {
    ...rows,
    fill(row, values, present) {
      rows.fill(row, values, present)
      const place = hashPlace(labelsKey(rows.labels[row] ?? []))
      for (let k = 0; k < present.length; k++) {
        const ratio = Math.max(-1, Math.min(1, ratios[k] as number))
        if (ratio >= 0 ? place >= ratio : place < 1 + ratio) present[k] = 0
      }
    },
  }
}

/** FNV-1a of the text, mixed, as a number in [0, 1). */
function hashPlace(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
