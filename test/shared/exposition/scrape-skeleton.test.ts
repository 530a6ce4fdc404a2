import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LabelPair } from '../../../shared/exposition/family.ts'
import { ScrapeParser, type ScrapeResult } from '../../../shared/exposition/scrape.ts'
import { EntryReader } from '../../../shared/exposition/scrape-entry.ts'
import { ScrapeParseError } from '../../../shared/exposition/scrape-error.ts'
import { OpenMetricsLexer } from '../../../shared/exposition/scrape-openmetrics.ts'
import { Page } from '../../../shared/exposition/scrape-page.ts'
import { LineScanner } from '../../../shared/exposition/scrape-scan.ts'
import { TextLexer } from '../../../shared/exposition/scrape-text.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { type CorpusRow, inputBytes } from './parse-corpus.ts'

type Format = 'text' | 'openmetrics'

/** Refs by labels, the same for every parser it is given to; drops what is called `dropped`. */
function refsByLabels() {
  const refs = new Map<string, number>()
  return (name: string, labels: readonly LabelPair[]): number => {
    if (name === 'dropped') return -1
    const pairs = labels.map((pair) => JSON.stringify([pair.name, pair.value])).toSorted()
    const key = JSON.stringify([name, pairs])
    const ref = refs.get(key) ?? refs.size
    refs.set(key, ref)
    return ref
  }
}

type Outcome = { samples?: unknown[]; duplicates?: number; error?: string; before?: number }

/**
 * Scrapes page after page with one parser and checks each result against that of a parser that sees
 * the page as its first.
 */
class Twin {
  readonly #parser = new ScrapeParser()
  readonly #resolve = refsByLabels()
  readonly #metadata = new Map<string, string>()
  #tracked = new Set<number>()

