/** Queries are written as Prometheus writes them, and mean the same when they are read again. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseQuery } from '../../../pullserver/promql/parse.ts'
import { formatExpression, printExpression } from '../../../pullserver/promql/print.ts'
import { itShared } from '../../shared-folder.ts'

test.each([
  ['sum(rate(up[5m]))by(job)', 'sum by (job) (rate(up[5m]))'],
  ['up{a="1",b!~"x|y"}  offset  90s', 'up{a="1",b!~"x|y"} offset 1m30s'],
  ['{__name__="up"}', '{__name__="up"}'],
  ['{"a.b", "c.d"="\\n"}', '{__name__="a.b","c.d"="\\n"}'],
  ['rate(up[300] offset -1h)', 'rate(up[5m] offset -1h)'],
  ['up @ 1.5 + up @ end()', 'up @ 1.500 + up @ end()'],
  ['a / on(x,y) group_left(z) b', 'a / on (x, y) group_left (z) b'],
  ['a and ignoring() b', 'a and b'],
  ['a > bool 5m', 'a > bool 5m'],
  ['topk(3,a)', 'topk(3, a)'],
  ['sum without(x)(a)', 'sum without (x) (a)'],
  ['-(1 + 1e300)', '-(1 + 1e+300)'],
  ['max_over_time(a[90d:1w] @ start())', 'max_over_time(a[90d:1w] @ start())'],
  ['a[step()+1]', 'a[(step() + 1s)]'],
])('%s is printed as %s', (query, expected) => {
  const printed = printExpression(parseQuery(query))
  expect(printed).toBe(expected)
  expect(printExpression(parseQuery(printed))).toBe(expected)
})

test('a long query is broken into lines', () => {
  const name = 'a_metric_with_a_name_that_is_really_long_and_goes_on'
  const query = `sum by (job) (rate(${name}_total{code="200"}[5m])) / on (job) topk(5, ${name})`
  expect(
    formatExpression(parseQuery(query)),
  ).toBe(`  sum by (job) (rate(${name}_total{code="200"}[5m]))
/ on (job)
  topk(5, ${name})`)
  expect(formatExpression(parseQuery('sum(up)'))).toBe('sum(up)')
})

itShared('every query of the corpus reads the same after printing', (folder) => {
  const lines = readFileSync(join(folder, 'corpora/promql/cases.compliance.dev.jsonl'), 'utf8')
  let checked = 0
  for (const line of lines.trim().split('\n')) {
    const { query, expect: outcome } = JSON.parse(line)
    if (query === undefined || outcome.fail !== undefined) continue
    const printed = printExpression(parseQuery(query))
    expect.soft(printExpression(parseQuery(printed))).toBe(printed)
    checked++
  }
  expect(checked).toBeGreaterThan(500)
})
