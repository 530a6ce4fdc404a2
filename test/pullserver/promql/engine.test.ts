/** Queries over small series give what the language promises; every kind of node and its edges. */
import { expect, test } from 'vitest'
import { createEngine, type Engine, type QueryResult } from '../../../pullserver/promql/engine.ts'
import { ExecutionError, QueryError } from '../../../pullserver/promql/errors.ts'
import { formatSampleValue } from '../../../pullserver/promql/format-number.ts'
import { labelsText } from '../../../pullserver/promql/label-sets.ts'
import { MemoryStore, type TestValue } from './memory-store.ts'

const minuteMs = 60_000

/** One series a line, a sample a minute from 0 on: `foo{a="1"} 1 2 _ stale NaN`. */
const series = `
  up{job="a"} 1 1 1 1 1 1 1 1 1 1 1
  gone{job="a"} 1 1 1 stale
  gap{job="a"} 1 1 _ _ _ _ _ _ _ 1 1
  hits_total{code="200",host="x"} 0 60 120 180 240 300 360 420 480 540 600
  hits_total{code="500",host="x"} 0 6 12 0 6 12 18 24 30 36 42
  hits_total{code="200",host="y"} 0 120 240 360 480 600 720 840 960 1080 1200
  temp{host="x"} 10 11 12 13 14 15 16 17 18 19 20
  temp{host="y"} 20 NaN 22 23 24 25 26 27 28 29 30
  odd{v="inf"} +Inf
  odd{v="nan"} NaN
  odd{v="one"} 1
  odd{v="two"} -2
  huge{i="1"} 1e308
  huge{i="2"} 1e308
  tiny{i="1"} 1e100
  tiny{i="2"} 1
  tiny{i="3"} -1e100
  meta{host="x",rack="r1"} 1 1 1 1 1 1 1 1 1 1 1
  meta{host="y",rack="r2"} 1 1 1 1 1 1 1 1 1 1 1
  lat_bucket{le="0.1"} 10 10 10 10 10 10 10 10 10 10 10
  lat_bucket{le="0.5"} 30 30 30 30 30 30 30 30 30 30 30
  lat_bucket{le="1"} 40 40 40 40 40 40 40 40 40 40 40
  lat_bucket{le="+Inf"} 50 50 50 50 50 50 50 50 50 50 50
  turns{phase="1"} 1 1 stale
  turn2{phase="1"} _ _ 2 2
`

function loadStore(): MemoryStore {
  const store = new MemoryStore()
  for (const line of series.trim().split('\n')) {
    const [, name = '', braces = '', values = ''] = /^\s*(\w+)\{(.*)\} (.*)$/.exec(line) ?? []
    const labels: Record<string, string> = { __name__: name }
    for (const [, label = '', value = ''] of braces.matchAll(/(\w+)="([^"]*)"/g))
      labels[label] = value
    store.add(labels, minuteMs, values.split(' ').map(toValue))
  }
  return store
}

function toValue(text: string): TestValue {
  if (text === '_') return null
  if (text === 'stale') return 'stale'
  return Number(text.replace('Inf', 'Infinity'))
}

const limits = { lookbackMs: 5 * minuteMs, timeoutMs: 20_000, maxSamples: 1e6 }
const engine = createEngine({ store: loadStore(), ...limits })

/** The answer, a line for each series; samples of a range as value@minute. */
function show(result: QueryResult): string[] {
  if (result.type === 'string') return [result.value]
  if (result.type === 'scalar') return [formatSampleValue(result.value)]
  if (result.type === 'vector') {
    return result.samples.map(
      ({ labels, value }) => `${labelsText(labels)} ${formatSampleValue(value)}`,
    )
  }
  return result.series.map(({ labels, timestampsMs, values }) => {
    const points = Array.from(values, (value, i) => {
      return `${formatSampleValue(value)}@${(timestampsMs[i] ?? 0) / minuteMs}`
    })
    return `${labelsText(labels)} ${points.join(' ')}`
  })
}

