/** What follows an operand: [range], [range:step], offset and @, in any order and number. */
import type { Expression, MatrixSelector, Subquery, VectorSelector } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { parseDurationLiteral } from './duration.ts'
import { parseNumberLiteral } from './number-literal.ts'
import { parseOffset, parsePositiveDuration } from './parse-duration.ts'

/** The operand with all its modifiers applied. */
export function parsePostfix(cursor: Cursor, operand: Expression): Expression {
  let expression = operand
  for (;;) {
    if (cursor.is('[')) expression = parseBrackets(cursor, expression)
    else if (cursor.is('offset')) expression = applyOffset(cursor, expression)
    else if (cursor.is('@')) expression = applyAt(cursor, expression)
    else return expression
  }
}

function parseBrackets(cursor: Cursor, expression: Expression): MatrixSelector | Subquery {
  const opening = cursor.take()
  const context = 'subquery or range selector'
  const range = parsePositiveDuration(cursor, { context, expected: 'number or duration' })
  const start = expression.span.start
  if (cursor.accept(':') !== undefined) {
    const expected = 'number or duration or "]"'
    const step = cursor.is(']')
      ? undefined
      : parsePositiveDuration(cursor, { context: 'subquery selector', expected })
    const { end } = cursor.expect(']', 'subquery selector', '"]"')
    const span = { start, end }
    return { kind: 'subquery', expression, range, ...(step === undefined ? {} : { step }), span }
  }
  const { end } = cursor.expect(']', 'subquery or range', '":" or "]"')
  const refuse = (reason: string) => cursor.fail({ start: opening.start, end }, reason)
  if (expression.kind !== 'vector-selector') {
    throw refuse('ranges only allowed for vector selectors')
  }
  if (expression.offset !== undefined) throw refuse('no offset modifiers allowed before range')
  if (expression.at !== undefined) throw refuse('no @ modifiers allowed before range')
  return { kind: 'matrix-selector', selector: expression, range, span: { start, end } }
}

function applyOffset(cursor: Cursor, expression: Expression): Expression {
  cursor.take()
  const offset = parseOffset(cursor)
  const target = shiftable(cursor, expression, 'offset modifier')
  if (target.offset !== undefined) {
    throw cursor.fail(expression.span, 'offset may not be set multiple times')
  }
  return shifted(cursor, expression, { offset })
}

function applyAt(cursor: Cursor, expression: Expression): Expression {
  cursor.take()
  const at = parseTimestamp(cursor, expression)
  const target = shiftable(cursor, expression, '@ modifier')
  if (target.at !== undefined) {
    throw cursor.fail(expression.span, '@ <timestamp> may not be set multiple times')
  }
  return shifted(cursor, expression, { at })
}

/** The node that offset and @ of an expression are kept in. */
function shiftable(
  cursor: Cursor,
  expression: Expression,
  modifier: string,
): VectorSelector | Subquery {
  if (expression.kind === 'matrix-selector') return expression.selector
  if (expression.kind === 'vector-selector' || expression.kind === 'subquery') return expression
  throw cursor.fail(
    expression.span,
    `${modifier} must be preceded by an instant vector selector or range vector selector or a subquery`,
  )
}

/** The expression with the shift, reaching up to the token before the cursor. */
function shifted(
  cursor: Cursor,
  expression: Expression,
  shift: Partial<Pick<VectorSelector, 'offset' | 'at'>>,
): Expression {
  const end = cursor.text.slice(0, cursor.next.start).trimEnd().length
  const span = { start: expression.span.start, end }
  if (expression.kind === 'matrix-selector') {
    return { ...expression, selector: { ...expression.selector, ...shift }, span }
  }
  if (expression.kind === 'vector-selector' || expression.kind === 'subquery') {
    return { ...expression, ...shift, span }
  }
  return expression
}

function parseTimestamp(cursor: Cursor, expression: Expression): number | 'start' | 'end' {
  const expected = 'timestamp'
  if (cursor.is('start') || cursor.is('end')) {
    const bound = cursor.take().type as 'start' | 'end'
    cursor.expect('(', '@', expected)
    cursor.expect(')', '@', expected)
    return bound
  }
  const negative = cursor.is('-')
  if (negative || cursor.is('+')) cursor.take()
  const token = cursor.next
  if (token.type !== 'number' && token.type !== 'duration') throw cursor.unexpected('@', expected)
  cursor.take()
  const size = cursor.convert(token, () =>
    token.type === 'number'
      ? parseNumberLiteral(token.text)
      : parseDurationLiteral(token.text) / 1000,
  )
  const seconds = negative ? -size : size
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const shown = Number.isNaN(seconds) ? 'NaN' : goFixed(seconds)
    throw cursor.fail(expression.span, `timestamp out of bounds for @ modifier: ${shown}`)
  }
  return Math.round(seconds * 1000)
}

/** Go's %f. */
function goFixed(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return `${BigInt(value)}.000000`
}
