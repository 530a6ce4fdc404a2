import { expect, test } from 'vitest'
import type { LabelPair } from '../../../shared/exposition/family.ts'
import {
  ScrapeParseError,
  ScrapeParser,
  type ScrapeResult,
} from '../../../shared/exposition/scrape.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { type CorpusFamily, type CorpusRow, goNumber, inputBytes } from './parse-corpus.ts'

type Format = 'text' | 'openmetrics'

/** A store of series by labels, as the pull server has one, that remembers what it was told. */
class Sink {
  readonly refs = new Map<string, number>()
  readonly names: string[] = []
  readonly metadataNow = new Map<string, string>()
  resolved = 0

  resolve(name: string, labels: readonly LabelPair[]): number {
    this.resolved++
    const key = seriesKey(name, labels)
    const ref = this.refs.get(key) ?? this.refs.size
    this.refs.set(key, ref)
    this.names[ref] = key
    return ref
  }

  metadata(family: string, kind: string, text: string): void {
    this.metadataNow.set(`${kind} ${family}`, text)
  }
}

function seriesKey(name: string, labels: readonly LabelPair[]): string {
  return JSON.stringify([
    name,
    labels
      .map((pair) => [pair.name, pair.value])
      .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  ])
}

function attempt(body: Uint8Array | string, format: Format) {
  const sink = new Sink()
  try {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    return { sink, result: new ScrapeParser().parse(bytes, format, sink) }
  } catch (error) {
    if (!(error instanceof ScrapeParseError)) throw error
    return { sink, error: error.message, samples: error.samples }
  }
}

/** Where we differ from what the corpus recorded of Prometheus 3.14, and why. */
const differences: Readonly<Record<string, string>> = {
  'text-9731a529d1': 'a NUL where a line starts is an error, as the corpus recommends',
  'openmetrics-da39a3ee5e':
    'an empty body is a successful scrape whatever its type (spec, section 2)',
}
/** Both refuse the page; only the words differ. */
const otherWords: Readonly<Record<string, string>> = {
  'text-04dcc247bd': 'the empty label name is called invalid, not repeated',
  'openmetrics-3a54090c27': 'a stray NUL is called one',
  'openmetrics-6a60a35bd6': 'a stray NUL is called one',
  'openmetrics-9f73db25f7': 'a stray NUL is called one',
}

for (const format of ['text', 'openmetrics'] as const) {
  itShared(`ScrapeParser judges every ${format} row of the corpus as Prometheus does`, (shared) => {
    const wrong: unknown[] = []
    for (const row of corpusCases<CorpusRow>(shared, format)) {
      const verdict = row.verdicts.prometheus_3_14
      const { error, result } = attempt(inputBytes(row), format)
      if (row.id in differences) {
        expect(error === undefined, row.id).toBe(!verdict.scrape)
        continue
      }
      if ((error === undefined) !== verdict.scrape) wrong.push([row.id, verdict, error])
      if (result?.duplicates !== (result && (verdict.duplicate_series_dropped ?? 0))) {
        wrong.push([row.id, verdict, result])
      }
      // The corpus shortens this one; Prometheus goes on with the labels.
      const words = error?.replace(/^(invalid metric name or label names): .*/, '$1')
      if (words !== verdict.err && !(row.id in otherWords)) wrong.push([row.id, verdict.err, error])
    }
    expect(wrong).toEqual([])
  })

  itShared(`ScrapeParser reads what Prometheus reads from every ${format} row`, (shared) => {
    for (const row of corpusCases<CorpusRow>(shared, format)) {
      const families = format === 'text' ? row.expected : row.expected_prometheus
      const { result, sink } = attempt(inputBytes(row), format)
      if (result === undefined || families === undefined || row.id in differences) continue
      expect(samples(result, sink), row.id).toEqual(expectedSamples(families))
      for (const [key, text] of expectedMetadata(families)) {
        expect(sink.metadataNow.get(key), `${row.id} ${key}`).toBe(text)
      }
    }
  })
}

function samples(result: ScrapeResult, sink: Sink): string[] {
  const lines: string[] = []
  for (let i = 0; i < result.n; i++) {
    const ref = result.refs[i] ?? -1
    if (ref === -1) continue
    const timestampMs = result.timestamps?.[i] ?? Number.NaN
    lines.push(`${sink.names[ref]} ${result.values[i]} ${timestampMs}`)
  }
  return lines.toSorted()
}

function expectedSamples(families: readonly CorpusFamily[]): string[] {
  const seen = new Set<string>()
  const lines: string[] = []
  for (const { name, labels, value, timestamp_ms, timestamp_s } of families.flatMap(
    (family) => family.samples,
  )) {
    const pairs = Object.entries(labels).map(([label, text]) => ({ name: label, value: text }))
    const key = seriesKey(name, pairs)
    const timestampMs =
      timestamp_ms ??
      (timestamp_s === undefined ? Number.NaN : Math.trunc(Number(timestamp_s) * 1000))
    if (seen.has(key) && Number.isNaN(timestampMs)) continue
    seen.add(key)
    lines.push(`${key} ${goNumber(value)} ${timestampMs}`)
  }
  return lines.toSorted()
}

