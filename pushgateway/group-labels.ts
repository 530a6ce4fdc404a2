/** The labels of one group, and what they make of the labels of a pushed metric. */

import type { LabelPair } from '../shared/exposition/family.ts'
import type { GroupingKey } from './grouping-key.ts'
import { ownCopy } from './own-copy.ts'
import { type Owner, type RenderedLabels, renderLabels } from './series.ts'

export class GroupLabels implements Owner {
  readonly key: GroupingKey
  /** Of the group's series that have no labels of their own. */
  readonly #plain: RenderedLabels

  constructor(key: GroupingKey) {
    this.key = key
    this.#plain = renderLabels(this.merge([]), '')
  }

  /** No name needs escaping. */
  get isLegacy(): boolean {
    return this.#plain.legacy
  }

  has(name: string): boolean {
    return this.key.labels.some((label) => label.name === name)
  }

  /** All labels of a series, sorted: the group's win over its own, and `instance` is always there. */
  merge(own: readonly LabelPair[]): LabelPair[] {
    const merged = [...this.key.labels]
    for (const label of own) if (!this.has(label.name)) merged.push(label)
    if (!merged.some(({ name }) => name === 'instance'))
      merged.push({ name: 'instance', value: '' })
    return merged.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** `guess` is the result where it was rendered from the same labels. */
  render(own: readonly LabelPair[], guess?: RenderedLabels): RenderedLabels {
    if (own.length === 0) return this.#plain
    const from = joined(own)
    return guess?.from === from ? guess : renderLabels(this.merge(own), ownCopy(from))
  }
}

/** The same only for the same labels in the same order. */
function joined(labels: readonly LabelPair[]): string {
  let text = ''
  for (const { name, value } of labels) text += `${name.length}${name}${value.length}=${value}`
  return text
}
