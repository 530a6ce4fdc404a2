/** From a label set in the making to the sorted labels that a series or target is known by. */
import type { Label, Labels } from '../labels.ts'
import type { LabelSet } from './relabel.ts'

/** Sorted by name in byte order, without empty values. */
export function toLabels(set: LabelSet, shown: (name: string) => boolean = () => true): Labels {
  const labels: Label[] = []
  for (const [name, value] of set) {
    if (value !== '' && shown(name)) labels.push({ name, value })
  }
  return sortLabels(labels)
}

/** Sorts in place, by insertion: there are few labels, and most stand in their order already. */
export function sortLabels(labels: Label[]): Labels {
  for (let i = 1; i < labels.length; i++) {
    const label = labels[i]
    if (label === undefined) continue
    let at = i
    for (; at > 0; at--) {
      const before = labels[at - 1]
      if (before === undefined || compareNames(before.name, label.name) <= 0) break
      labels[at] = before
    }
    labels[at] = label
  }
  return labels
}

/** As Go writes them: `{a="1", b="2"}`. */
export function formatLabels(labels: Labels): string {
  return `{${labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(', ')}}`
}

/**
 * Order of the UTF-8 bytes. UTF-16 units give the same order, except that surrogates (characters
 * beyond U+FFFF) must come behind U+E000 to U+FFFF.
 */
function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    if (left < 0xd800 || right < 0xd800) return left - right
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  return a.length - b.length
}