function expectedMetadata(families: readonly CorpusFamily[]): Map<string, string> {
  const metadata = new Map<string, string>()
  for (const { name, type, help, unit } of families) {
    if (type !== 'unknown') metadata.set(`type ${name}`, type)
    if (help !== undefined) metadata.set(`help ${name}`, help)
    if (unit !== undefined) metadata.set(`unit ${name}`, unit)
  }
  return metadata
}

/** Scrapes of one target, one after the other. */
function target(format: Format = 'text') {
  const parser = new ScrapeParser()
  const sink = new Sink()
  const resolved: string[] = []
  const told: string[] = []
  const scrape = (body: string) => {
    resolved.length = 0
    told.length = 0
    const result = parser.parse(Buffer.from(body), format, {
      resolve: (name, labels) => {
        resolved.push(name)
        if (name === 'refused') throw new RangeError('label_limit exceeded')
        return name.startsWith('dropped') ? -1 : sink.resolve(name, labels)
      },
      metadata: (family, kind, text) => told.push(`${family} ${kind} ${text}`),
    })
    const { n, duplicates, added, gone, timestamps } = result
    const refs = [...result.refs.subarray(0, n)]
    const values = [...result.values.subarray(0, n)]
    return {
      ...{ n, refs, values, duplicates, added, gone, resolved: [...resolved], told: [...told] },
      timestamps: timestamps && [...timestamps.subarray(0, n)],
    }
  }
  return { scrape, parser, resolved }
}

test('a series is resolved when it appears and not while it stays', () => {
  const { scrape } = target()
  expect(scrape('a 1\nb{x="1"} 2\n')).toMatchObject({
    ...{ n: 2, refs: [0, 1], values: [1, 2], timestamps: undefined },
    ...{ duplicates: 0, added: 2, gone: [], resolved: ['a', 'b'] },
  })
  expect(scrape('a 1\nb{x="1"} 3.5\n')).toMatchObject({ values: [1, 3.5], added: 0, resolved: [] })
  expect(scrape('c 7\nb{x="1"} 4\n')).toMatchObject({
    ...{ n: 2, refs: [2, 1], values: [7, 4], added: 1, gone: [0], resolved: ['c'] },
  })
  expect(scrape('b{x="1"} 4\na 5\nc 7\n')).toMatchObject({
    ...{ refs: [1, 0, 2], values: [4, 5, 7], added: 1, gone: [], resolved: ['a'] },
  })
  expect(scrape('')).toMatchObject({ n: 0, gone: [1, 0, 2] })
})

test('a dropped series counts, is not asked for again and is never gone', () => {
  const { scrape } = target()
  const dropped = { n: 3, refs: [-1, 0, -1], duplicates: 0, gone: [] }
  expect(scrape('dropped 1\na 1\ndropped 2\n')).toMatchObject({ ...dropped, added: 1 })
  expect(scrape('dropped 1\na 1\ndropped 2\n')).toMatchObject({ ...dropped, resolved: [] })
  expect(scrape('a 1\n')).toMatchObject({ n: 1, refs: [0], gone: [] })
})

test('of two samples of one series without timestamp the first counts', () => {
  const { scrape } = target()
  const body = 'm{a="1",b="2"} 1\nm{b="2",a="1"} 2\nm{a="1",b="2"} 3\n'
  const twice = { n: 3, refs: [0, -1, -1], values: [1, 2, 3], duplicates: 2 }
  expect(scrape(body)).toMatchObject({ ...twice, added: 2, resolved: ['m', 'm'] })
  expect(scrape(body)).toMatchObject({ ...twice, added: 0, resolved: [] })
  expect(scrape('m{b="2",a="1"} 2\n')).toMatchObject({ refs: [0], duplicates: 0, gone: [] })
  expect(scrape('m{b="2",a="1"} 1 1000\nm{b="2",a="1"} 2 2000\n')).toMatchObject({
    ...{ refs: [0, 0], timestamps: [1000, 2000], duplicates: 0 },
  })
})

test('a series with its own timestamp is not tracked for staleness', () => {
  const { scrape } = target()
  scrape('a 1\nb 1 1000\n')
  expect(scrape('c 1\n')).toMatchObject({ gone: [0] })
  expect(scrape('c 1 5\n')).toMatchObject({ gone: [2], timestamps: [5], resolved: [] })
  expect(scrape('c 1\nd 1 1\n')).toMatchObject({ timestamps: [NaN, 1] })
})

test('metadata is told once, and again when it changes', () => {
  const { scrape } = target()
  const page = '# HELP a first \\n \\\\ \\"\n# TYPE a untyped\na 1\n# TYPE b counter\nb 1\n'
  expect(scrape(page).told).toEqual(['a help first \n \\ \\"', 'a type unknown', 'b type counter'])
  expect(scrape(page).told).toEqual([])
  expect(scrape(page.replace('first', 'second')).told).toEqual(['a help second \n \\ \\"'])
  expect(scrape('# TYPE b counter\nb 1\n# TYPE a untyped\na 1\n').told).toEqual([])
  expect(scrape('# TYPE b gauge\n# TYPE b counter\nb 1\n').told).toEqual([])
  expect(scrape('# TYPE b counter\n# TYPE b gauge\nb 1\n').told).toEqual(['b type gauge'])
})