/** [query, minute, lines] */
const instants: [string, number, string[]][] = [
  // literals
  ['1 + 2 * 3', 0, ['7']],
  ['"x"', 0, ['x']],
  ['1 / 0', 0, ['+Inf']],
  ['-7 % 3', 0, ['-1']],
  ['1 == bool 1', 0, ['1']],
  ['1 ^ NaN', 0, ['1']],
  // selectors
  ['up', 0, ['{__name__="up", job="a"} 1']],
  ['gone', 2, ['{__name__="gone", job="a"} 1']],
  ['gone', 3, []], // the stale marker ends it at once
  ['gap', 5.99, ['{__name__="gap", job="a"} 1']],
  ['gap', 6, []], // the lookback is open on the left
  ['temp{host=~"x|z"}', 1, ['{__name__="temp", host="x"} 11']],
  ['temp{host!="x"}', 0, ['{__name__="temp", host="y"} 20']],
  ['temp{host!~"y|z"}', 0, ['{__name__="temp", host="x"} 10']],
  ['temp{host="x"} offset 3m', 5, ['{__name__="temp", host="x"} 12']],
  ['temp{host="x"} offset -3m', 5, ['{__name__="temp", host="x"} 18']],
  ['temp{host="x"} @ 120', 9, ['{__name__="temp", host="x"} 12']],
  ['temp{host="x"} @ end() offset 1m', 9, ['{__name__="temp", host="x"} 18']],
  ['temp{host="x"}[2m]', 3, ['{__name__="temp", host="x"} 12@2 13@3']], // open on the left
  ['gone[10m]', 5, ['{__name__="gone", job="a"} 1@0 1@1 1@2']],
  ['temp{host="x"}[4m:2m]', 5, ['{__name__="temp", host="x"} 12@2 14@4']],
  // operators
  ['temp{host="x"} + 1', 0, ['{host="x"} 11']],
  ['-temp{host="x"}', 0, ['{host="x"} -10']],
  ['temp > 15', 0, ['{__name__="temp", host="y"} 20']],
  ['15 > temp', 0, ['{__name__="temp", host="x"} 10']], // the vector's value stays
  ['temp > bool 15', 0, ['{host="x"} 0', '{host="y"} 1']],
  ['temp * meta', 0, []],
  ['temp * on(host) meta', 0, ['{host="x"} 10', '{host="y"} 20']],
  ['temp * ignoring(rack) meta', 0, ['{host="x"} 10', '{host="y"} 20']],
  ['temp > on(host) meta', 0, ['{host="x"} 10', '{host="y"} 20']],
  ['temp > ignoring(rack) meta * 15', 0, ['{__name__="temp", host="y"} 20']],
  [
    'hits_total * on(host) group_left(rack) meta',
    1,
    [
      '{code="200", host="x", rack="r1"} 60',
      '{code="200", host="y", rack="r2"} 120',
      '{code="500", host="x", rack="r1"} 6',
    ],
  ],
  ['meta * on(host) group_right hits_total{host="y"}', 1, ['{code="200", host="y"} 120']],
  ['temp and on(host) meta{rack="r1"}', 0, ['{__name__="temp", host="x"} 10']],
  ['temp unless on(host) meta{rack="r1"}', 0, ['{__name__="temp", host="y"} 20']],
  [
    'temp{host="x"} or on(host) meta',
    0,
    ['{__name__="meta", host="y", rack="r2"} 1', '{__name__="temp", host="x"} 10'],
  ],
  ['temp{host="x"} + fill(5) temp{host="y"}', 0, ['{host="x"} 15', '{host="y"} 25']],
  // aggregations
  ['sum(hits_total)', 1, ['{} 186']],
  ['sum by (code) (hits_total)', 1, ['{code="200"} 180', '{code="500"} 6']],
  ['sum without (code) (hits_total)', 1, ['{host="x"} 66', '{host="y"} 120']],
  ['count by (nosuch) (hits_total)', 1, ['{} 3']],
  ['avg(temp)', 0, ['{} 15']],
  ['avg(huge)', 0, [`{} 1${'0'.repeat(308)}`]], // the sum overflows, the mean does not
  ['sum(tiny)', 0, ['{} 1']], // compensated summation
  ['min(odd)', 0, ['{} -2']],
  ['max(odd{v=~"nan|one"})', 0, ['{} 1']], // NaN gives way
  ['stdvar(temp)', 0, ['{} 25']],
  ['stddev(temp)', 0, ['{} 5']],
  ['stddev(odd{v="inf"})', 0, ['{} NaN']],
  ['group(temp)', 0, ['{} 1']],
  ['quantile(0.25, temp)', 0, ['{} 12.5']],
  ['topk(2, odd)', 0, ['{__name__="odd", v="inf"} +Inf', '{__name__="odd", v="one"} 1']],
  [
    'bottomk(4, odd)',
    0,
    [
      '{__name__="odd", v="two"} -2',
      '{__name__="odd", v="one"} 1',
      '{__name__="odd", v="inf"} +Inf',
      '{__name__="odd", v="nan"} NaN',
    ],
  ],
  ['topk(0, odd)', 0, []],
  [
    'topk by (host) (1, hits_total)',
    1,
    [
      '{__name__="hits_total", code="200", host="x"} 60',
      '{__name__="hits_total", code="200", host="y"} 120',
    ],
  ],
  ['count_values("v", hits_total)', 1, ['{v="120"} 1', '{v="6"} 1', '{v="60"} 1']],
  ['limitk(1, temp)', 0, ['{__name__="temp", host="x"} 10']],
  // rates
  ['rate(hits_total{host="y"}[5m])', 10, ['{code="200", host="y"} 2']],
  ['increase(hits_total{code="500"}[4m])', 4, ['{code="500", host="x"} 16']], // over a restart
  ['delta(temp{host="x"}[4m])', 8, ['{host="x"} 4']],
  ['irate(hits_total{code="500"}[1m])', 3, []], // a single sample
  ['irate(hits_total{code="500"}[3m])', 3, ['{code="500", host="x"} 0']],
  ['resets(hits_total{code="500"}[10m])', 10, ['{code="500", host="x"} 1']],
  ['changes(temp{host="x"}[5m])', 10, ['{host="x"} 4']],
  ['deriv(temp{host="x"}[5m])', 10, ['{host="x"} 0.016666666666666666']],
  ['predict_linear(temp{host="x"}[5m], 600)', 10, ['{host="x"} 30']],
  // over time
  ['avg_over_time(temp{host="x"}[3m])', 2, ['{host="x"} 11']],
  ['sum_over_time(temp{host="x"}[3m])', 2, ['{host="x"} 33']],
  ['min_over_time(temp{host="y"}[3m])', 2, ['{host="y"} 20']],
  ['max_over_time(temp{host="y"}[3m])', 2, ['{host="y"} 22']],
  ['count_over_time(gap[10m])', 10, ['{job="a"} 3']],
  ['last_over_time(gone[10m])', 5, ['{__name__="gone", job="a"} 1']],
  ['quantile_over_time(0.5, temp{host="x"}[4m])', 4, ['{host="x"} 12.5']],
  ['stddev_over_time(temp{host="x"}[3m])', 3, ['{host="x"} 0.816496580927726']],
  ['present_over_time(gone[10m])', 5, ['{job="a"} 1']],
  ['absent_over_time(nosuch{job="a"}[10m])', 5, ['{job="a"} 1']],
  ['absent(nosuch{job="a",b=~"c"})', 0, ['{job="a"} 1']],
  ['absent(up)', 0, []],
  ['max_over_time(rate(hits_total{host="y"}[2m])[4m:1m])', 10, ['{code="200", host="y"} 2']],
  // functions of values
  ['abs(odd{v="two"})', 0, ['{v="two"} 2']],
  ['round(temp{host="x"} / 4, 0.5)', 1, ['{host="x"} 3']],
  ['clamp(temp, 12, 18)', 0, ['{host="x"} 12', '{host="y"} 18']],
  ['clamp(temp, 2, 1)', 0, []],
  ['clamp_max(temp, 15)', 0, ['{host="x"} 10', '{host="y"} 15']],
  ['sgn(odd)', 0, ['{v="inf"} 1', '{v="nan"} NaN', '{v="one"} 1', '{v="two"} -1']],
  ['day_of_year(vector(1e9))', 0, ['{} 252']],
  ['days_in_month(vector(951782400))', 0, ['{} 29']],
  ['hour()', 61, ['{} 1']],
  ['time()', 1, ['60']],
  ['scalar(up)', 0, ['1']],
  ['scalar(temp)', 0, ['NaN']],
  ['timestamp(temp{host="x"})', 0.5, ['{host="x"} 0']],
  ['timestamp(temp{host="x"} + 1)', 0.5, ['{host="x"} 30']],
  [
    'sort_desc(odd)',
    0,
    [
      '{__name__="odd", v="inf"} +Inf',
      '{__name__="odd", v="one"} 1',
      '{__name__="odd", v="two"} -2',
      '{__name__="odd", v="nan"} NaN',
    ],
  ],
  [
    'sort_by_label_desc(temp, "host")',
    0,
    ['{__name__="temp", host="y"} 20', '{__name__="temp", host="x"} 10'],
  ],
  [
    'label_replace(temp{host="x"}, "to", "<$1>", "host", "(.*)")',
    0,
    ['{__name__="temp", host="x", to="<x>"} 10'],
  ],
  [
    'label_join(meta{host="x"}, "at", "-", "rack", "host")',
    0,
    ['{__name__="meta", at="r1-x", host="x", rack="r1"} 1'],
  ],
  ['histogram_quantile(0.5, lat_bucket)', 0, ['{} 0.4']],
  ['histogram_quantile(0.99, lat_bucket)', 0, ['{} 1']],
  ['histogram_fraction(0.1, 0.5, lat_bucket)', 0, ['{} 0.4']],
]

