/** The errors of vector matching: two series where there must be one at a time. */
import type { VectorMatching } from './ast.ts'
import { ExecutionError } from './errors.ts'
import { labelsText } from './label-sets.ts'
import type { Rows, Table } from './rows.ts'
import { signatureLabels } from './signature.ts'

/**
 * Throws ExecutionError if, at a step at which the many side has anything, two series of the one side
 * have the same signature, partner or not.
 */
export function checkOneSide(sides: {
  matching: VectorMatching
  one: Table
  many: Table
  ones: ReadonlyMap<string, readonly number[]>
  count: number
}): void {
  const { matching, one, many, ones, count } = sides
  for (const rows of ones.values()) {
    if (rows.length < 2) continue
    const first = new Int32Array(count).fill(-1)
    for (const row of rows) {
      for (let k = 0; k < count; k++) {
        if (one.present[row * count + k] === 0) continue
        const earlier = first[k] as number
        first[k] = row
        if (earlier >= 0 && isAnyPresent(many, k)) throw duplicateError(matching, one, earlier, row)
      }
    }
  }
}

function isAnyPresent({ labels, present, count }: Table, step: number): boolean {
  return labels.some((_, row) => present[row * count + step] === 1)
}

function duplicateError(
  matching: VectorMatching,
  { labels }: Table,
  earlier: number,
  later: number,
): ExecutionError {
  const [first = [], second = []] = [labels[earlier], labels[later]]
  const group = labelsText(signatureLabels(matching)(first))
  const side = matching.cardinality === 'one-to-many' ? 'left' : 'right'
  return new ExecutionError(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
      `[${labelsText(first)}, ${labelsText(second)}];many-to-many matching not allowed: ` +
      'matching labels must be unique on one side',
  )
}

/**
 * The rows, with those of each group computed at once to see that only one of them is there at any
 * step. Throws ExecutionError with the message otherwise.
 */
export function exclusiveRows(
  rows: Rows,
  groups: readonly (readonly number[])[],
  count: number,
  message: string,
): Rows {
  if (groups.length === 0) return rows
  const computed = new Map<number, { values: Float64Array; present: Uint8Array }>()
  for (const group of groups) {
    const any = new Uint8Array(count)
    for (const row of group) {
      const one = { values: new Float64Array(count), present: new Uint8Array(count) }
      rows.fill(row, one.values, one.present)
      computed.set(row, one)
      for (let k = 0; k < count; k++) {
        if (one.present[k] === 0) continue
        if (any[k] === 1) throw new ExecutionError(message)
        any[k] = 1
      }
    }
  }
  return {
    ...rows,
    fill(row, values, present) {
      const ready = computed.get(row)
      if (ready === undefined) return rows.fill(row, values, present)
      values.set(ready.values)
      present.set(ready.present)
    },
  }
}
