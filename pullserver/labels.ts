/** The label set that names a series, and the matchers that select series by it. */

/** Sorted by name (byte order), `__name__` included, no empty values, no name twice. */
export type Labels = readonly Label[]

export type Label = { readonly name: string; readonly value: string }

export type MatchOperator = '=' | '!=' | '=~' | '!~'

/** One `name op "value"` of a selector; `matches` gets '' for an absent label. */
export type Matcher = {
  readonly name: string
  readonly operator: MatchOperator
  readonly value: string
  readonly matches: (labelValue: string) => boolean
}

/** The value of one label, '' when it is absent. */
export function labelValue(labels: Labels, name: string): string {
  for (const label of labels) if (label.name === name) return label.value
  return ''
}