test.each(instants)('%s at minute %s', (query, minute, lines) => {
  expect(show(engine.instant(query, minute * minuteMs))).toEqual(lines)
})

/** [query, from, to, step (minutes), lines] */
const ranges: [string, number, number, number, string[]][] = [
  ['1 + time()', 0, 2, 1, ['{} 1@0 61@1 121@2']],
  ['gone', 0, 5, 1, ['{__name__="gone", job="a"} 1@0 1@1 1@2']],
  ['gap', 0, 10, 2, ['{__name__="gap", job="a"} 1@0 1@2 1@4 1@10']],
  ['temp{host="x"}', 0, 3, 2, ['{__name__="temp", host="x"} 10@0 12@2']], // the end is not met
  [
    'sum by (code) (rate(hits_total[2m]))',
    3,
    5,
    1,
    ['{code="200"} 3@3 3@4 3@5', '{code="500"} 0@3 0.05@4 0.1@5'],
  ],
  ['temp{host="x"} @ start()', 1, 3, 1, ['{__name__="temp", host="x"} 11@1 11@2 11@3']],
  [
    'topk(1, temp)',
    0,
    2,
    1,
    ['{__name__="temp", host="x"} 11@1', '{__name__="temp", host="y"} 20@0 22@2'],
  ],
  ['-{phase="1"}', 0, 3, 1, ['{phase="1"} -1@0 -1@1 -2@2 -2@3']], // they take turns
  [
    'turns or turn2',
    0,
    3,
    1,
    ['{__name__="turn2", phase="1"} 2@2 2@3', '{__name__="turns", phase="1"} 1@0 1@1'],
  ],
  ['nosuch', 0, 3, 1, []],
]