  check(body: Uint8Array, format: Format): void {
    let resolved = 0
    const known = attempt(
      this.#parser,
      body,
      format,
      (name, labels) => {
        const ref = this.#resolve(name, labels)
        if (ref !== -1) resolved++
        return ref
      },
      this.#metadata,
    )
    const metadata = new Map<string, string>()
    const fresh = attempt(new ScrapeParser(), body, format, this.#resolve, metadata)
    expect(outcome(known)).toEqual(outcome(fresh))
    if (!('result' in known) || !('result' in fresh)) return
    expect(known.result.added).toBe(resolved)
    const tracked = new Set<number>()
    for (let i = 0; i < fresh.result.n; i++) {
      const ref = fresh.result.refs[i] ?? -1
      if (ref !== -1 && Number.isNaN(fresh.result.timestamps?.[i] ?? NaN)) tracked.add(ref)
    }
    expect(known.result.gone.toSorted()).toEqual(
      [...this.#tracked].filter((ref) => !tracked.has(ref)).toSorted(),
    )
    this.#tracked = tracked
    for (const [key, text] of metadata) expect(this.#metadata.get(key)).toBe(text)
  }

  reset(): void {
    expect(this.#parser.reset().toSorted()).toEqual([...this.#tracked].toSorted())
    this.#tracked.clear()
  }
}

function attempt(
  parser: ScrapeParser,
  body: Uint8Array,
  format: Format,
  resolve: (name: string, labels: readonly LabelPair[]) => number,
  told: Map<string, string>,
): { result: ScrapeResult } | { error: ScrapeParseError } {
  const metadata = (family: string, kind: string, text: string): void => {
    told.set(`${kind} ${family}`, text)
  }
  try {
    return { result: parser.parse(body, format, { resolve, metadata }) }
  } catch (error) {
    if (!(error instanceof ScrapeParseError)) throw error
    return { error }
  }
}

function outcome(attempted: { result: ScrapeResult } | { error: ScrapeParseError }): Outcome {
  if ('error' in attempted) {
    return { error: attempted.error.message, before: attempted.error.samples }
  }
  const { n, refs, values, timestamps, duplicates } = attempted.result
  const samples = Array.from({ length: n }, (_, i) => [refs[i], values[i], timestamps?.[i] ?? NaN])
  return { samples, duplicates }
}

const names = ['a', 'ab_total', 'dropped', 'h_bucket', 'http_request_duration_seconds']
const labelSets = [
  ...['', '{}', '{a="1"}', '{b="2",a="1"}', '{a="1",b="2"}', '{a="1",b="2",}', '{le="1"}'],
  ...['{path="/x",le="0.5"}', '{path="/x",le="1"}', '{quantile="0.50",a="ö"}', '{a="\\\\\\n\\""}'],
  ...[
    '{instance="10.0.0.1:9100",device="eth0",mode="idle"}',
    '{instance="10.0.0.1:9100",device="eth0",mode="user"}',
  ],
]
const values = [
  '0',
  '1',
  '2.5',
  '-3',
  '1e+06',
  '1.7e-05',
  '123456789.123456',
  'NaN',
  '+Inf',
  '0.12345678901234567',
]
const odd = [
  ...[
    'a  1',
    'a\t1',
    ' a 1',
    'a{ b = "2" } 1',
    'a{a="x\ny"} 1',
    '{"a"} 1',
    '{"ü",le="1"} 1',
    'a 1 ',
    'a{a="1"}1',
  ],
  ...['', '# comment', '#', ' ', '# HELP a  b', '# TYPE a x', 'a{a="1",a="2"} 1', 'a', 'a x', 'a{'],
]
const metadataLines = [
  '# HELP a one',
  '# HELP a two',
  '# TYPE a gauge',
  '# TYPE h histogram',
  '# TYPE s summary',
  '# TYPE a counter',
]

const sampleLine = fc
  .tuple(
    fc.constantFrom(...names),
    fc.constantFrom(...labelSets),
    fc.constantFrom(...values),
    fc.constantFrom('', '', '', '', ' 1000', ' 1'),
  )
  .map(([name, labels, value, timestamp]) => `${name}${labels} ${value}${timestamp}`)
const textLine = fc.oneof(
  { weight: 20, arbitrary: sampleLine },
  { weight: 5, arbitrary: fc.constantFrom(...metadataLines) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
)
const exemplars = [
  '',
  '',
  '',
  ' # {id="x"} 1',
  ' # {} 0.5 1.25',
  ' # {id="ö",a="\\n"} NaN',
  ' # {id="x"} 1 x',
  ' # {',
]
const openMetricsLine = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(sampleLine, fc.constantFrom(...exemplars))
      .map(([line, tail]) => line + tail),
  },
  { weight: 5, arbitrary: fc.constantFrom(...metadataLines, '# UNIT ab_total total', '# UNIT a ') },
)

/** A page is a start and then changes to the page before: (place, lines to take away, lines to put in). */
function pages(line: fc.Arbitrary<string>): fc.Arbitrary<string[][]> {
  const change = fc.tuple(
    fc.nat(30),
    fc.nat(3),
    fc.array(line, { maxLength: 3 }),
    fc.constantFrom(...values),
  )
  return fc
    .tuple(
      fc.array(line, { maxLength: 25 }),
      fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 }),
    )
    .map(([first, rounds]) => {
      const all = [first]
      for (const changes of rounds) {
        const lines = [...(all.at(-1) ?? [])]
        for (const [place, less, more, value] of changes) {
          lines.splice(place % (lines.length + 1), less, ...more)
          const at = place % (lines.length + 1)
          // Another value in place is the change that pages have most.
          const old = lines[at]
          if (old !== undefined) lines[at] = old.replace(/^(\S+) \S+/, `$1 ${value}`)
        }
        all.push(lines)
      }
      return all
    })
}

test('a page reads the same after any other page as it does alone (text)', () => {
  fc.assert(
    fc.property(pages(textLine), fc.boolean(), (all, endsInLineFeed) => {
      const twin = new Twin()
      for (const lines of all) {
        twin.check(Buffer.from(lines.join('\n') + (endsInLineFeed ? '\n' : '')), 'text')
      }
      twin.reset()
      twin.check(Buffer.from(all[0]?.join('\n') ?? ''), 'text')
    }),
    { numRuns: 150 },
  )
})

test('a page reads the same after any other page as it does alone (openmetrics)', () => {
  fc.assert(
    fc.property(
      pages(openMetricsLine),
      fc.constantFrom('# EOF\n', '# EOF', '# EOF\n', ''),
      (all, eof) => {
        const twin = new Twin()
        for (const [index, lines] of all.entries()) {
          const body = Buffer.from(lines.map((line) => `${line}\n`).join('') + eof)
          twin.check(body, 'openmetrics')
          // Targets change the format between two scrapes, too.
          if (index % 4 === 3) twin.check(body, 'text')
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('pages of many series that come, go and change places read as they do alone', () => {
  const twin = new Twin()
  for (let round = 0; round < 12; round++) {
    const lines = Array.from({ length: 100 + round * 90 }, (_, index) => {
      const id = index % 10 < 2 ? `${index}r${round}` : `${index}`
      const labels = `{device="eth${id}",path="/var/lib/${index % 7}",mode="read"}`
      return `node_bench_${index >> 5}_bytes${labels} ${index * 37 + (index % 3) * round}`
    })
    if (round % 4 === 2) lines.reverse()
    if (round % 4 === 3) lines.splice(20, 60)
    twin.check(Buffer.from(`${lines.join('\n')}\n`), 'text')
  }
})

itShared('a corpus page reads the same after the others as it does alone', (shared) => {
  for (const format of ['text', 'openmetrics'] as const) {
    const twin = new Twin()
    for (const row of corpusCases<CorpusRow>(shared, format)) {
      twin.check(inputBytes(row), format)
      twin.check(inputBytes(row), format)
    }
  }
})

/** What the scanner takes, the exact reader takes, and both read the same. */
function checkScanner(body: Uint8Array, format: Format): number {
  const page = new Page()
  page.load(body, format === 'text')
  const scanner = new LineScanner(format)
  const reader = new EntryReader(format === 'text' ? new TextLexer() : new OpenMetricsLexer())
  let taken = 0
  for (let at = 0; at !== -1 && at < page.end; ) {
    const valueStart = scanner.series(page, at)
    const next = valueStart === -1 ? -1 : scanner.rest(page.bytes, valueStart)
    if (next !== -1) {
      const entry = reader.read(page.bytes, page.length, at)
      const { marks, value, timestampMs, end } = entry
      expect({ marks, value, timestampMs, end, valueStart: entry.valueStart }).toEqual({
        ...{ marks: [...scanner.marks.subarray(0, scanner.markCount)], value: scanner.value },
        ...{ timestampMs: scanner.timestampMs, end: next, valueStart },
      })
      taken++
    }
    at = page.bytes.indexOf(0x0a, at) + 1 || -1
  }
  return taken
}

itShared('the scanner reads the lines of the corpus as the exact reader does', (shared) => {
  for (const format of ['text', 'openmetrics'] as const) {
    let taken = 0
    for (const row of corpusCases<CorpusRow>(shared, format)) {
      taken += checkScanner(inputBytes(row), format)
      taken += checkScanner(inputBytes(row), format === 'text' ? 'openmetrics' : 'text')
    }
    expect(taken).toBeGreaterThan(1000)
  }
})

test('the scanner reads what looks like samples as the exact reader does', () => {
  const pieces = [
    'a',
    'le',
    'quantile',
    '{',
    '}',
    '"',
    '=',
    ',',
    ' ',
    '\n',
    '\\',
    '1',
    '.',
    'e',
    '-',
    '+',
    '#',
    'ö',
    '\0',
    '"x"',
    '="1",',
    ' 1\n',
    ' # {',
  ]
  const lines = fc.array(fc.oneof(fc.constantFrom(...pieces), sampleLine), { maxLength: 20 })
  fc.assert(
    fc.property(lines, (parts) => {
      const body = Buffer.from(parts.join(''))
      checkScanner(body, 'text')
      checkScanner(body, 'openmetrics')
    }),
    { numRuns: 2000 },
  )
})
