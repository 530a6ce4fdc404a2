import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText } from '../../../shared/exposition/decode-text.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import type { NameScheme } from '../../../shared/exposition/names.ts'
import { ParseError } from '../../../shared/exposition/parse-error.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { flat, fromCorpus } from './flat.ts'
import { type CorpusRow, inputBytes } from './parse-corpus.ts'

itShared('decodeText gives expfmt verdicts and error texts on every corpus row', (shared) => {
  const rows = corpusCases<CorpusRow>(shared, 'text')
  const wrong: unknown[] = []
  for (const row of rows) {
    const { expfmt, expfmt_legacy_names: legacy = expfmt } = row.verdicts
    const got = attempt(inputBytes(row), 'utf8')
    if (got.error !== expfmt.err) wrong.push([row.id, expfmt.err, got.error])
    const gotLegacy = attempt(inputBytes(row), 'legacy')
    // The corpus has a legacy text only where expfmt accepts the page in the UTF-8 scheme.
    const sameText = gotLegacy.error === legacy.err || (!expfmt.parse && !legacy.parse)
    if (!sameText || (gotLegacy.error === undefined) !== legacy.parse) {
      wrong.push([row.id, 'legacy', legacy.err, gotLegacy.error])
    }
  }
  expect(wrong).toEqual([])
})

itShared('decodeText gives the families expfmt gives on every valid corpus row', (shared) => {
  const rows = corpusCases<CorpusRow>(shared, 'text')
  let checked = 0
  for (const row of rows) {
    const { families } = attempt(inputBytes(row), 'utf8')
    if (families === undefined) continue
    checked++
    if (row.expected_expfmt !== undefined) {
      expect(flat(families), row.id).toEqual(fromCorpus(row.expected_expfmt))
    } else if (row.expected_expfmt_summary !== undefined) {
      expect(families.length, row.id).toBe(row.expected_expfmt_summary.families)
    }
  }
  expect(checked).toBe(rows.filter((row) => row.verdicts.expfmt.parse).length)
})

function check(body: string | Uint8Array, expected: unknown, names: NameScheme = 'legacy'): void {
  const { families, error } = attempt(body, names)
  expect(error ?? families).toEqual(expected)
}

test('decodeText keeps order of appearance, empty help, timestamps and the labels as written', () => {
  check('# HELP b \\n\n# HELP b \nb{z="1",a="\\n\\"\\\\"} 1.5 -7\n# TYPE a counter\na 1e3\n', [
    {
      name: 'b',
      help: '\n',
      type: 'unknown',
      metrics: [
        {
          labels: [
            { name: 'z', value: '1' },
            { name: 'a', value: '\n"\\' },
          ],
          timestampMs: -7n,
          value: 1.5,
        },
      ],
    },
    { name: 'a', type: 'counter', metrics: [{ labels: [], value: 1000 }] },
  ])
  check('', [])
  check('\n \t', [])
  check('# HELP only metadata\n', [])
})

test('decodeText assembles one metric of interleaved histogram and summary lines', () => {
  const labels = [{ name: 'a', value: 'x' }]
  check(
    '# TYPE h histogram\nh_sum{a="x"} 3\nh_count 7\nh_bucket{le="+Inf",a="x"} 2\nh_count{a="x"} 2\n',
    [
      {
        name: 'h',
        type: 'histogram',
        metrics: [
          { labels, count: 2, sum: 3, buckets: [[Number.POSITIVE_INFINITY, 2]] },
          { labels: [], count: 7, sum: 0, buckets: [] },
        ],
      },
    ],
  )
  check('# TYPE s summary\ns_count 2.9\ns{quantile="0.5"} NaN\ns_bucket 1\n', [
    {
      name: 's',
      type: 'summary',
      metrics: [{ labels: [], count: 2, sum: 0, quantiles: [[0.5, NaN]] }],
    },
    { name: 's_bucket', type: 'unknown', metrics: [{ labels: [], value: 1 }] },
  ])
})

test('decodeText knows a metric by its labels in any order and does not mix up similar ones', () => {
  const different = attempt(
    '# TYPE s summary\ns_sum{a="1",b="2"} 1\ns_sum{a="11:b1:2"} 1\n',
    'legacy',
  )
  expect(different.families?.[0]?.metrics.length).toBe(2)
  const same = attempt(
    '# TYPE s summary\ns_sum{a="1",b="2"} 1\ns_sum 2\ns_count{b="2",a="1"} 5\n',
    'legacy',
  )
  expect(same.families?.[0]?.metrics).toMatchObject([{ sum: 1, count: 5 }, { sum: 2 }])
})