test.each(ranges)('%s from minute %s to %s by %s', async (query, from, to, step, lines) => {
  const result = await engine.range(query, from * minuteMs, to * minuteMs, step * minuteMs)
  expect(show(result)).toEqual(lines)
})

const sameLabels = 'vector cannot contain metrics with the same labelset'

test.each([
  ['abs({__name__=~"up|gone"})', 1, sameLabels],
  ['label_replace(temp, "host", "z", "host", ".*")', 0, sameLabels],
  [
    'label_replace(temp, "x", "", "host", "(")',
    0,
    'invalid regular expression in label_replace(): (',
  ],
  ['topk(NaN, temp)', 0, 'Parameter value is NaN'],
  ['topk(1e300, temp)', 0, 'Scalar value 1e+300 overflows int64'],
  ['count_values("", temp)', 0, 'invalid label name ""'],
  [
    'up * on() temp',
    0,
    'found duplicate series for the match group {} on the right hand-side of the operation: ' +
      '[{__name__="temp", host="x"}, {__name__="temp", host="y"}];' +
      'many-to-many matching not allowed: matching labels must be unique on one side',
  ],
  [
    'hits_total * on(host) meta',
    0,
    'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
  ],
  [
    'hits_total * on(host) group_left(code) label_replace(meta, "code", "1", "", "")',
    0,
    'multiple matches for labels: grouping labels must ensure unique matches',
  ],
])('%s fails', (query, minute, message) => {
  expect(() => engine.instant(query, minute * minuteMs)).toThrow(new ExecutionError(message))
})

test.each([
  [
    'rate(temp[5m])',
    [],
    [
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "temp" (1:6)',
    ],
  ],
  [
    'sum(\n quantile_over_time(2, temp[5m]))',
    ['PromQL warning: quantile value should be between 0 and 1, got 2 (2:21)'],
    [],
  ],
  [
    'histogram_quantile(0.5, temp)',
    [
      'PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "temp" (1:25)',
    ],
    [],
  ],
  ['rate(hits_total[5m])', [], []],
])('%s is annotated', (query, warnings, infos) => {
  const { warnings: found, infos: hints } = engine.instant(query, 5 * minuteMs)
  expect([found, hints]).toEqual([warnings, infos])
})

test.each([
  [
    'temp[5m]',
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  ],
  ['"x"', 'invalid expression type "string" for range query, must be Scalar or instant Vector'],
])('%s is no range query', async (query, message) => {
  await expect(engine.range(query, 0, 1, 1)).rejects.toThrow(message)
  await expect(engine.range(query, 0, 1, 1)).rejects.toThrow(QueryError)
})

