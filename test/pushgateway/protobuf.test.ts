import { expect, test } from 'vitest'
import { decodePush } from '../../pushgateway/decode-push.ts'
import { groupJson } from '../../pushgateway/group-json.ts'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { Groups } from '../../pushgateway/groups.ts'
import { nativeBuckets } from '../../pushgateway/native-buckets.ts'
import { readRecord } from '../../pushgateway/record.ts'
import { groupRecord, restoredGroup } from '../../pushgateway/snapshot.ts'
import { decodeProtobuf } from '../../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { encode } from '../../shared/exposition/encode.ts'
import type { Histogram, Metric, MetricFamily } from '../../shared/exposition/family.ts'
import type { EscapingScheme } from '../../shared/exposition/names.ts'
import { protobuf } from '../shared/exposition/protobuf.ts'

const key = (path: string) => parseGroupingKey(path, 'utf8')

const exemplar = { labels: [{ name: 'trace', value: 'é' }], value: 1, timestampNs: 5n }
const noSide = { spans: [], deltas: [], counts: [] }
const native: Histogram = {
  count: 2n ** 60n + 1n,
  sum: 3,
  buckets: [[1, 2n, exemplar]],
  native: {
    schema: 0,
    zeroThreshold: 0.5,
    zeroCount: 1n,
    negative: { ...noSide, spans: [{ offset: 1, length: 1 }], deltas: [4n] },
    positive: {
      ...noSide,
      spans: [
        { offset: 0, length: 2 },
        { offset: 1, length: 9 },
      ],
      deltas: [1n, -1n, 2n],
    },
    exemplars: [exemplar],
  },
}

/** Much of what only protobuf can say, and what text says as well. */
const families: readonly MetricFamily[] = [
  {
    name: 'a_total',
    help: 'A.',
    type: 'counter',
    metrics: [
      { labels: [], value: 1, exemplar, createdNs: 7n },
      { labels: [{ name: 'x', value: '1' }], value: -0 },
    ],
  },
  {
    name: 'h',
    type: 'histogram',
    metrics: [
      { labels: [], ...native },
      { labels: [{ name: 'x', value: '1' }], count: 2n, sum: 1, buckets: [[0.5, 1n]] },
      { labels: [{ name: 'x', value: '2' }], count: 2, sum: 1, buckets: [], floatCounts: true },
    ],
  },
  {
    name: 's',
    type: 'summary',
    metrics: [{ labels: [], count: 2n ** 63n, sum: 1, quantiles: [[0.5, 1]] }],
  },
]

function pushed(body: Uint8Array): Groups {
  const groups = new Groups(new Map())
  expect(groups.push('put', key('/a'), decodePush(body, true, 'utf8'), 1000)).toBeUndefined()
  return groups
}

/** What a scraper reads, without the times of pushes and with numbers as they are meant. */
function page(groups: Groups, escaping: EscapingScheme = 'allow-utf-8'): MetricFamily[] {
  const bytes = Buffer.concat(groups.writeProtobuf(new Map(), escaping))
  return decodeProtobuf(bytes, { names: 'utf8' }).filter(({ name }) => !name.startsWith('push_'))
}

function inGroup(metric: Metric): Metric {
  const group = [
    { name: 'instance', value: '' },
    { name: 'job', value: 'a' },
  ]
  return { ...metric, labels: [...group, ...metric.labels] }
}

const expected = families.map((family) => ({ ...family, metrics: family.metrics.map(inGroup) }))

test('what is pushed in protobuf is shown in protobuf as it was', () => {
  expect(page(pushed(encode(families, protobuf)))).toEqual(expected)
})

test('the text page shows what text can tell', () => {
  const text = Buffer.concat(
    pushed(encode(families, protobuf)).write(new Map(), 'allow-utf-8', 'plain'),
  ).toString()
  expect(text).toContain(
    '# HELP a_total A.\n# TYPE a_total counter\na_total{instance="",job="a"} 1\n',
  )
  expect(text).toContain('h_bucket{instance="",job="a",le="1"} 2\n')
  expect(text).toContain('h_count{instance="",job="a",x="2"} 2\n')
  expect(text).toContain('s_count{instance="",job="a"} 9.223372036854776e+18\n')
})

