/** Which rows an aggregation puts together, by labels (by) or by all but some labels (without). */
import { type Labels, labelValue } from '../labels.ts'
import { dropLabels, labelsKey } from './label-sets.ts'

export type Group = { readonly labels: Labels; readonly rows: number[] }

export type Grouping = { readonly grouping: readonly string[]; readonly without: boolean }

/** The groups in the order in which they are first seen. */
export function groupRows(rowLabels: readonly Labels[], grouping: Grouping): Group[] {
  const groups = new Map<string, Group>()
  const keyOf = groupKey(grouping)
  const labelsOf = groupLabels(grouping)
  for (const [row, labels] of rowLabels.entries()) {
    const key = keyOf(labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { labels: labelsOf(labels), rows: [row] })
    else group.rows.push(row)
  }
  return [...groups.values()]
}

/** A string for each label set, the same exactly for those of one group. */
export function groupKey({ grouping, without }: Grouping): (labels: Labels) => string {
  if (without) {
    const dropped = new Set([...grouping, '__name__'])
    return (labels) => labelsKey(dropLabels(labels, dropped))
  }
  const [first, second] = grouping
  if (first === undefined) return () => ''
  if (second === undefined) return (labels) => labelValue(labels, first)
  return (labels) => grouping.map((name) => labelValue(labels, name)).join('\xff')
}

/** The labels of a group, from those of any member. */
export function groupLabels({ grouping, without }: Grouping): (labels: Labels) => Labels {
  if (without) {
    const dropped = new Set([...grouping, '__name__'])
    return (labels) => dropLabels(labels, dropped)
  }
  const kept = new Set(grouping)
  return (labels) => labels.filter(({ name }) => kept.has(name))
}
