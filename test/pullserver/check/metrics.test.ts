import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { checkMetrics } from '../../../pullserver/check/metrics.ts'
import { testWithPeer } from '../../peer.ts'
import { corpusCases } from '../../shared/exposition/corpus.ts'
import { type CorpusRow, inputBytes } from '../../shared/exposition/parse-corpus.ts'
import { itShared } from '../../shared-folder.ts'

function check(page: string, err: string, exit: number): void {
  expect(checkMetrics(Buffer.from(page), { extended: false }), page).toEqual({ out: '', err, exit })
}

/** Problems of a page with one family that has help, without its name in front. */
function problems(name: string, type: string, labels = ''): string[] {
  const page = `# HELP ${name} x\n# TYPE ${name} ${type}\n${name}${labels} 1\n`
  const { err, exit } = checkMetrics(Buffer.from(page), { extended: false })
  expect(exit).toBe(err === '' ? 0 : 3)
  return err
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(name.length + 1))
}

test('a page that follows the conventions has nothing to be said about it', () => {
  check('', '', 0)
  check(
    '# HELP a_seconds_total x\n# TYPE a_seconds_total counter\na_seconds_total{b="c"} 1\n',
    '',
    0,
  )
  expect(problems('a_timestamp_seconds', 'gauge')).toEqual([])
  expect(problems('a_celsius', 'gauge')).toEqual([])
  expect(problems('thermometers', 'gauge')).toEqual([])
  expect(problems('a_total', 'untyped')).toEqual([])
  expect(problems('a', 'untyped', '{le="1",quantile="1"}')).toEqual([])
})

test('each rule has the words that promtool has', () => {
  check('a 1\nb 1\n', 'a no help text\nb no help text\n', 3)
  expect(problems('a', 'counter')).toEqual(['counter metrics should have "_total" suffix'])
  expect(problems('a_total', 'gauge')).toEqual([
    'non-counter metrics should not have "_total" suffix',
  ])
  expect(problems('a_timestamp_seconds', 'summary')).toEqual([
    'non-gauge metrics should not have "_timestamp_seconds" suffix',
  ])
  expect(problems('a_bucket', 'gauge')).toEqual([
    'non-histogram metrics should not have "_bucket" suffix',
  ])
  expect(problems('a_count', 'gauge')).toEqual([
    'non-histogram and non-summary metrics should not have "_count" suffix',
  ])
  expect(problems('a_sum', 'gauge')).toEqual([
    'non-histogram and non-summary metrics should not have "_sum" suffix',
  ])
  expect(problems('a', 'gauge', '{le="1"}')).toEqual([
    'non-histogram metrics should not have "le" label',
  ])
  expect(problems('a', 'histogram', '{quantile="1"}')).toEqual([
    'non-summary metrics should not have "quantile" label',
  ])
  expect(problems('a_gauge_c', 'gauge')).toEqual(["metric name should not include type 'gauge'"])
  expect(problems('a:b', 'gauge')).toEqual(["metric names should not contain ':'"])
  expect(problems('aB', 'gauge', '{cD="e"}')).toEqual([
    "label names should be written in 'snake_case' not 'camelCase'",
    "metric names should be written in 'snake_case' not 'camelCase'",
  ])
  expect(problems('a_ms', 'gauge')).toEqual(['metric names should not contain abbreviated units'])
  expect(problems('a_kilobits', 'gauge')).toEqual(['use base unit "bytes" instead of "kilobits"'])
  expect(problems('a_hours', 'gauge')).toEqual(['use base unit "seconds" instead of "hours"'])
  const twice = '# HELP a x\na{b="1",c="2"} 1\na{c="2",b="1"} 2\na{b="12"} 3\n'
  check(twice, 'a metric not unique\n', 3)
})

