/** Durations in brackets and after offset, which may be expressions with step() and range(). */
import type { Duration, DurationExpression } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { durationMs, isConstantDuration, parseDurationLiteral } from './duration.ts'
import { parseNumberLiteral } from './number-literal.ts'

type Place = { readonly context: string; readonly expected: string }

const noContext = { stepMs: 0, rangeMs: 0 }

/** A range or a step: any duration expression, greater than 0. */
export function parsePositiveDuration(cursor: Cursor, place: Place): Duration {
  const expression = parseSum(cursor, place)
  const duration = fold(cursor, expression)
  if (typeof duration === 'number' && duration <= 0) {
    throw cursor.fail(expression.span, 'duration must be greater than 0')
  }
  return duration
}

/** An offset: a literal, a call or parentheses, with a sign; operators need parentheses here. */
export function parseOffset(cursor: Cursor): Duration {
  return fold(cursor, parseOperand(cursor, { context: 'offset', expected: 'number or duration' }))
}

function fold(cursor: Cursor, expression: DurationExpression): Duration {
  if (!isConstantDuration(expression)) return expression
  return cursor.convert(expression.span, () => durationMs(expression, noContext))
}

function parseSum(cursor: Cursor, place: Place): DurationExpression {
  let left = parseProduct(cursor, place)
  while (cursor.is('+') || cursor.is('-')) {
    const operator = cursor.take().type as '+' | '-'
    left = operation(operator, left, parseProduct(cursor, place))
  }
  return left
}

function parseProduct(cursor: Cursor, place: Place): DurationExpression {
  let left = parsePower(cursor, place)
  while (cursor.is('*') || cursor.is('/') || cursor.is('%')) {
    const operator = cursor.take().type as '*' | '/' | '%'
    left = operation(operator, left, parsePower(cursor, place))
  }
  return left
}

function parsePower(cursor: Cursor, place: Place): DurationExpression {
  const base = parseOperand(cursor, place)
  if (cursor.accept('^') === undefined) return base
  return operation('^', base, parsePower(cursor, place))
}

type Operator = Extract<DurationExpression, { kind: 'operation' }>['operator']

function operation(
  operator: Operator,
  left: DurationExpression,
  right: DurationExpression,
): DurationExpression {
  const span = { start: left.span.start, end: right.span.end }
  return { kind: 'operation', operator, left, right, span }
}

function parseOperand(cursor: Cursor, place: Place): DurationExpression {
  return cursor.nested(() => parseOperandNested(cursor, place))
}

function parseOperandNested(cursor: Cursor, place: Place): DurationExpression {
  const token = cursor.next
  if (token.type === '-' || token.type === '+') {
    cursor.take()
    const operand = parseOperand(cursor, place)
    const span = { start: token.start, end: operand.span.end }
    return token.type === '+' ? { ...operand, span } : { kind: 'negate', operand, span }
  }
  if (token.type === '(') {
    cursor.take()
    const inner = parseSum(cursor, place)
    const span = { start: token.start, end: cursor.expect(')', place.context).end }
    return { ...inner, span }
  }
  if (token.type === 'number' || token.type === 'duration') {
    cursor.take()
    const value = cursor.convert(token, () =>
      token.type === 'number'
        ? parseNumberLiteral(token.text)
        : parseDurationLiteral(token.text) / 1000,
    )
    return { kind: 'seconds', value, span: token }
  }
  return parseDurationCall(cursor, place)
}

function parseDurationCall(cursor: Cursor, place: Place): DurationExpression {
  const name = cursor.next.text.toLowerCase()
  if (name === 'step' || name === 'range') {
    const { start } = cursor.take()
    cursor.expect('(', place.context)
    return { kind: name, span: { start, end: cursor.expect(')', place.context).end } }
  }
  if (name === 'min_of' || name === 'max_of') {
    const { start } = cursor.take()
    cursor.expect('(', place.context)
    const left = parseSum(cursor, place)
    cursor.expect(',', place.context)
    const right = parseSum(cursor, place)
    const { end } = cursor.expect(')', place.context)
    return { kind: 'operation', operator: name, left, right, span: { start, end } }
  }
  throw cursor.unexpected(place.context, place.expected)
}
