/** count_values: how many series have each value; the value becomes a label. */

import { quote } from '../../shared/quote.ts'
import type { Labels } from '../labels.ts'
import type { Aggregation } from './ast.ts'
import { ExecutionError } from './errors.ts'
import type { Evaluation } from './evaluation.ts'
import { formatSampleValue } from './format-number.ts'
import { groupLabels } from './groups.ts'
import { labelsKey, withLabel } from './label-sets.ts'
import type { Rows } from './rows.ts'

/** Throws ExecutionError when the label cannot be one. */
export function countValues(
  evaluation: Evaluation,
  node: Aggregation,
  rows: Rows,
  count: number,
  label: string,
): Rows {
  if (label === '') throw new ExecutionError(`invalid label name ${quote(label)}`)
  const grouping = node.without ? node.grouping : [...node.grouping, label]
  const labelsOf = groupLabels({ grouping, without: node.without })
  const counts = new Map<string, { labels: Labels; counts: Float64Array }>()
  const values = new Float64Array(count)
  const present = new Uint8Array(count)
  for (const [row, labels] of rows.labels.entries()) {
    rows.fill(row, values, present)
    for (let k = 0; k < count; k++) {
      if (present[k] === 0) continue
      const text = formatSampleValue(values[k] as number)
      const grouped = labelsOf(withLabel(labels, label, text))
      const key = labelsKey(grouped)
      let counted = counts.get(key)
      if (counted === undefined) {
        evaluation.holdSamples(count)
        counted = { labels: grouped, counts: new Float64Array(count) }
        counts.set(key, counted)
      }
      counted.counts[k] = (counted.counts[k] as number) + 1
    }
  }
  const all = [...counts.values()]
  return {
    labels: all.map(({ labels }) => labels),
    fill(row, rowValues, rowPresent) {
      rowValues.set(all[row]?.counts ?? [])
      for (let k = 0; k < count; k++) rowPresent[k] = (rowValues[k] as number) > 0 ? 1 : 0
    },
  }
}