test('a page that cannot be read is shown with line, column and a caret', () => {
  check(
    'a 1\nbé{x="y"} 1\n',
    'error while linting: text format parsing error in line 2: expected float as value, ' +
      'got "é{x=\\"y\\"}"\nline 2, column 2:\n  bé{x="y"} 1\n   ^\n',
    1,
  )
  check(
    'a{b="é",\tb="c"} 1\n',
    'error while linting: text format parsing error in line 1: duplicate label names for metric ' +
      '"a"\nline 1, column 10:\n  a{b="é", b="c"} 1\n           ^\n',
    1,
  )
  check(
    'a 1',
    'error while linting: text format parsing error in line 1: unexpected end of input stream\n' +
      'line 1, column 4:\n  a 1\n     ^\n',
    1,
  )
  const long = checkMetrics(Buffer.from(`a{b="${'x'.repeat(5000)}"} y\n`), { extended: false })
  expect(long.err).toMatch(/\nline 1, column 5009:\n {2}x{67}"\} y\n {72}\^\n$/)
})

test('--extended counts series by family', () => {
  const page =
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n' +
    '# HELP s x\n# TYPE s summary\ns{quantile="1"} 1\n# HELP longer_name x\nlonger_name 1\n'
  expect(checkMetrics(Buffer.from(page), { extended: true })).toEqual({
    out:
      'Metric         Cardinality    Percentage    \nh              3              42.86%        \n' +
      's              3              42.86%        \nlonger_name    1              14.29%        \n' +
      'Total          7              100%          \n',
    err: '',
    exit: 0,
  })
})

/** Pages whose names no rule of a newer promlint than Debian's is about. */
const pages = [
  '',
  '\n',
  '# comment\n',
  'a 1',
  'a x\n',
  'a{b="c" d="e"} 1\n',
  'a{b="c",b="d"} 1\n',
  'a 1 1.5\n',
  'a 1 2 3\n',
  '# TYPE a gauge\n# TYPE a gauge\n',
  '# TYPE a foo\n',
  'a{b="\xff"} 1\n',
  '# HELP a \na 1\n',
  '# HELP a x\na 1\n',
  '# HELP a_total x\n# TYPE a_total counter\na_total 1\n',
  '# TYPE a counter\na 1\n',
  '# TYPE a_total gauge\na_total 1\n',
  '# HELP a x\n# TYPE a gauge\na{le="1"} 1\na{quantile="1"} 1\n',
  'x_milliseconds 1\nx_bits 1\nx_days_total 1\nx_kilometers 1\nx_meters 1\n',
  'a_ms_b 1\na_counter 1\na_gauge_histogram 1\naB{cD="1"} 1\na:b 1\n',
  '# TYPE h histogram\nh_bucket{le="1",quantile="2"} 1\nh_sum 1\nh_count 1\n',
  '# HELP b x\n# HELP a x\n# TYPE a_bucket gauge\na_bucket 1\na_sum 1\n# TYPE a_count gauge\na_count 1\n',
]

testWithPeer(
  'promtool',
  'promtool says the same of many pages, with the same exit code',
  (path) => {
    for (const page of pages) {
      const input = Buffer.from(page, 'latin1')
      const theirs = spawnSync(path, ['check', 'metrics'], { input })
      const ours = checkMetrics(input, { extended: false })
      // Below the message, ours shows the place.
      const err = ours.exit === 1 ? `${ours.err.split('\n')[0]}\n` : ours.err
      expect([err, ours.exit], page).toEqual([theirs.stderr.toString(), theirs.status])
    }
  },
)

itShared('the verdict on every text row of the corpus is that of expfmt', (shared) => {
  for (const row of corpusCases<CorpusRow>(shared, 'text')) {
    const { exit, err } = checkMetrics(inputBytes(row), { extended: false })
    const { expfmt } = row.verdicts
    expect(exit === 1, row.id).toBe(!expfmt.parse)
    if (exit !== 1) continue
    expect(err.startsWith(`error while linting: ${expfmt.err}\nline `), row.id).toBe(true)
    expect(err, row.id).toMatch(/\nline [1-9][0-9]*, column [1-9][0-9]*:\n {2}.*\n *\^\n$/)
  }
})
