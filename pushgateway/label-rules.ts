/** Labels that no push may have, because they mean something to the format or to a scraper. */

import type { LabelPair, MetricType } from '../shared/exposition/family.ts'
import { escapeWrittenName, isValidLabelName } from '../shared/exposition/names.ts'
import type { GroupLabels } from './group-labels.ts'

/** What is wrong with a metric of these labels in the group, to be put behind its description. */
export function labelClashes(
  group: GroupLabels,
  type: MetricType,
  own: readonly LabelPair[],
): string[] {
  const clashes: string[] = []
  const bound = boundLabel(type)
  // The original lets `le` from the URL pass, and then every scrape fails.
  if (bound !== undefined && (group.has(bound) || own.some(({ name }) => name === bound))) {
    clashes.push(`must not have an explicit "${bound}" label`)
  }
  const reserved = own.find(({ name }) => name.startsWith('__'))
  if (reserved) clashes.push(`has a label with an invalid name: ${reserved.name}`)
  // Only protobuf lets a name come twice.
  const same = own.find(({ name }, i) => own.findIndex((other) => other.name === name) < i)
  if (same) clashes.push(`has two or more labels with the same name: ${same.name}`)
  const twice = sameEscaped(group, own)
  if (twice) clashes.push(`has two or more labels that are written as ${twice}`)
  return clashes
}

function boundLabel(type: MetricType): string | undefined {
  if (type === 'summary') return 'quantile'
  return type === 'histogram' || type === 'gaugehistogram' ? 'le' : undefined
}

/** a.b and a_b are one name for a scraper that takes only legacy names, and its whole scrape fails. */
function sameEscaped(group: GroupLabels, own: readonly LabelPair[]): string | undefined {
  if (group.isLegacy && own.every(({ name }) => isValidLabelName(name, 'legacy'))) return undefined
  const seen = new Set<string>()
  for (const { name } of group.merge(own)) {
    const escaped = escapeWrittenName(name, 'underscores')
    if (seen.has(escaped)) return escaped
    seen.add(escaped)
  }
  return undefined
}