test('le and quantile are put in OpenMetrics form under the TYPE that is in force', () => {
  const { parser, resolved } = { ...target(), resolved: [] as string[] }
  const scrape = (body: string): string[] => {
    resolved.length = 0
    const resolve = (name: string, labels: readonly LabelPair[]): number =>
      resolved.push(`${name} ${labels.map((pair) => `${pair.name}=${pair.value}`)}`)
    parser.parse(Buffer.from(body), 'text', { resolve })
    return [...resolved]
  }
  expect(
    scrape(
      '# TYPE h histogram\nh_bucket{le="1",a="1"} 1\nh_bucket{le="+inf"} 1\nx{quantile="1"} 1\n',
    ),
  ).toEqual(['h_bucket le=1.0,a=1', 'h_bucket le=+Inf', 'x quantile=1'])
  expect(
    scrape(
      '# TYPE s summary\ns{quantile="1e-5"} 1\ns{quantile="x"} 1\n# TYPE g gauge\ng{quantile="1"} 1\n',
    ),
  ).toEqual(['s quantile=1e-05', 's quantile=x', 'g quantile=1'])
  // The same text under another type is another series.
  expect(scrape('# TYPE g gauge\nh{le="1"} 1\n')).toEqual(['h le=1'])
  expect(scrape('# TYPE h histogram\nh{le="1"} 1\n')).toEqual(['h le=1.0'])
  expect(scrape('# TYPE h histogram\nh{le="1"} 1\n')).toEqual([])
})

test('a page with an error changes nothing, and the error says how far it was read', () => {
  const { scrape, parser, resolved } = target()
  scrape('a 1\nb 2\n')
  expect(() => scrape('a 1\nnew 1\nb 1\nb{x="1" 2\n')).toThrow(
    expect.objectContaining({
      message: 'expected label name, got "2" ("INVALID") while parsing: "b{x=\\"1\\" 2"',
      samples: 3,
    }),
  )
  expect(() => scrape('x 1\nm{a="1",a="2"} 1\n')).toThrow(
    expect.objectContaining({
      message: 'label name "a" is not unique: invalid sample',
      samples: 2,
    }),
  )
  expect(() => scrape('a 1\nrefused 1\n')).toThrow(new RangeError('label_limit exceeded'))
  expect(resolved).toEqual(['refused'])
  expect(scrape('b 5\nnew 1\n')).toMatchObject({
    refs: [1, 2],
    added: 1,
    gone: [0],
    resolved: ['new'],
  })
  expect(parser.reset()).toEqual([1, 2])
  expect(parser.reset()).toEqual([])
  expect(scrape('b 5\n')).toMatchObject({ refs: [1], added: 1, gone: [], resolved: ['b'] })
})

test('two accidents of Prometheus are not copied', () => {
  const names: string[] = []
  const resolve = (name: string): number => names.push(name)
  const scrape = (body: string) => new ScrapeParser().parse(Buffer.from(body), 'text', { resolve })
  // There the blanks become part of the name.
  scrape(' a 1\n\t b{x="1"} 2\n')
  expect(names).toEqual(['a', 'b'])
  // There the page ends at the NUL without a word.
  expect(() => scrape('a 1\n\0b 1\n')).toThrow('expected a valid start token, got "\\x00"')
  // In label values and HELP, NUL is a character like others, there too.
  expect(scrape('# HELP a x\0y\na{x="\0"} 1\n').n).toBe(1)
})

test('values are what Go reads, NaN the canonical one', () => {
  const { scrape } = target()
  const words = '1 -1 +1 .5 5. 1e3 1E-3 00012 123456789012345678 0.1234567890123456789 -0 1e-400'
  const more =
    '4.9e-324 9007199254740993 1.7976931348623157e308 0.000001 123456789.123456 1e22 1e23'
  for (const word of [...words.split(' '), ...more.split(' ')]) {
    expect(scrape(`m ${word}\n`).values).toEqual([Number(word)])
    expect(scrape(`m ${word}`).values).toEqual([Number(word)])
  }
  expect(scrape('m +inf\nn -Infinity\no nan\n').values).toEqual([Infinity, -Infinity, NaN])
  const parser = new ScrapeParser()
  const { values } = parser.parse(Buffer.from('m NaN\n'), 'text', { resolve: () => 0 })
  expect(Buffer.from(values.buffer, values.byteOffset, 8).readBigUInt64LE()).toBe(
    0x7ff8000000000000n,
  )
})

test('the body may be overwritten once it was parsed', () => {
  const parser = new ScrapeParser()
  const body = Buffer.from('alpha{a="b"} 1\n')
  const names: string[] = []
  const sink = { resolve: (name: string) => names.push(name) }
  parser.parse(body, 'text', sink)
  body.fill(0x7a)
  parser.parse(Buffer.from('alpha{a="b"} 2\n'), 'text', sink)
  expect(names).toEqual(['alpha'])
})
