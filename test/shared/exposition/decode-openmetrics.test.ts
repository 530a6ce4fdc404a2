import { expect, test } from 'vitest'
import { decodeOpenMetrics } from '../../../shared/exposition/decode-openmetrics.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import type { Exemplar, Metric, MetricFamily } from '../../../shared/exposition/family.ts'
import { negotiate } from '../../../shared/exposition/negotiate.ts'
import { ParseError } from '../../../shared/exposition/parse-error.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import {
  type CorpusExemplar,
  type CorpusFamily,
  type CorpusRow,
  type CorpusSample,
  goNumber,
  inputBytes,
} from './parse-corpus.ts'

function attempt(body: string | Uint8Array): { families?: MetricFamily[]; error?: string } {
  try {
    return { families: decodeOpenMetrics(body) }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    expect(error.message).toMatch(/^openmetrics parsing error in line [1-9][0-9]*: ./)
    return { error: error.message }
  }
}

itShared('decodeOpenMetrics judges every corpus row as the reference parser does', (shared) => {
  const wrong: unknown[] = []
  for (const row of corpusCases<CorpusRow>(shared, 'openmetrics')) {
    const { error } = attempt(inputBytes(row))
    if ((error === undefined) !== row.valid) wrong.push([row.id, row.input, row.error, error])
  }
  expect(wrong).toEqual([])
})

itShared('decodeOpenMetrics reads what the reference parser reads from every row', (shared) => {
  let checked = 0
  for (const row of corpusCases<CorpusRow>(shared, 'openmetrics')) {
    if (row.expected === undefined) continue
    checked++
    const { families = [] } = attempt(inputBytes(row))
    expect(families.map(flatFamily), row.id).toEqual(row.expected.map(flatCorpus).map(realName))
  }
  expect(checked).toBeGreaterThan(100)
})

/** A family as a list of samples, so that it can be compared with what the reference gives. */
type Flat = { name: string; type: string; help: string; unit: string; samples: string[] }

function flatFamily({ name, type, help = '', unit = '', metrics }: MetricFamily): Flat {
  const base =
    type === 'counter' ? name.replace(/_total$/, '') : type === 'info' ? name.slice(0, -5) : name
  const samples = metrics.flatMap((metric) => flatMetric(base, name, type, metric))
  return { name: base, type, help, unit, samples: samples.toSorted() }
}

function flatMetric(base: string, name: string, type: string, metric: Metric): string[] {
  const { labels, timestampMs, createdNs } = metric
  const lines: string[] = []
  const add = (
    sample: string,
    value: bigint | number | 'native' | undefined,
    bound: Record<string, number> = {},
    exemplar?: Exemplar,
  ): void => {
    if (value === undefined) return
    const pairs = labels.map((label): [string, string] => [label.name, label.value])
    for (const [key, number] of Object.entries(bound)) pairs.push([key, String(number)])
    const note = exemplar && [
      exemplar.labels.map((label): [string, string] => [label.name, label.value]).toSorted(byName),
      exemplar.value,
      exemplar.timestampNs === undefined ? undefined : Number(exemplar.timestampNs / 1000n),
    ]
    const shown = value === 'native' ? value : String(Number(value))
    const time = sample.endsWith('_created') ? undefined : timestampMs
    lines.push(JSON.stringify([sample, pairs.toSorted(byName), shown, time?.toString(), note]))
  }
  const created = createdNs === undefined ? undefined : Number(createdNs / 1000n)
  if ('quantiles' in metric) {
    for (const [quantile, value] of metric.quantiles) add(base, value, { quantile })
  } else if ('buckets' in metric) {
    for (const [le, count, exemplar] of metric.buckets)
      add(`${base}_bucket`, count, { le }, exemplar)
    if (metric.native !== undefined) add(base, 'native')
  } else if ('value' in metric && !(type === 'counter' && Number.isNaN(metric.value))) {
    add(name, metric.value, {}, metric.exemplar)
  }
  const isNativeOnly = 'native' in metric && metric.native && metric.buckets.length === 0
  if ('count' in metric && !isNativeOnly) {
    const g = type === 'gaugehistogram' ? 'g' : ''
    add(`${base}_${g}count`, metric.count)
    add(`${base}_${g}sum`, metric.sum)
  } else if ('sum' in metric && !isNativeOnly) add(`${base}_sum`, metric.sum)
  add(`${base}_created`, created)
  return lines
}