test('what is pushed in text is shown in protobuf', () => {
  const groups = new Groups(new Map([['own', { type: 'gauge', help: 'Own.' }]]))
  const body = '# HELP z Z.\n# TYPE z gauge\nz{n="\\"\\n"} NaN\n# TYPE own gauge\nown 2\n'
  for (const [path, text] of Object.entries({ '/a': body, '/b': body, '/a/x/y': 'w 1\n' })) {
    expect(groups.push('put', key(path), decodeText(text), 1000)).toBeUndefined()
  }
  const own = new Map([['own', '# HELP own Own.\n# TYPE own gauge\nown 1\n']])
  const read = decodeProtobuf(Buffer.concat(groups.writeProtobuf(own, 'underscores')))
  const shown = Object.fromEntries(read.map((family) => [family.name, family]))
  expect(shown['own']).toMatchObject({
    ...{ help: 'Own.', type: 'gauge' },
    metrics: [{ labels: [], value: 1 }, { value: 2 }, { value: 2 }],
  })
  expect(shown['z']).toMatchObject({
    help: 'Z.',
    metrics: [{ value: Number.NaN }, { value: Number.NaN }],
  })
  expect(shown['w']).toMatchObject({ type: 'unknown', metrics: [{ value: 1 }] })
  expect(read.map(({ name }) => name)).toEqual(read.map(({ name }) => name).toSorted())
  // An own family that has no sample now still says what it is.
  const silent = decodeProtobuf(Buffer.concat(groups.writeProtobuf(new Map(), 'underscores')))
  expect(silent.find(({ name }) => name === 'own')).toMatchObject({ help: 'Own.', type: 'gauge' })
})

test('a protobuf page changes with the next push and names are escaped as asked', () => {
  const groups = pushed(
    encode(
      [
        {
          name: 'x.y',
          type: 'gauge',
          metrics: [{ labels: [{ name: 'a.b', value: 'c' }], value: 1 }],
        },
      ],
      protobuf,
    ),
  )
  const names = (escaping: EscapingScheme) =>
    page(groups, escaping).map(({ name, metrics }) => [name, metrics[0]?.labels[0]?.name])
  expect(names('allow-utf-8')).toEqual([['x.y', 'a.b']])
  expect(names('underscores')).toEqual([['x_y', 'a_b']])
  expect(names('values')).toEqual([['U__x_2e_y', 'U__a_2e_b']])
  groups.push('put', key('/a'), decodeText('{"x.y","a.b"="c"} 5\n', { names: 'utf8' }), 2000)
  expect(page(groups)).toMatchObject([{ type: 'unknown', metrics: [{ value: 5 }] }])
})

test('a change that only protobuf shows is a change', () => {
  const groups = pushed(encode(families, protobuf))
  expect(page(groups)).toEqual(expected)
  const [counter] = families
  const changed = { ...counter, metrics: [{ labels: [], value: 1, createdNs: 8n }] } as MetricFamily
  groups.push('post', key('/a'), [changed], 2000)
  expect(page(groups)[0]?.metrics).toEqual([inGroup({ labels: [], value: 1, createdNs: 8n })])
  groups.push('post', key('/a'), [{ ...changed, metrics: [{ labels: [], value: 1 }] }], 3000)
  expect(page(groups)[0]?.metrics).toEqual([inGroup({ labels: [], value: 1 })])
})

test('of a family that comes twice the last one counts, an empty one too', () => {
  const one = (value: number): MetricFamily => ({
    name: 'x',
    type: 'gauge',
    metrics: [{ labels: [], value }],
  })
  const groups = pushed(encode([one(1), one(2)], protobuf))
  expect(page(groups)).toMatchObject([{ metrics: [{ value: 2 }] }])
  const empty = encode([one(3), { ...one(3), metrics: [] }], protobuf)
  expect(groups.push('post', key('/a'), decodePush(empty, true, 'utf8'), 2000)).toBeUndefined()
  expect(page(groups)).toEqual([])
  expect(Buffer.concat(groups.write(new Map(), 'allow-utf-8', 'plain')).toString()).not.toContain(
    'TYPE x ',
  )
})

test('a snapshot keeps what only protobuf can tell', () => {
  const groups = pushed(encode(families, protobuf))
  const group = groups.get(key('/a'))
  const found = group && readRecord(Buffer.from(groupRecord(group)), 0)
  if (found === undefined) throw new Error('no record of the group')
  const restored = new Groups(new Map())
  expect(restored.restore(key('/a'), restoredGroup(found.record.body))).toBeUndefined()
  expect(page(restored)).toEqual(expected)
})

test('the API lists the buckets of a native histogram', () => {
  const group = pushed(encode(families, protobuf)).get(key('/a'))
  expect(group && groupJson(group)['h']).toMatchObject({
    metrics: [
      {
        count: '1152921504606846977',
        buckets: [
          [1, '-2', '-1', '4'],
          [3, '-0.5', '0.5', '1'],
          [0, '0.5', '1', '1'],
          [0, '4', '8', '2'],
        ],
      },
      { buckets: { '0.5': '1' } },
      { buckets: {} },
    ],
  })
  const spans = [{ offset: 2 ** 31 - 1, length: 2 ** 32 - 1 }]
  const side = { spans, deltas: [], counts: [1.5] }
  const endless = {
    ...native.native,
    schema: -4,
    zeroCount: 0,
    negative: noSide,
    positive: side,
    exemplars: [],
    zeroThreshold: 0,
  }
  expect(nativeBuckets({ ...native, native: endless })).toEqual([[0, '+Inf', '+Inf', '1.5']])
})
