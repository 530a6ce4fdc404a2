/** Queries are refused in Prometheus' words, and understood with its precedences. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Expression } from '../../../pullserver/promql/ast.ts'
import { QueryError } from '../../../pullserver/promql/errors.ts'
import { parseQuery, parseSelector } from '../../../pullserver/promql/parse.ts'
import { itShared } from '../../shared-folder.ts'

function errorOf(parse: () => unknown): string {
  try {
    parse()
  } catch (error) {
    if (error instanceof QueryError) return error.message
    throw error
  }
  return 'no error'
}

test.each([
  ['', 'unknown position: parse error: no expression found in input'],
  ['foo ==', '1:7: parse error: unexpected end of input'],
  [
    'sum(\n  rate(foo)\n)',
    '2:8: parse error: expected type range vector in call to function "rate", got instant vector',
  ],
  ['foo{a="ü"} bar', '1:13: parse error: unexpected identifier "bar"'], // columns are bytes
  ['foo[5m', '1:7: parse error: unclosed left bracket'],
  ['foo[5m] offset 1m offset 1m', '1:1: parse error: offset may not be set multiple times'],
  ['foo @ 1 @ 2', '1:1: parse error: @ <timestamp> may not be set multiple times'],
  ['foo @ Inf', '1:1: parse error: timestamp out of bounds for @ modifier: +Inf'],
  ['foo offset 1m [5m]', '1:15: parse error: no offset modifiers allowed before range'],
  ['1.5h', '1:1: parse error: unknown unit "." in duration "1.5h"'],
  ['foo[1m1h]', '1:5: parse error: not a valid duration string: "1m1h"'],
  ['foo[5m/0]', '1:5: parse error: division by zero'],
  ['rate(foo[5m],)', '1:13: parse error: trailing commas not allowed in function call args'],
  ['nosuch(foo)', '1:1: parse error: unknown function with name "nosuch"'],
  ['Abs(foo)', '1:1: parse error: unknown function with name "Abs"'], // functions mind the case
  [
    'sum by (a b) (foo)',
    '1:11: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"',
  ],
  [
    'foo{a b}',
    '1:7: parse error: unexpected identifier "b" in label matching, expected label matching operator',
  ],
  ['foo{a=b}', '1:7: parse error: unexpected identifier "b" in label matching, expected string'],
  ['foo{=}', '1:5: parse error: unexpected "=" in label matching, expected identifier or "}"'],
  ['foo{a=~"["}', '1:5: parse error: error parsing regexp: missing closing ]: `[`'],
  ['foo and on(a) 1', '1:1: parse error: vector matching only allowed between instant vectors'],
  [
    'a + on(x) group_left(x) b',
    '1:3: parse error: label "x" must not occur in ON and GROUP clause at once',
  ],
  ['"a"[5m:]', '1:1: parse error: subquery is only allowed on instant vector, got string instead'],
  ['$', "1:1: parse error: unexpected character: '$'"],
  ['foo !bar', "1:5: parse error: unexpected character after '!': 'b'"],
  [`${'('.repeat(600)}1${')'.repeat(600)}`, '1:501: parse error: expression is nested too deeply'],
  [Array(1200).fill('1').join('+'), '1:2004: parse error: expression has too many operators'],
])('%s is refused', (query, message) => {
  expect(errorOf(() => parseQuery(query))).toBe(message)
})

/** The tree in prefix notation. */
function shape(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return String(node.value)
    case 'string':
      return JSON.stringify(node.value)
    case 'vector-selector':
      return (
        node.name +
        (node.offset === undefined ? '' : `~${node.offset}`) +
        (node.at ? `@${node.at}` : '')
      )
    case 'matrix-selector':
      return `${shape(node.selector)}[${node.range}]`
    case 'subquery':
      return `${shape(node.expression)}[${node.range}:${node.step ?? ''}]`
    case 'parentheses':
      return shape(node.expression)
    case 'unary':
      return `(${node.operator} ${shape(node.expression)})`
    case 'binary':
      return `(${node.operator} ${shape(node.left)} ${shape(node.right)})`
    case 'aggregation':
      return `(${node.operator} ${shape(node.expression)})`
    case 'call':
      return `(${[node.name, ...node.args.map(shape)].join(' ')})`
  }
}