function flatCorpus({ name, type, help = '', unit = '', samples }: CorpusFamily): Flat {
  const lines = samples.map((sample) => {
    const { labels, timestamp_s, exemplar, native_histogram } = sample
    const pairs = Object.entries(labels).map(([key, text]): [string, string] => {
      const isBound =
        (key === 'le' && /histogram$/.test(type)) || (key === 'quantile' && type === 'summary')
      return [key, isBound ? String(goNumber(text)) : text]
    })
    const time =
      timestamp_s === undefined || sample.name.endsWith('_created')
        ? undefined
        : `${nanoseconds(timestamp_s) / 1_000_000n}`
    return JSON.stringify([
      // The reference leaves the blanks, or the whole of a malformed series, in the name.
      native_histogram === true ? name : sample.name.trim(),
      pairs.toSorted(byName),
      native_histogram === true ? 'native' : String(number(sample)),
      time,
      exemplar && flatExemplar(exemplar),
    ])
  })
  return { name, type, help, unit, samples: lines.toSorted() }
}

/** Times of creation in microseconds, as the model does not have them as floats. */
function number({ name, value }: CorpusSample): number {
  return name.endsWith('_created') ? Math.round(goNumber(value) * 1e6) : goNumber(value)
}

/** The reference replaces escapes of one name twice: it has a backslash and no line feed. */
function realName(family: Flat): Flat {
  return family.name === 'm\n' ? { ...family, name: 'm\\n' } : family
}

function flatExemplar({ labels, value, timestamp_s }: CorpusExemplar): unknown {
  const time = timestamp_s === undefined ? undefined : Number(nanoseconds(timestamp_s) / 1000n)
  return [Object.entries(labels).toSorted(byName), goNumber(value), time]
}

/** `12.5` as nanoseconds. */
function nanoseconds(seconds: string): bigint {
  const [whole = '', fraction = ''] = seconds.split('.')
  return BigInt(whole + fraction.padEnd(9, '0'))
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1
}

test('decodeOpenMetrics gives families of the model, named with their suffix', () => {
  const page =
    '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\\n\\"\n' +
    'a_seconds_total{b="1"} 9007199254740993 1.5 # {t="x"} 0.5 1.0000000019\n' +
    'a_seconds_created{b="1"} 1.25 1.5\n' +
    '# TYPE build info\nbuild_info{v="1"} 1\nplain 2\n# EOF'
  expect(decodeOpenMetrics(page)).toEqual([
    {
      name: 'a_seconds_total',
      type: 'counter',
      unit: 'seconds',
      help: 'x\n"',
      metrics: [
        {
          labels: [{ name: 'b', value: '1' }],
          timestampMs: 1500n,
          createdNs: 1_250_000_000n,
          value: 9007199254740992,
          exemplar: {
            labels: [{ name: 't', value: 'x' }],
            value: 0.5,
            timestampNs: 1_000_000_001n,
          },
        },
      ],
    },
    {
      name: 'build_info',
      type: 'info',
      metrics: [{ labels: [{ name: 'v', value: '1' }], value: 1 }],
    },
    { name: 'plain', type: 'unknown', metrics: [{ labels: [], value: 2 }] },
  ])
})

test('decodeOpenMetrics makes one metric of a histogram, with counts of any size', () => {
  const [family] = decodeOpenMetrics(
    '# TYPE a histogram\na_bucket{le="1.0"} 1 1\na_bucket{le="+Inf"} 36893488147419103232 1\n' +
      'a_count 36893488147419103232 1\na_sum 2 1\n# EOF\n',
  )
  const buckets = [
    [1, 1n, undefined],
    [Number.POSITIVE_INFINITY, 1n << 65n, undefined],
  ]
  expect(family?.metrics).toEqual([
    { labels: [], timestampMs: 1000n, count: 1n << 65n, sum: 2, buckets },
  ])
})

