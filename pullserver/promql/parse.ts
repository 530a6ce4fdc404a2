/**
 * The parser: precedence climbing over the tokens, then the type check.
 *
 * Our own rather than the editor's grammar (lezer-promql), which tolerates errors, knows no types
 * and has none of the error texts that users search the web for.
 */
import type { Matcher } from '../labels.ts'
import type { Aggregation, Call, Expression, NumberLiteral } from './ast.ts'
import { checkTypes } from './check.ts'
import { Cursor } from './cursor.ts'
import { parseDurationLiteral } from './duration.ts'
import { type QueryError, queryError } from './errors.ts'
import { signatures } from './functions/signatures.ts'
import { aggregators, canNameMetric } from './lex.ts'
import { parseNumberLiteral } from './number-literal.ts'
import { parseBinaryModifiers, parseGrouping } from './parse-modifiers.ts'
import { parsePostfix } from './parse-postfix.ts'
import { parseVectorSelector } from './parse-selector.ts'
import { readString } from './string-literal.ts'

/** Parses and type-checks a query. Throws QueryError with Prometheus' text and position. */
export function parseQuery(text: string): Expression {
  const cursor = new Cursor(text)
  if (cursor.is('eof')) throw noExpression()
  const expression = parseExpression(cursor, 0)
  if (!cursor.is('eof')) throw cursor.unexpected()
  checkTypes(expression, text)
  return expression
}

/** Parses a single vector selector, as match[] of the API takes it. Throws QueryError. */
export function parseSelector(text: string): readonly Matcher[] {
  const cursor = new Cursor(text)
  if (cursor.is('eof')) throw noExpression()
  const named = canNameMetric(cursor.next.type)
  if (!named && !cursor.is('{')) throw cursor.unexpected()
  const { matchers } = parseVectorSelector(cursor, named ? cursor.take() : undefined)
  if (!cursor.is('eof')) throw cursor.unexpected()
  return matchers
}

function noExpression(): QueryError {
  return queryError('unknown position: parse error: no expression found in input')
}

const precedences: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const powerPrecedence = 6

/** A chain of operators makes a tree as high as it is long; the evaluator walks it recursively. */
const maxChain = 1000

function parseExpression(cursor: Cursor, least: number): Expression {
  return cursor.nested(() => parseChain(cursor, least))
}

function parseChain(cursor: Cursor, least: number): Expression {
  let left = parseUnary(cursor)
  for (let links = 0; ; links++) {
    const precedence = precedences[cursor.next.type]
    if (precedence === undefined || precedence < least) return left
    if (links > maxChain) throw cursor.fail(cursor.next, 'expression has too many operators')
    const token = cursor.take()
    const operator = token.type
    const { returnBool, matching } = parseBinaryModifiers(cursor, operator)
    const rightLeast = operator === '^' ? precedence : precedence + 1
    const right = parseExpression(cursor, rightLeast)
    left = {
      kind: 'binary',
      operator,
      operatorSpan: { start: token.start, end: token.end },
      left,
      right,
      returnBool,
      matching,
      span: { start: left.span.start, end: right.span.end },
    }
  }
}

/** A sign binds weaker than `^`: -2 ^ 2 is -4. */
function parseUnary(cursor: Cursor): Expression {
  const sign = cursor.next
  if (sign.type !== '+' && sign.type !== '-') {
    return parsePostfix(cursor, parsePrimary(cursor))
  }
  cursor.take()
  const expression = parseExpression(cursor, powerPrecedence)
  const span = { start: sign.start, end: expression.span.end }
  if (expression.kind === 'number') {
    return { ...expression, value: sign.type === '-' ? -expression.value : expression.value, span }
  }
  return { kind: 'unary', operator: sign.type, expression, span }
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.next
  if (token.type === 'number' || token.type === 'duration') return parseNumber(cursor)
  if (token.type === 'string') {
    cursor.take()
    return { kind: 'string', value: readString(cursor.text, token.start).value, span: token }
  }
  if (token.type === '{') return parseVectorSelector(cursor, undefined)
  if (token.type === '(') {
    cursor.take()
    const expression = parseExpression(cursor, 0)
    const { end } = cursor.expect(')')
    return { kind: 'parentheses', expression, span: { start: token.start, end } }
  }
  if (aggregators.has(token.type)) {
    const after = cursor.second().type
    if (after === '(' || after === 'by' || after === 'without') {
      return parseAggregation(cursor)
    }
  }
  if (!canNameMetric(token.type)) throw cursor.unexpected()
  cursor.take()
  const callable = token.type === 'identifier' || signatures.has(token.type)
  if (callable && cursor.is('(')) return parseCall(cursor, token)
  return parseVectorSelector(cursor, token)
}

function parseNumber(cursor: Cursor): NumberLiteral {
  const token = cursor.take()
  const isDuration = token.type === 'duration'
  const value = cursor.convert(token, () =>
    isDuration ? parseDurationLiteral(token.text) / 1000 : parseNumberLiteral(token.text),
  )
  return { kind: 'number', value, isDuration, span: { start: token.start, end: token.end } }
}

function parseCall(cursor: Cursor, name: { text: string; start: number; end: number }): Call {
  const { args, end } = parseArguments(cursor)
  const known = signatures.has(name.text)
  if (!known) throw cursor.fail(name, `unknown function with name "${name.text}"`)
  return { kind: 'call', name: name.text, args, span: { start: name.start, end } }
}

function parseArguments(cursor: Cursor): { args: Expression[]; end: number } {
  cursor.take()
  const args: Expression[] = []
  const empty = cursor.accept(')')
  if (empty !== undefined) return { args, end: empty.end }
  for (;;) {
    args.push(parseExpression(cursor, 0))
    const closing = cursor.accept(')')
    if (closing !== undefined) return { args, end: closing.end }
    const comma = cursor.expect(',')
    if (cursor.is(')')) {
      throw cursor.fail(comma, 'trailing commas not allowed in function call args')
    }
  }
}

const withParameter: ReadonlySet<string> = new Set(
  'topk bottomk count_values quantile limitk limit_ratio'.split(' '),
)

function parseAggregation(cursor: Cursor): Aggregation {
  const token = cursor.take()
  let modifier = parseGroupingClause(cursor)
  if (!cursor.is('(')) throw cursor.unexpected('aggregation')
  const { args, end: argumentsEnd } = parseArguments(cursor)
  let end = argumentsEnd
  if (modifier === undefined) {
    modifier = parseGroupingClause(cursor)
    end = modifier?.end ?? end
  }
  const span = { start: token.start, end }
  const wanted = withParameter.has(token.type) ? 2 : 1
  if (args.length === 0) {
    throw cursor.fail(span, 'no arguments for aggregate expression provided')
  }
  const expression = args[wanted - 1]
  if (args.length !== wanted || expression === undefined) {
    throw cursor.fail(
      span,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    )
  }
  const [parameter] = args
  return {
    kind: 'aggregation',
    operator: token.type,
    expression,
    ...(wanted === 2 && parameter !== undefined ? { parameter } : {}),
    grouping: modifier?.labels ?? [],
    without: modifier?.without ?? false,
    span,
  }
}

function parseGroupingClause(
  cursor: Cursor,
): { labels: string[]; without: boolean; end: number } | undefined {
  if (!cursor.is('by') && !cursor.is('without')) return undefined
  const without = cursor.take().type === 'without'
  return { ...parseGrouping(cursor), without }
}
