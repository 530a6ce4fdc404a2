import { expect, test } from 'vitest'
import { readGoFile } from '../../pushgateway/go-file.ts'
import { GobError } from '../../pushgateway/gob-reader.ts'
import { Groups } from '../../pushgateway/groups.ts'
import { takeOver } from '../../pushgateway/take-over.ts'
import type { Metric, MetricFamily } from '../../shared/exposition/family.ts'
import {
  bytes,
  family,
  goFile,
  int,
  map,
  message,
  pushTimes,
  struct,
  time,
  types,
  uint,
  type WrittenGroup,
} from './go-file.ts'

const timeMs = Date.UTC(2026, 10, 28, 9, 30)

/** What is shown of a file with these groups, and what was left out. */
function load(...written: readonly WrittenGroup[]) {
  const groups = new Groups(new Map([['own', { type: 'counter', help: '' }]]))
  const dropped = takeOver(readGoFile(goFile(written)), groups)
  const page = Buffer.concat(groups.write(new Map(), 'allow-utf-8', 'plain')).toString()
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('# HELP push_'))
  return { groups, dropped, lines }
}

function group(
  labels: Readonly<Record<string, string | Buffer>>,
  families: readonly MetricFamily[],
  pushedMs = timeMs,
  failedMs = 0,
): WrittenGroup {
  return {
    labels: Object.entries(labels),
    families: [...families.map((one) => family(one, pushedMs)), ...pushTimes(pushedMs, failedMs)],
  }
}

function gauge(name: string, ...metrics: readonly Metric[]): MetricFamily {
  return { name, type: 'gauge', metrics: metrics.length > 0 ? metrics : [{ labels: [], value: 1 }] }
}

test('a file without groups is taken over', () => {
  expect(load()).toMatchObject({ dropped: [], lines: [] })
})

test('all types come with their labels, helps and times', () => {
  const labels = [
    { name: 'instance', value: '' },
    { name: 'job', value: 'a' },
    { name: 'l', value: 'Π"\n' },
  ]
  const families: MetricFamily[] = [
    { name: 'c', help: 'a \\ help', type: 'counter', metrics: [{ labels, value: 1e300 }] },
    { name: 'g', type: 'gauge', metrics: [{ labels, value: -0 }] },
    { name: 'u', type: 'unknown', metrics: [{ labels, value: Number.NaN }] },
    {
      name: 'h',
      type: 'histogram',
      metrics: [{ labels, count: 9n, sum: 3.5, buckets: [[1, 2n]] }],
    },
    {
      name: 's',
      type: 'summary',
      metrics: [{ labels, count: 3n, sum: 1, quantiles: [[0.5, Number.NaN]] }],
    },
    { name: 'x.y', type: 'gauge', metrics: [{ labels, value: 1 }] },
  ]
  const { groups, dropped, lines } = load(group({ job: 'a' }, families, timeMs, timeMs - 500))
  expect(dropped).toEqual([])
  const all = 'instance="",job="a",l="Π\\"\\n"'
  expect(lines).toEqual([
    '# HELP c a \\\\ help',
    '# TYPE c counter',
    `c{${all}} 1e+300`,
    '# TYPE g gauge',
    `g{${all}} 0`,
    '# TYPE h histogram',
    `h_bucket{${all},le="1"} 2`,
    `h_bucket{${all},le="+Inf"} 9`,
    `h_sum{${all}} 3.5`,
    `h_count{${all}} 9`,
    '# TYPE push_failure_time_seconds gauge',
    'push_failure_time_seconds{instance="",job="a"} 1.7958581995e+09',
    '# TYPE push_time_seconds gauge',
    'push_time_seconds{instance="",job="a"} 1.7958582e+09',
    '# TYPE s summary',
    `s{${all},quantile="0.5"} NaN`,
    `s_sum{${all}} 1`,
    `s_count{${all}} 3`,
    '# TYPE u untyped',
    `u{${all}} NaN`,
    '# TYPE "x.y" gauge',
    `{"x.y",${all}} 1`,
  ])
  const [{ pushedMs = 0, failedMs = 0, families: held = new Map() } = {}] = [...groups.all()]
  expect([pushedMs, failedMs]).toEqual([timeMs, timeMs - 500])
  expect(held.get('c').timeMs).toBe(timeMs)
})

test('a group that only failed is there with its failure', () => {
  const { lines, dropped } = load(group({ job: 'a' }, [], 0, timeMs))
  expect(dropped).toEqual([])
  expect(lines.filter((line) => !line.startsWith('#'))).toEqual([
    'push_failure_time_seconds{instance="",job="a"} 1.7958582e+09',
    'push_time_seconds{instance="",job="a"} 0',
  ])
})

const le = [{ name: 'le', value: '1' }]
const notUtf8 = Buffer.from([0x61, 0xff])