test.each([
  ['-2 ^ 2', '(- (^ 2 2))'],
  ['2 ^ 3 ^ 2', '(^ 2 (^ 3 2))'],
  ['2 ^ -1 * 3', '(* (^ 2 -1) 3)'],
  ['-a * b', '(* (- a) b)'],
  ['1 + 2 * 3 - 4', '(- (+ 1 (* 2 3)) 4)'],
  ['a or b and c unless d', '(or a (unless (and b c) d))'],
  ['a == b + c > d', '(> (== a (+ b c)) d)'],
  ['a OR b', '(or a b)'],
  ['-a[5m:1m] offset 1m', undefined],
  ['-a offset 5m', '(- a~300000)'],
  ['a @ end() offset -1m', 'a~-60000@end'],
  ['rate(a[1h30m])', '(rate a[5400000])'],
  ['rate(a[90])', '(rate a[90000])'],
  ['rate(a[2*(1m+30s)])', '(rate a[180000])'],
  ['max_over_time(rate(a[5m])[1h:])', '(max_over_time (rate a[300000])[3600000:])'],
  ['SUM BY (x) (a)', '(sum a)'],
  ['sum', 'sum'], // an aggregator that names a metric
  ['sum + by', '(+ sum by)'],
  ['fill + fill_left', '(+ fill fill_left)'],
  ['5m + 1_000 + 0x1F + 010 + .5 + 1e3', '(+ (+ (+ (+ (+ 300 1000) 31) 8) 0.5) 1000)'],
  ['a # comment\n + b', '(+ a b)'],
  ["'it\\'s' ", '"it\'s"'],
  ['"\\xc3\\xbc\\u00fc\\374"', '"üü\ufffd"'],
])('%s parses as %s', (query, expected) => {
  if (expected === undefined) expect(errorOf(() => parseQuery(query))).toMatch('unary expression')
  else expect(shape(parseQuery(query))).toBe(expected)
})

test('a selector alone gives its matchers, the name last', () => {
  const found = parseSelector('foo{a="1", b!="2", "c.d"=~"x|y", e!~".+"}')
  const plain = found.map(({ name, operator, value }) => name + operator + value)
  expect(plain).toEqual(['a=1', 'b!=2', 'c.d=~x|y', 'e!~.+', '__name__=foo'])
  expect(found.map(({ matches }) => matches('x'))).toEqual([false, true, true, false, false])
})

test.each([
  ['foo[5m]', '1:4: parse error: unexpected "["'],
  ['sum(foo)', '1:4: parse error: unexpected "("'],
  ['1', '1:1: parse error: unexpected number "1"'],
  ['', 'unknown position: parse error: no expression found in input'],
])('%s is no selector', (text, message) => {
  expect(errorOf(() => parseSelector(text))).toBe(message)
})

/** Newer functions that we have and Prometheus 3.5.3 has not, or only behind a flag. */
const newer = /^(first_over_time|limitk|sort_by_label|info|double_exponential_smoothing)\(/

itShared('errors read as those of Prometheus 3.5.3', (folder) => {
  const lines = readFileSync(
    join(folder, 'reference/server/promql-errors-3.5.3.txt'),
    'utf8',
  ).split('\n')
  let checked = 0
  for (const [i, line] of lines.entries()) {
    const refused = /^ {3}=> 400 bad_data: invalid parameter "query": (.*)$/.exec(line)
    const query = lines[i - 1] ?? ''
    if (refused === null || newer.test(query)) continue
    expect
      .soft(
        errorOf(() => parseQuery(query)),
        query,
      )
      .toBe(refused[1])
    checked++
  }
  expect(checked).toBe(60)
})
