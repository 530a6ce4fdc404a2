/** Operations on label sets: keys, order, taking and leaving labels, and their text. */

import { quote } from '../../shared/quote.ts'
import type { Label, Labels } from '../labels.ts'

/** Two label sets are equal exactly when their keys are. \xff cannot occur in UTF-8. */
export function labelsKey(labels: Labels): string {
  let key = ''
  for (const { name, value } of labels) key += `${name}\xff${value}\xff`
  return key
}

/** The order of results: label by label, name before value; a prefix comes first. */
export function compareLabels(a: Labels, b: Labels): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const left = a[i] as Label
    const right = b[i] as Label
    if (left.name !== right.name) return left.name < right.name ? -1 : 1
    if (left.value !== right.value) return left.value < right.value ? -1 : 1
  }
  return a.length - b.length
}

export function withoutName(labels: Labels): Labels {
  // The name is the first label, but for labels that begin with a capital letter.
  const at = labels.findIndex(({ name }) => name === '__name__')
  if (at < 0) return labels
  return at === 0 ? labels.slice(1) : labels.filter(({ name }) => name !== '__name__')
}

export function keepLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return labels.filter(({ name }) => names.has(name))
}

export function dropLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  return labels.filter(({ name }) => !names.has(name))
}

/** The labels with one set; an empty value takes the label away. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const others = labels.filter((label) => label.name !== name)
  if (value === '') return others
  const at = others.findIndex((label) => label.name > name)
  return others.toSpliced(at < 0 ? others.length : at, 0, { name, value })
}

/** `{a="1", b="2"}`, as Prometheus writes label sets in errors. */
export function labelsText(labels: Labels): string {
  const parts = labels.map(({ name, value }) => {
    const plain = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
    return `${plain ? name : quote(name)}=${quote(value)}`
  })
  return `{${parts.join(', ')}}`
}
