/** Which groups the `match[]` of a request select: those that one of the selectors fits. */

import type { Re2 } from '../shared/re2.ts'
import type { Group } from './group.ts'
import { Refused } from './refused.ts'
import { parseSelector, refuseSelector, type SelectorMatcher } from './selector.ts'

export type GroupSelector = {
  readonly text: string
  /** Whether some label must be there; without, a selector fits groups that nobody thought of. */
  readonly isNarrow: boolean
  /** Where the metric name stands that it asks for; undefined when labels alone decide. */
  readonly nameAt: number | undefined
  readonly matches: (group: Group) => boolean
}

/** Throws a Refused with the column. */
export async function readSelectors(texts: readonly string[]): Promise<GroupSelector[]> {
  const parsed = texts.map((text) => ({ text, matchers: parseSelector(text) }))
  const isPattern = ({ operator }: SelectorMatcher) => operator === '=~' || operator === '!~'
  // RE2 takes linear time whatever a stranger writes, but costs megabytes: only who asks for it pays.
  const { compileRe2 } = parsed.some(({ matchers }) => matchers.some(isPattern))
    ? await import('../shared/re2.ts')
    : { compileRe2: undefined }
  return parsed.map(({ text, matchers }) => createSelector(text, matchers, compileRe2))
}

/** Whether one of the selectors fits; none at all fit every group. */
export function fitsOne(selectors: readonly GroupSelector[], group: Group): boolean {
  return selectors.length === 0 || selectors.some(({ matches }) => matches(group))
}

type CompileRe2 = ((source: string) => Re2) | undefined
type ValueTest = (value: string) => boolean

function createSelector(
  text: string,
  matchers: readonly SelectorMatcher[],
  compileRe2: CompileRe2,
): GroupSelector {
  const names: ValueTest[] = []
  const labels: { name: string; test: ValueTest }[] = []
  for (const matcher of matchers) {
    const test = createTest(text, matcher, compileRe2)
    if (matcher.name === '__name__') names.push(test)
    else labels.push({ name: matcher.name, test })
  }
  return {
    text,
    isNarrow: labels.some(({ test }) => !test('')),
    nameAt: matchers.find(({ name }) => name === '__name__')?.at,
    matches(group) {
      if (!labels.every(({ name, test }) => test(labelOf(group, name)))) return false
      if (names.length === 0) return true
      return group.families.keys().some((family) => names.every((test) => test(family)))
    },
  }
}

function createTest(
  text: string,
  { operator, value, at }: SelectorMatcher,
  compileRe2: CompileRe2,
): ValueTest {
  if (operator === '=') return (other) => other === value
  if (operator === '!=') return (other) => other !== value
  try {
    if (compileRe2 === undefined) throw new Error('RE2 is not loaded')
    const { matchesFully } = compileRe2(value)
    return operator === '=~' ? matchesFully : (other) => !matchesFully(other)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refuseSelector(text, at, error.message)
  }
}

/** A label that is absent is one that is empty, as in PromQL. */
function labelOf({ key }: Group, name: string): string {
  for (const label of key.labels) if (label.name === name) return label.value
  return ''
}

/** Of a deletion: what it would hit must be clear from the selector. Throws a Refused. */
export function requireNarrow(selectors: readonly GroupSelector[]): void {
  if (selectors.length === 0) {
    throw new Refused(400, 'match[] is missing: say which groups, as in match[]={job="import"}')
  }
  for (const { text, isNarrow, nameAt } of selectors) {
    if (nameAt !== undefined) {
      const reason = 'groups are deleted whole, by their labels: leave the metric name out'
      throw refuseSelector(text, nameAt, reason)
    }
    if (isNarrow) continue
    const reason =
      'one matcher must ask for a label that is not empty, as job="import" or job=~".+" do'
    throw refuseSelector(text, 0, reason)
  }
}