test('decodeOpenMetrics makes a metric of each time of a counter', () => {
  const [family] = decodeOpenMetrics('# TYPE a counter\na_total 1 1\na_total 2 2\n# EOF\n')
  expect(family?.metrics).toEqual([
    { labels: [], timestampMs: 1000n, value: 1 },
    { labels: [], timestampMs: 2000n, value: 2 },
  ])
})

test('decodeOpenMetrics leaves out what the page does not say', () => {
  const [summary, counter] = decodeOpenMetrics(
    '# TYPE a summary\na{quantile="0.5"} 1\n# TYPE b counter\nb_created NaN\n# EOF\n',
  )
  expect(summary?.metrics).toEqual([{ labels: [], quantiles: [[0.5, 1]] }])
  expect(counter?.metrics).toEqual([{ labels: [], value: Number.NaN }])
})

test('what the encoder writes of what it reads is the page again', () => {
  const page =
    '# HELP a_seconds x\\"y\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n' +
    'a_seconds_total{b="\\\\\\n\\""} 1.0 # {t="\\""} 0.5 1.25\na_seconds_created{b="\\\\\\n\\""} 1.25\n' +
    '# TYPE h histogram\nh_bucket{le="-1.0"} 1\nh_bucket{le="+Inf"} 3\n' +
    '# TYPE s summary\ns{quantile="0.5"} NaN\ns_sum 1.0\ns_count 2\ns_created 1.0\n' +
    '# TYPE "u.x" stateset\n{"u.x","u.x"="on"} 1.0\n# TYPE build info\nbuild_info 1.0\n# EOF\n'
  expect(attempt(page).error).toBe(undefined)
  const format = negotiate('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8', {
    openMetrics: true,
  })
  const again = encode(decodeOpenMetrics(page), format, { created: true })
  expect(Buffer.from(again).toString()).toBe(page)
})

test('decodeOpenMetrics says which line breaks which rule', () => {
  const cases: Readonly<Record<string, string>> = {
    '': 'line 1: the page does not end with # EOF',
    'm 1\n': 'line 1: the page does not end with # EOF',
    'm 1\n\n# EOF\n': 'line 2: blank lines are not allowed',
    '# EOF\nm 1\n': 'line 2: nothing may come after # EOF',
    '#HELP m x\n# EOF\n': 'line 1: expected # HELP, # TYPE, # UNIT or # EOF, got "#HELP m x"',
    '# FOO m x\n': 'line 1: expected HELP, TYPE, UNIT or EOF after #, got "FOO"',
    '# TYPE m untyped\n': 'line 1: invalid metric type "untyped"',
    'm 1\n# HELP m x\n': 'line 2: metadata of "m" must come before its samples',
    '# HELP m x\n# HELP m x\n': 'line 2: a second HELP for metric name "m"',
    'm 1\nn 1\nm 2\n# EOF\n': 'line 3: the name "m" belongs to another family already',
    'm\n': 'line 1: no value after metric name "m"',
    'm{a="1" 1\n': 'line 1: no closing brace after the labels',
    'm{a="1",} 1\n': 'line 1: expected a label, got nothing, or only a comma',
    'm{a="1",a="2"} 1\n': 'line 1: label name "a" is there twice',
    'm{__a="1"} 1\n': 'line 1: label name "__a" is reserved',
    'm 0x1\n': 'line 1: expected a number as value, got "0x1"',
    'm 1 Inf\n': 'line 1: expected seconds as timestamp, got "Inf"',
    'm 1 # {a="b"} 1\n': 'line 1: only counters and buckets of histograms can have exemplars',
    '# TYPE m_s gauge\n# UNIT m_s x\nm_s 1\n# EOF\n':
      'line 4: unit "x" is no suffix of metric name "m_s"',
    '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nn 1\n# EOF\n':
      'line 3: a bucket has less than the one below it',
    '# TYPE h histogram\nh_bucket{le="1"} 2\nn 1\n# EOF\n':
      'line 2: the histogram has no bucket for +Inf',
    'm 1\n\xff': 'line 2: the line is not valid UTF-8',
  }
  for (const [page, expected] of Object.entries(cases)) {
    const { error } = attempt(Buffer.from(page, 'latin1'))
    expect(error, page).toBe(`openmetrics parsing error in ${expected}`)
  }
})
