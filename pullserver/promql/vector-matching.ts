/**
 * Arithmetic and comparisons between two instant vectors, one-to-one or many-to-one.
 *
 * In words of "many" and "one" throughout: one-to-one is the same with a "many" side that may have
 * only one series of a signature at a time. Which series are partners is decided once, by labels;
 * that partners are unique is checked step by step, since series may take turns.
 */
import { type Labels, labelValue } from '../labels.ts'
import type { Binary } from './ast.ts'
import type { Evaluation } from './evaluation.ts'
import { dropLabels, keepLabels, withLabel, withoutName } from './label-sets.ts'
import { checkOneSide, exclusiveRows } from './match-checks.ts'
import { arithmetic, pairOperation } from './operators.ts'
import { materialize, type Rows, type Table, tableRows, uniteEqual } from './rows.ts'
import { rowsBySignature, signatureLabels, signatureOf } from './signature.ts'

/** Throws ExecutionError where partners are not unique. */
export function matchVectors(
  evaluation: Evaluation,
  node: Binary,
  left: Rows,
  right: Rows,
  count: number,
): Rows {
  const { matching } = node
  const swapped = matching.cardinality === 'one-to-many'
  const signature = signatureOf(matching)
  const one = materialize(evaluation, swapped ? left : right, count)
  let many = swapped ? right : left
  const ones = rowsBySignature(one.labels, signature)
  const manies = rowsBySignature(many.labels, signature)
  const oneToOne = matching.cardinality === 'one-to-one'
  const unique = ones.size === one.labels.length
  const fills = fillValues(node)
  if (!unique || fills.one !== undefined || fills.many !== undefined) {
    // Rows of the many side have several partners: they are needed more than once.
    const table = materialize(evaluation, many, count)
    checkOneSide({ matching, one, many: table, ones, count })
    many = tableRows(table)
  }
  const pairs = findPairs(ones, manies, fills)
  const labels = pairs.map(pairLabels(node, many.labels, one.labels))
  const combined = combine(node, { many, one, ones, manies, fills, count }, pairs)
  const rows: Rows = { ...combined, labels }
  if (oneToOne) {
    const together = groupPairs(pairs)
    const message =
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
    return uniteEqual(evaluation, exclusiveRows(rows, together, count, message), count)
  }
  const message = 'multiple matches for labels: grouping labels must ensure unique matches'
  return uniteEqual(evaluation, rows, count, message)
}

/** A row of the result: one row of each side. Row -1 stands for the fill value. */
type Pair = { readonly many: number; readonly one: number; readonly signature: string }
type Fills = { readonly many: number | undefined; readonly one: number | undefined }
type BySignature = ReadonlyMap<string, readonly number[]>

/** With group_right the sides are swapped before Prometheus fills them: fill_left is the many side. */
function fillValues({ matching }: Binary): Fills {
  return { many: matching.fillLeft, one: matching.fillRight }
}

function findPairs(ones: BySignature, manies: BySignature, fills: Fills): Pair[] {
  const pairs: Pair[] = []
  for (const [signature, rows] of manies) {
    const partners = ones.get(signature) ?? []
    for (const many of rows) {
      for (const one of partners) pairs.push({ many, one, signature })
      if (fills.one !== undefined) pairs.push({ many, one: -1, signature })
    }
  }
  if (fills.many === undefined) return pairs
  for (const [signature, rows] of ones) {
    for (const one of rows) pairs.push({ many: -1, one, signature })
  }
  return pairs
}

/** Pairs that share a signature, where there are several. */
function groupPairs(pairs: readonly Pair[]): number[][] {
  const bySignature = new Map<string, number[]>()
  for (const [i, { signature }] of pairs.entries()) {
    const group = bySignature.get(signature)
    if (group === undefined) bySignature.set(signature, [i])
    else group.push(i)
  }
  return [...bySignature.values()].filter((group) => group.length > 1)
}

/** Gives the labels of the result for a pair. */
function pairLabels(
  { operator, returnBool, matching }: Binary,
  manyLabels: readonly Labels[],
  oneLabels: readonly Labels[],
): (pair: Pair) => Labels {
  // What stands in for a missing series has the labels that a partner would be found by.
  const shared = signatureLabels(matching)
  const isNameless = arithmetic(operator) !== undefined || returnBool
  const names = new Set(matching.labels)
  return ({ many, one }) => {
    const named = manyLabels[many] ?? shared(oneLabels[one] ?? [])
    const labels = isNameless ? withoutName(named) : named
    if (matching.cardinality === 'one-to-one') {
      return matching.on ? keepLabels(labels, names) : dropLabels(labels, names)
    }
    const ofOne = oneLabels[one] ?? shared(named)
    return matching.include.reduce(
      (so, name) => withLabel(so, name, labelValue(ofOne, name)),
      labels,
    )
  }
}

type Sides = {
  readonly many: Rows
  readonly one: Table
  readonly ones: BySignature
  readonly manies: BySignature
  readonly fills: Fills
  readonly count: number
}

function combine(node: Binary, sides: Sides, pairs: readonly Pair[]): Omit<Rows, 'labels'> {
  const { many, one, ones, manies, fills, count } = sides
  const { value, holds } = pairOperation(node.operator, node.returnBool, 'left')
  const swapped = node.matching.cardinality === 'one-to-many'
  const standIn = { values: new Float64Array(count), present: new Uint8Array(count) }
  return {
    fill(row, values, present) {
      const pair = pairs[row] as Pair
      if (pair.many >= 0) many.fill(pair.many, values, present)
      else {
        values.fill(fills.many ?? 0)
        markGaps(many, manies.get(pair.signature) ?? [], present)
      }
      const from = pair.one * count
      let partner: { values: Float64Array; present: Uint8Array } = standIn
      if (pair.one >= 0) {
        partner = {
          values: one.values.subarray(from, from + count),
          present: one.present.subarray(from, from + count),
        }
      } else {
        standIn.values.fill(fills.one ?? 0)
        markGaps(tableRows(one), ones.get(pair.signature) ?? [], standIn.present)
      }
      for (let k = 0; k < count; k++) {
        if (present[k] === 0) continue
        const ofMany = values[k] as number
        const ofOne = partner.values[k] as number
        const left = swapped ? ofOne : ofMany
        const right = swapped ? ofMany : ofOne
        const stays = partner.present[k] === 1 && (holds === undefined || holds(left, right))
        if (stays) values[k] = value(left, right)
        else present[k] = 0
      }
    },
  }
}

/** 1 at the steps where none of the rows is there. */
function markGaps(rows: Rows, members: readonly number[], present: Uint8Array): void {
  present.fill(1)
  const values = new Float64Array(present.length)
  const there = new Uint8Array(present.length)
  for (const row of members) {
    rows.fill(row, values, there)
    for (let k = 0; k < present.length; k++) if (there[k] === 1) present[k] = 0
  }
}
