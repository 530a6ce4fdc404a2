/** What may follow an operator or aggregator: bool, on, ignoring, group_left, by, fill ... */

import { quote } from '../../shared/quote.ts'
import { type Cardinality, isSetOperator, type VectorMatching } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { canNameLabel } from './lex.ts'
import { parseNumberLiteral } from './number-literal.ts'
import { readString } from './string-literal.ts'

/** The parenthesised labels of by, without, on, ignoring, group_left and group_right. */
export function parseGrouping(cursor: Cursor): { labels: string[]; end: number } {
  const context = 'grouping opts'
  cursor.expect('(', context, '"("')
  const labels: string[] = []
  for (;;) {
    const closing = cursor.accept(')')
    if (closing !== undefined) return { labels, end: closing.end }
    labels.push(parseLabel(cursor, context))
    if (cursor.is(')')) continue
    cursor.expect(',', context, '"," or ")"')
  }
}

function parseLabel(cursor: Cursor, context: string): string {
  const token = cursor.next
  if (token.type === 'string') {
    cursor.take()
    const { value } = readString(cursor.text, token.start)
    if (value === '') throw cursor.fail(token, `invalid label name ${quote(token.text)}`)
    return value
  }
  if (!canNameLabel(token.type) || token.text.includes(':')) {
    throw cursor.unexpected(context, 'label')
  }
  return cursor.take().text
}

/** Everything between a binary operator and its right side. */
export function parseBinaryModifiers(
  cursor: Cursor,
  operator: string,
): { returnBool: boolean; matching: VectorMatching } {
  const returnBool = cursor.accept('bool') !== undefined
  let on = false
  let labels: string[] = []
  let include: string[] = []
  let cardinality: Cardinality = isSetOperator(operator) ? 'many-to-many' : 'one-to-one'
  if (cursor.is('on') || cursor.is('ignoring')) {
    on = cursor.take().type === 'on'
    labels = parseGrouping(cursor).labels
    if (cursor.is('group_left') || cursor.is('group_right')) {
      cardinality = cursor.take().type === 'group_left' ? 'many-to-one' : 'one-to-many'
      if (cursor.is('(')) include = parseGrouping(cursor).labels
    }
  }
  const matching = { cardinality, on, labels, include, ...parseFill(cursor) }
  return { returnBool, matching }
}

type Fill = { fillLeft?: number; fillRight?: number }

/** fill(0), fill_left(0) fill_right(1): newer than 3.5; the words still name metrics elsewhere. */
function parseFill(cursor: Cursor): Fill {
  let fill: Fill = {}
  for (;;) {
    const name = cursor.next.text.toLowerCase()
    const isFill = name === 'fill' || name === 'fill_left' || name === 'fill_right'
    if (!(isFill && cursor.is('identifier') && cursor.second().type === '(')) return fill
    cursor.take()
    cursor.take()
    const value = parseSignedNumber(cursor)
    cursor.expect(')', 'fill modifier', '")"')
    if (name !== 'fill_right') fill = { ...fill, fillLeft: value }
    if (name !== 'fill_left') fill = { ...fill, fillRight: value }
  }
}

function parseSignedNumber(cursor: Cursor): number {
  const negative = cursor.is('-')
  if (negative || cursor.is('+')) cursor.take()
  const token = cursor.expect('number', 'fill modifier', 'number')
  const value = cursor.convert(token, () => parseNumberLiteral(token.text))
  return negative ? -value : value
}
