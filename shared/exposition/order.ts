/** The order of families, labels and metrics on a page: byte order, as Go compares strings. */
import type { LabelPair } from './family.ts'

/** Compares as the UTF-8 bytes would; `<` alone puts U+FF5E behind an emoji. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return aboveSurrogates(left) - aboveSurrogates(right)
  }
  return a.length - b.length
}

/** The labels by name; the same array where they already are. */
export function sortLabels(labels: readonly LabelPair[]): readonly LabelPair[] {
  for (let index = 1; index < labels.length; index++) {
    if (compareBytes(labels[index - 1]?.name ?? '', labels[index]?.name ?? '') > 0) {
      return labels.toSorted((a, b) => compareBytes(a.name, b.name))
    }
  }
  return labels
}

/** Half of a pair stands for a code point above U+FFFF, so it sorts behind U+E000 to U+FFFF. */
function aboveSurrogates(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