test('a query above the limit of samples is refused', () => {
  const message = 'query processing would load too many samples into memory in query execution'
  const small = { maxSamples: 10 }
  expect(() => engine.instant('hits_total[10m]', 10 * minuteMs, small)).toThrow(message)
  expect(engine.instant('temp', 0, small)).toHaveProperty('type', 'vector')
})

test.each(['sum_over_time(temp[100y:1ms])', 'time()', 'temp'])(
  '%s of too many steps is refused before memory is taken',
  async (query) => {
    const run = engine.range(query, 0, 1e12, 1)
    await expect(run).rejects.toThrow('query processing would load too many samples')
  },
)

test('a query that takes too long is stopped', () => {
  const wide = new MemoryStore()
  for (let i = 0; i < 200; i++) wide.add({ __name__: 'wide', i: String(i) }, minuteMs, [1])
  const slow = createEngine({ store: wide, ...limits, timeoutMs: -1 })
  expect(() => slow.instant('sum(wide)', 0)).toThrow(
    new ExecutionError('query timed out in expression evaluation', 'timeout'),
  )
})

/** The same queries in one go and in many slices. */
async function slicedAnswers(query: string): Promise<[string[], string[]]> {
  const store = new MemoryStore()
  const values = Array.from({ length: 4000 }, (_, i) => (i % 700 === 0 ? null : i % 97))
  for (const host of ['x', 'y']) store.add({ __name__: 'long_total', host }, minuteMs, values)
  const day = 24 * 60 * minuteMs
  const run = async (maxSamples: number): Promise<string[]> => {
    const slicing: Engine = createEngine({ store, ...limits, maxSamples })
    return show(await slicing.range(query, 0, 2.5 * day, 7 * minuteMs))
  }
  return [await run(1e6), await run(3000)]
}

test.each([
  'long_total',
  'rate(long_total[15m])',
  'sum(avg_over_time(long_total[30m:5m]))',
  'long_total @ end() + long_total',
  'topk(1, long_total) or absent(long_total)',
])('%s is the same in slices', async (query) => {
  const [whole, sliced] = await slicedAnswers(query)
  expect(whole.length).toBeGreaterThan(0)
  expect(sliced).toEqual(whole)
})

/** Queries whose steps must not influence each other. */
const lawful = [
  'temp',
  'sum by (code) (rate(hits_total[3m]))',
  'gap or gone',
  'hits_total / on(host) group_left() temp{host="x"}',
  'quantile(0.4, temp) + count(temp > 15)',
  'bottomk(1, temp)',
  'avg_over_time(temp[4m]) - max_over_time(temp[2m:30s] offset 1m)',
  'histogram_quantile(0.7, lat_bucket) * scalar(up)',
  'absent(gone) + time()',
  'label_join(stddev_over_time(temp[3m]), "at", "", "host")',
  'temp{host="x"} @ 240 + on() group_right() predict_linear(temp[5m], 60)',
  'minute(vector(time())) + on() absent_over_time(gap[3m])',
]

test.each(lawful)('%s gives in a range what it gives at each time', async (query) => {
  const [startMs, endMs, stepMs] = [0, 15 * minuteMs, 25_000]
  const whole = new Map<string, number>()
  const range = await engine.range(query, startMs, endMs, stepMs)
  for (const { labels, timestampsMs, values } of range.type === 'matrix' ? range.series : []) {
    for (const [i, time] of timestampsMs.entries()) {
      whole.set(`${time} ${labelsText(labels)}`, values[i] ?? 0)
    }
  }
  const single = new Map<string, number>()
  for (let time = startMs; time <= endMs; time += stepMs) {
    const vector = engine.instant(query, time)
    for (const { labels, value } of vector.type === 'vector' ? vector.samples : []) {
      single.set(`${time} ${labelsText(labels)}`, value)
    }
  }
  expect(single.size).toBeGreaterThan(0)
  expect(Object.fromEntries(whole)).toEqual(Object.fromEntries(single))
})

test('a long range query lets others have their turn between its slices', async () => {
  const store = new MemoryStore()
  store.add({ __name__: 'long' }, minuteMs, Array(4000).fill(1))
  const slicing = createEngine({ store, ...limits, maxSamples: 3000 })
  let turns = 0
  const count = (): void => {
    turns++
    pending = setImmediate(count)
  }
  let pending = setImmediate(count)
  await slicing.range('long', 0, 2.5 * 24 * 60 * minuteMs, 7 * minuteMs)
  clearImmediate(pending)
  expect(turns).toBeGreaterThan(0)
})
