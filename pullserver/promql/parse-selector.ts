/** Selectors: a metric name, matchers in braces, or both. */

import { compileRe2 } from '../../shared/re2.ts'
import type { Matcher, MatchOperator } from '../labels.ts'
import type { VectorSelector } from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { Token } from './lex.ts'
import { readString } from './string-literal.ts'

/** A selector that begins with a name (already taken) or with the brace to come. */
export function parseVectorSelector(cursor: Cursor, name: Token | undefined): VectorSelector {
  const matchers: Matcher[] = []
  let end = name?.end ?? 0
  const start = name?.start ?? cursor.next.start
  if (cursor.is('{')) end = parseMatchers(cursor, matchers)
  if (name !== undefined) matchers.push(createMatcher('__name__', '=', name.text))
  return {
    kind: 'vector-selector',
    name: name?.text ?? '',
    matchers,
    span: { start, end },
  }
}

/** A matcher as the store wants it. Throws SyntaxError on a bad regular expression. */
export function createMatcher(name: string, operator: MatchOperator, value: string): Matcher {
  if (operator === '=') return { name, operator, value, matches: (text) => text === value }
  if (operator === '!=') return { name, operator, value, matches: (text) => text !== value }
  const { matchesFully } = compileRe2(value)
  if (operator === '=~') return { name, operator, value, matches: matchesFully }
  return { name, operator, value, matches: (text) => !matchesFully(text) }
}

/** Returns the offset behind the closing brace. */
function parseMatchers(cursor: Cursor, matchers: Matcher[]): number {
  cursor.take()
  for (;;) {
    const closing = cursor.accept('}')
    if (closing !== undefined) return closing.end
    matchers.push(parseMatcher(cursor))
    if (cursor.is('}')) continue
    cursor.expect(',', 'label matching', '"," or "}"')
  }
}

const operators: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~'])

function parseMatcher(cursor: Cursor): Matcher {
  if (!cursor.is('identifier') && !cursor.is('string')) {
    throw cursor.unexpected('label matching', 'identifier or "}"')
  }
  const label = cursor.take()
  const quoted = label.type === 'string'
  const name = quoted ? readString(cursor.text, label.start).value : label.text
  if (!operators.has(cursor.next.type)) {
    // {"foo"} is the metric name in quotes.
    if (quoted && (cursor.is(',') || cursor.is('}'))) return createMatcher('__name__', '=', name)
    throw quoted
      ? cursor.unexpected('label matching', '"," or "}"')
      : cursor.unexpected('label matching', 'label matching operator')
  }
  const operator = cursor.take().type as MatchOperator
  const literal = cursor.expect('string', 'label matching', 'string')
  const { value } = readString(cursor.text, literal.start)
  return cursor.convert(label, () => createMatcher(name, operator, value))
}
