/** Aggregations: rows that share the grouping labels become one, or some of them are chosen. */
import type { Labels } from '../labels.ts'
import { type Accumulator, accumulators } from './accumulators.ts'
import type { Aggregation } from './ast.ts'
import { chooseRows } from './choose-rows.ts'
import { countValues } from './count-values.ts'
import type { Evaluation } from './evaluation.ts'
import { type Group, groupRows } from './groups.ts'
import { quantile, warnOfQuantile } from './quantile.ts'
import type { Rows } from './rows.ts'

/** The parameter of topk and others at each step, or the label of count_values. */
export type AggregationParameter = { readonly numbers: Float64Array; readonly label: string }

/** Throws ExecutionError on an impossible parameter. */
export function aggregate(
  evaluation: Evaluation,
  node: Aggregation,
  rows: Rows,
  count: number,
  parameter: AggregationParameter,
): Rows {
  if (node.operator === 'count_values') {
    return countValues(evaluation, node, rows, count, parameter.label)
  }
  const groups = groupRows(rows.labels, node)
  const create = accumulators[node.operator]
  if (create !== undefined) return accumulate(rows, groups, create(count), count)
  if (node.operator === 'quantile') {
    if (node.parameter !== undefined) {
      warnOfQuantile(evaluation, parameter.numbers, node.parameter.span)
    }
    return aggregateQuantile(evaluation, rows, groups, parameter.numbers, count)
  }
  return chooseRows(evaluation, node.operator, rows, groups, parameter.numbers, count)
}

/** One accumulator serves all groups, one after the other. */
function accumulate(
  rows: Rows,
  groups: readonly Group[],
  accumulator: Accumulator,
  count: number,
): Rows {
  const oneValues = new Float64Array(count)
  const onePresent = new Uint8Array(count)
  return {
    labels: labelsOf(groups),
    fill(group, values, present) {
      present.fill(0)
      accumulator.start(values, present)
      for (const row of groups[group]?.rows ?? []) {
        rows.fill(row, oneValues, onePresent)
        accumulator.add(oneValues, onePresent)
      }
      accumulator.finish()
    },
  }
}

function labelsOf(groups: readonly Group[]): Labels[] {
  return groups.map(({ labels }) => labels)
}

function aggregateQuantile(
  evaluation: Evaluation,
  rows: Rows,
  groups: readonly Group[],
  quantiles: Float64Array,
  count: number,
): Rows {
  return {
    labels: labelsOf(groups),
    fill(group, values, present) {
      const members = groups[group]?.rows ?? []
      evaluation.holdSamples(members.length * count)
      const table = members.map((row) => {
        const one = { values: new Float64Array(count), present: new Uint8Array(count) }
        rows.fill(row, one.values, one.present)
        return one
      })
      const found = new Float64Array(members.length)
      for (let k = 0; k < count; k++) {
        let n = 0
        for (const one of table) if (one.present[k] === 1) found[n++] = one.values[k] as number
        present[k] = n > 0 ? 1 : 0
        values[k] = quantile(quantiles[k] as number, found.subarray(0, n))
      }
      evaluation.holdSamples(-members.length * count)
    },
  }
}
