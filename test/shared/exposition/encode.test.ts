import { expect, test } from 'vitest'
import { encode } from '../../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import type { EscapingScheme } from '../../../shared/exposition/names.ts'
import { negotiate, textFormat } from '../../../shared/exposition/negotiate.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { fromProtoJson, type JsonFamily } from './protojson.ts'

function text(families: readonly MetricFamily[], escaping: EscapingScheme = 'allow-utf-8'): string {
  return Buffer.from(encode(families, { ...textFormat, escaping })).toString()
}

const openMetrics = negotiate('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8', {
  openMetrics: true,
})

test('a gauge has header, labels in order, value and timestamp', () => {
  const labels = [{ name: 'path', value: 'C:\\"x"\n' }]
  const metrics = [{ labels, value: 1e6, timestampMs: -5n }]
  expect(text([{ name: 'm', help: 'a "b" \\ \n', type: 'gauge', metrics }])).toBe(
    '# HELP m a "b" \\\\ \\n\n# TYPE m gauge\nm{path="C:\\\\\\"x\\"\\n"} 1e+06 -5\n',
  )
})

test('an empty help is written, an absent one is not', () => {
  const metrics = [{ labels: [], value: 1 }]
  expect(text([{ name: 'm', help: '', type: 'unknown', metrics }])).toBe(
    '# HELP m \n# TYPE m untyped\nm 1\n',
  )
  expect(text([{ name: 'm', type: 'info', metrics }])).toBe('# TYPE m gauge\nm 1\n')
})

test('a label name with a colon is quoted, since readers refuse it bare', () => {
  const metrics = [{ labels: [{ name: 'a:b', value: 'x' }], value: 1 }]
  expect(text([{ name: 'm', type: 'gauge', metrics }])).toBe('# TYPE m gauge\nm{"a:b"="x"} 1\n')
})

test('a family that cannot be written is refused with its name', () => {
  expect(() => text([{ name: 'm', type: 'gauge', metrics: [] }])).toThrow('"m": it has no metrics')
  const metrics = [{ labels: [], value: 1 }]
  expect(() => text([{ name: '', type: 'gauge', metrics }])).toThrow('without a name')
  expect(() => text([{ name: 'm', type: 'summary', metrics }])).toThrow(
    '"m": a metric has no summary',
  )
  expect(() => text([{ name: 'm', type: 'histogram', metrics }])).toThrow('no histogram value')
})

itShared('the families of the corpus are written as expfmt writes them', (folder) => {
  type Outcome = { out?: string; err?: string }
  type Case = { id: string; family: JsonFamily; text: Outcome } & Record<
    `text_${'underscores' | 'dots' | 'values'}`,
    Outcome
  >
  for (const one of corpusCases<Case>(folder, 'writer')) {
    const family = fromProtoJson(one.family)
    const expected: [EscapingScheme, Outcome][] = [
      ['allow-utf-8', one.text],
      ['underscores', one.text_underscores],
      ['dots', one.text_dots],
      ['values', one.text_values],
    ]
    for (const [escaping, { out }] of expected) {
      if (out === undefined) expect(() => text([family], escaping), one.id).toThrow(TypeError)
      else expect(text([family], escaping), one.id).toBe(out)
    }
  }
})

test('openmetrics has floats, integer counts, exemplars and an end', () => {
  const exemplar = {
    labels: [{ name: 'trace', value: 'é"' }],
    value: 1,
    timestampNs: 1_500_000_000n,
  }
  const families: MetricFamily[] = [
    {
      name: 'a_total',
      help: '"x"',
      type: 'counter',
      metrics: [{ labels: [], value: 1e5, exemplar }],
    },
    { name: 'b', type: 'counter', metrics: [{ labels: [], value: 1e6, timestampMs: 2000n }] },
    {
      name: 'c_seconds',
      unit: 'seconds',
      type: 'histogram',
      metrics: [{ labels: [], count: 2n ** 60n, sum: 3, buckets: [[1, 2, exemplar]] }],
    },
  ]
  expect(Buffer.from(encode(families, openMetrics)).toString()).toBe(
    '# HELP a \\"x\\"\n# TYPE a counter\n' +
      'a_total 100000.0 # {trace="é\\""} 1.0 1.5\n' +
      '# TYPE b unknown\nb 1e+06 2.0\n' +
      '# TYPE c_seconds histogram\n# UNIT c_seconds seconds\n' +
      'c_seconds_bucket{le="1.0"} 2 # {trace="é\\""} 1.0 1.5\n' +
      'c_seconds_bucket{le="+Inf"} 1152921504606846976\n' +
      'c_seconds_sum 3.0\nc_seconds_count 1152921504606846976\n# EOF\n',
  )
})

test('openmetrics has no float histograms, and counts of any size', () => {
  const write = (count: number, more: { floatCounts?: true } = {}): string => {
    const metrics = [{ labels: [], count, sum: 0, buckets: [], ...more }]
    return Buffer.from(encode([{ name: 'h', type: 'histogram', metrics }], openMetrics)).toString()
  }
  expect(write(1e22)).toContain('h_count 10000000000000000000000\n')
  expect(() => write(0.5)).toThrow('integer counts only, got the float 0.5')
  expect(() => write(2, { floatCounts: true })).toThrow('integer counts only, got the float 2')
})

test('a histogram or summary without sum or count is written without them', () => {
  const metrics = [{ labels: [], buckets: [[1, 2n]] as const }]
  expect(text([{ name: 'h', type: 'histogram', metrics }])).toBe(
    '# TYPE h histogram\nh_bucket{le="1"} 2\n',
  )
})

test('openmetrics has types of its own for info and stateset, text calls them gauges', () => {
  const families: MetricFamily[] = [
    {
      name: 'build_info',
      type: 'info',
      metrics: [{ labels: [{ name: 'version', value: '1' }], value: 1 }],
    },
    { name: 'build', type: 'info', metrics: [{ labels: [], value: 1 }] },
    {
      name: 'door',
      type: 'stateset',
      metrics: [{ labels: [{ name: 'door', value: 'open' }], value: 0 }],
    },
  ]
  expect(Buffer.from(encode(families, openMetrics)).toString()).toBe(
    '# TYPE build info\nbuild_info{version="1"} 1.0\n# TYPE build unknown\nbuild 1.0\n' +
      '# TYPE door stateset\ndoor{door="open"} 0.0\n# EOF\n',
  )
  expect(text(families)).toBe(
    '# TYPE build_info gauge\nbuild_info{version="1"} 1\n# TYPE build gauge\nbuild 1\n' +
      '# TYPE door gauge\ndoor{door="open"} 0\n',
  )
})

itShared(
  'the families of the corpus are written in openmetrics as expfmt writes them',
  (folder) => {
    type Outcome = { out?: string }
    type Case = {
      id: string
      family: JsonFamily
      openmetrics: Outcome
      openmetrics_created: Outcome
    }
    for (const one of corpusCases<Case>(folder, 'writer')) {
      // A type beyond the enumeration has no place in our model.
      if (one.family.type === 100) continue
      for (const created of [false, true]) {
        const { out } = created ? one.openmetrics_created : one.openmetrics
        const write = () =>
          Buffer.from(encode([fromProtoJson(one.family)], openMetrics, { created })).toString()
        if (out === undefined) expect(write, one.id).toThrow(TypeError)
        else expect(write(), one.id).toBe(`${out}# EOF\n`)
      }
    }
  },
)