const refused: [title: string, group: WrittenGroup, reason: RegExp][] = [
  ['no job', group({ l: 'a' }, []), /^job name is required$/],
  ['an empty job', group({ job: '' }, []), /^job name is required$/],
  ['no labels', { labels: [], families: [] }, /^job name is required$/],
  ['a reserved label', group({ job: 'a', __l: '' }, []), /^improper label name "__l"$/],
  ['a job that is not UTF-8', group({ job: notUtf8 }, []), /^value of label job .*: "a\\xff"$/],
  ['an empty name', group({ job: 'a' }, [gauge('')]), /^invalid metric name ""$/],
  [
    'a timestamp',
    group({ job: 'a' }, [gauge('x', { labels: [], value: 1, timestampMs: 1n })]),
    /must not have timestamps/,
  ],
  ['the type of another', group({ job: 'a' }, [gauge('own')]), /own has type GAUGE/],
  [
    'le in a histogram',
    group({ job: 'a' }, [
      { name: 'h', type: 'histogram', metrics: [{ labels: le, count: 1n, sum: 1, buckets: [] }] },
    ]),
    /must not have an explicit "le" label/,
  ],
  ['instance twice', group({ job: 'good', instance: '' }, []), /was collected before/],
  [
    'a series twice',
    group({ job: 'a' }, [gauge('x', { labels: [], value: 1 }, { labels: [], value: 2 })]),
    /was collected before/,
  ],
  [
    'a damaged family',
    {
      labels: [['job', 'a']],
      families: [{ name: 'x', timeMs, message: Buffer.from([0x0a, 0x05, 0x78]) }],
    },
    /invalid wire-format/,
  ],
]

test.each(refused)('a group with %s is left out, and no other', (_, bad, reason) => {
  const good = group({ job: 'good' }, [gauge('g')], timeMs - 1000)
  const { groups, dropped } = load(bad, good)
  expect(Array.from(groups.all(), ({ key }) => key.text)).toEqual(['job="good"'])
  expect(dropped).toHaveLength(1)
  expect(dropped[0]?.reason).toMatch(reason)
})

test('of two groups with the same series the one that was pushed first stays', () => {
  const series = (value: number) =>
    gauge('x', { labels: [{ name: 'instance', value: 'i' }], value })
  const late = group({ job: 'a' }, [series(1)], timeMs)
  const early = group({ job: 'a', instance: 'i' }, [series(2)], timeMs - 1)
  for (const written of [
    [late, early],
    [early, late],
  ]) {
    const { dropped, lines } = load(...written)
    expect(lines).toContain('x{instance="i",job="a"} 2')
    expect(dropped).toEqual([{ group: 'job="a"', reason: expect.stringMatching(/was collected/) }])
  }
})

test('the same group twice is taken once', () => {
  const { dropped, lines } = load(group({ job: 'a' }, [gauge('x')]), group({ job: 'a' }, []))
  expect(lines).toContain('x{instance="",job="a"} 1')
  expect(dropped).toEqual([{ group: 'job="a"', reason: 'the group is in the file twice' }])
})

test('push times that make no sense are never', () => {
  for (const value of [-1, Number.NaN, 1e300]) {
    const times = gauge('push_time_seconds', { labels: [], value })
    const written = { labels: [['job', 'a']] as const, families: [family(times, timeMs)] }
    expect(load(written).lines).toContain('push_time_seconds{instance="",job="a"} 0')
  }
})

/** A file with one family, pushed at this time. */
function fileOfTime(written: Buffer): Buffer {
  const metrics = map([[bytes('x'), struct(bytes(written), bytes(''))]])
  const groups = map([[bytes('job'), struct(map([]), metrics)]])
  return Buffer.concat([...types, message(int(71), uint(0), groups)])
}

const withSeconds = Buffer.concat([time(1500), Buffer.of(30)]).fill(2, 0, 1)
const times: [title: string, written: Buffer, timeMs: number][] = [
  ['version 1', time(1500), 1500],
  ['version 2, whose zone has seconds', withSeconds, 1500],
  ['before 1970', time(-1000), -1000],
  ['the time that is none', Buffer.alloc(15).fill(1, 0, 1), -62_135_596_800_000],
]

test.each(times)('a time of %s is read', (_, written, timeMs) => {
  expect(readGoFile(fileOfTime(written))[0]?.families[0]?.timeMs).toBe(timeMs)
})

const badTimes: [title: string, written: Buffer, reason: string][] = [
  ['version 3', Buffer.alloc(15).fill(3, 0, 1), 'a time is 15 bytes of version 3'],
  ['no bytes', Buffer.of(), 'a time is 0 bytes of version undefined'],
  ['a year of 13 digits', Buffer.alloc(15, 1), 'a time is 723'],
]

test.each(badTimes)('a time of %s is damage', (_, written, reason) => {
  expect(() => readGoFile(fileOfTime(written))).toThrow(GobError)
  expect(() => readGoFile(fileOfTime(written))).toThrow(reason)
})

const shapes: [content: Buffer[], reason: string][] = [
  [[message(int(6), uint(0), bytes('a'))], 'the file should be a map'],
  [[...types, message(int(66), uint(0), map([[bytes('a'), bytes('b')]]))], 'a group should be'],
]

test.each(shapes)('a value of another shape is damage: %#', (content, reason) => {
  expect(() => readGoFile(Buffer.concat(content))).toThrow(reason)
})

test('damage anywhere is an error of the file, or seen by its groups, never a bug', () => {
  const content = goFile([group({ job: 'a' }, [gauge('x')]), group({ job: 'b' }, [gauge('y')])])
  let damaged = 0
  for (let at = 0; at < content.length; at++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const copy = Buffer.from(content)
      copy[at] = (copy[at] ?? 0) ^ change
      try {
        takeOver(readGoFile(copy), new Groups(new Map()))
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(GobError)
        damaged += 1
      }
    }
  }
  expect(damaged).toBeGreaterThan(content.length)
})