test('decodeText takes the metric name from the braces, also behind its labels', () => {
  const quantiles = [[0.5, 3]]
  check('# TYPE "s" summary\n{quantile="0.5","s",a="b"} 3\n', [
    {
      name: 's',
      type: 'summary',
      metrics: [{ labels: [{ name: 'a', value: 'b' }], count: 0, sum: 0, quantiles }],
    },
  ])
  check('a 1\n{} 2\n', 'text format parsing error in line 2: invalid metric name')
})

test('decodeText reads every spelling of a number that Go reads', () => {
  const values = '1 -1 +1 .5 5. 1e3 1E-3 00012 123456789012345678 0.1234567890123456789 1e-400'
  for (const value of [...values.split(' '), '-0', '0.000001', '999999999999999.9']) {
    check(`m ${value}\n`, [
      { name: 'm', type: 'unknown', metrics: [{ labels: [], value: Number(value) }] },
    ])
  }
  for (const value of ['0x10', '1_000', '1p5', '1e309', '1,5', '', '.', '-', '1.2.3', '+NaN']) {
    check(
      `m ${value}\n`,
      `text format parsing error in line 1: expected float as value, got "${value}"`,
    )
  }
})

test('decodeText tells bytes that are no UTF-8 from those that are', () => {
  check('m{a="ö"} 1\n', [
    { name: 'm', type: 'unknown', metrics: [{ labels: [{ name: 'a', value: 'ö' }], value: 1 }] },
  ])
  const latin1 = Buffer.from('x 1\nm{a="\xf6"} 1\n', 'latin1')
  check(latin1, 'text format parsing error in line 2: invalid label value "\\xf6"')
  const help = Buffer.from('# HELP m \xf6\nm 1\n', 'latin1')
  expect(attempt(help, 'legacy').families?.[0]?.help).toBe('\ufffd')
})

test('decodeText refuses names beyond the legacy alphabet unless told otherwise', () => {
  const page = '{"my.metric","a b"="c"} 1\n'
  check(page, 'text format parsing error in line 1: invalid metric name "my.metric"')
  check('{"m","a b"="c"} 1\n', 'text format parsing error in line 1: invalid label name "a b"')
  const metrics = [{ labels: [{ name: 'a b', value: 'c' }], value: 1 }]
  check(page, [{ name: 'my.metric', type: 'unknown', metrics }], 'utf8')
})

test('a ParseError knows its line', () => {
  expect(() => decodeText('a 1\n\nb x\n')).toThrow(
    expect.objectContaining({ name: 'ParseError', line: 3 }),
  )
})

function attempt(
  body: Uint8Array | string,
  names: NameScheme,
): { families?: MetricFamily[]; error?: string } {
  try {
    return { families: decodeText(body, { names }) }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return { error: error.message }
  }
}

test('decodeText reads a line behind others as it reads the line alone', () => {
  const value = fc.constantFrom(
    '1',
    '-2.5',
    '1.5e+06',
    '+Inf',
    '0.12345678901234567',
    '7 1700000',
    'x',
  )
  const labelValue = fc.constantFrom('a', 'b', 'ab', '', 'é', 'x\\"y', '/dev/mapper/vg-1')
  const labels = fc.constantFrom([], ['a'], ['a', 'b'], ['b', 'a'], ['a', 'le'], ['quantile'])
  const line = fc
    .record({
      name: fc.constantFrom('m', 'mm'),
      labels,
      values: fc.array(labelValue, { minLength: 2 }),
      value,
    })
    .map((parts) => {
      const pairs = parts.labels.map((name, index) => `${name}="${parts.values[index] ?? ''}"`)
      return `${parts.name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${parts.value}\n`
    })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const alone = lines.map((text) => attempt(text, 'legacy'))
      const whole = attempt(lines.join(''), 'legacy')
      const firstBad = alone.findIndex(({ error }) => error !== undefined)
      if (firstBad !== -1) {
        const error = alone[firstBad]?.error?.replace('line 1', `line ${firstBad + 1}`)
        expect(whole).toEqual({ error })
        return
      }
      for (const { name, metrics } of whole.families ?? []) {
        const own = alone.flatMap(({ families = [] }) =>
          families.filter((one) => one.name === name),
        )
        expect(metrics).toEqual(own.flatMap((family) => family.metrics))
      }
    }),
    { numRuns: 2000 },
  )
})
