import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode } from '../../../shared/exposition/encode.ts'
import type { LabelPair, Metric, MetricFamily } from '../../../shared/exposition/family.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import {
  type ScrapeFormat,
  ScrapeParseError,
  ScrapeParser,
  type ScrapeResult,
} from '../../../shared/exposition/scrape.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { type CorpusRow, goNumber, inputBytes } from './parse-corpus.ts'
import { protobuf } from './protobuf.ts'
import { familyOfAnyKind } from './random-families.ts'

/** A store of series by labels, as the pull server has one. */
class Store {
  readonly refs = new Map<string, number>()
  readonly names: string[] = []
  /** What was resolved, and told, by the last scrape. */
  resolved: string[] = []
  told: string[] = []

  readonly resolve = (name: string, labels: readonly LabelPair[]): number => {
    const pairs = labels.map((pair) => `${pair.name}=${pair.value}`).toSorted()
    const key = `${name}{${pairs.join(',')}}`
    this.resolved.push(key)
    if (name.startsWith('refused')) throw new RangeError('label_limit exceeded')
    if (name.startsWith('dropped')) return -1
    const ref = this.refs.get(key) ?? this.refs.size
    this.refs.set(key, ref)
    this.names[ref] = key
    return ref
  }

  readonly metadata = (family: string, kind: string, text: string): void => {
    this.told.push(`${kind} ${family} ${text}`)
  }

  /** The samples that are stored, in order: name, value, timestamp. */
  shown({ n, refs, values, timestamps }: ScrapeResult): string[] {
    const lines: string[] = []
    for (let i = 0; i < n; i++) {
      const ref = refs[i] ?? -1
      const time = timestamps?.[i] ?? Number.NaN
      if (ref !== -1) lines.push(`${this.names[ref]} ${values[i]} ${time}`)
    }
    return lines
  }
}

function scrape(parser: ScrapeParser, store: Store, body: Uint8Array, format: ScrapeFormat) {
  store.resolved = []
  store.told = []
  try {
    const result = parser.parse(body, format, store)
    const { n, duplicates, added, gone } = result
    return {
      shown: store.shown(result),
      n,
      duplicates,
      added,
      gone: gone.toSorted((a, b) => a - b),
    }
  } catch (error) {
    if (!(error instanceof ScrapeParseError)) throw error
    return { error: error.message, samples: error.samples }
  }
}

function alone(body: Uint8Array) {
  return scrape(new ScrapeParser(), new Store(), body, 'protobuf')
}

itShared('ScrapeParser judges every protobuf row of the corpus as Prometheus does', (shared) => {
  const wrong: unknown[] = []
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    const { err } = row.verdicts.prometheus_3_14
    const { error } = alone(inputBytes(row))
    if (error !== err) wrong.push([row.id, err, error])
  }
  expect(wrong).toEqual([])
})

itShared('ScrapeParser reads what Prometheus reads from every protobuf row, in order', (shared) => {
  let checked = 0
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    if (row.expected === undefined) continue
    const store = new Store()
    const expected: string[] = []
    const seen = new Set<string>()
    for (const { name, labels, value, timestamp_ms } of row.expected.flatMap((f) => f.samples)) {
      const pairs = Object.entries(labels).map((pair) => pair.join('='))
      const key = `${name}{${pairs.toSorted().join(',')}}`
      // The corpus has all that was parsed; of a series without timestamps the first one is stored.
      if (timestamp_ms === undefined && seen.has(key)) continue
      seen.add(key)
      expected.push(`${key} ${goNumber(value)} ${timestamp_ms ?? Number.NaN}`)
    }
    const { shown } = scrape(new ScrapeParser(), store, inputBytes(row), 'protobuf')
    expect(shown, row.id).toEqual(expected)
    // Of families of one name the last one tells.
    const last = new Map(row.expected.map((family) => [family.name, family]))
    for (const { name, type, help, unit } of last.values()) {
      expect(store.told, row.id).toContain(`type ${name} ${type}`)
      expect(store.told, row.id).toContain(`help ${name} ${help ?? ''}`)
      if (unit !== undefined) expect(store.told, row.id).toContain(`unit ${name} ${unit}`)
    }
    checked++
  }
  expect(checked).toBeGreaterThan(80)
})

/** Two parsers: one that saw all pages before, and a new one for each page. They must agree. */
class Twin {
  readonly #parser = new ScrapeParser()
  readonly #store = new Store()
  #present = new Set<string>()

  check(body: Uint8Array, format: ScrapeFormat = 'protobuf'): void {
    const fresh = new Store()
    const expected = scrape(new ScrapeParser(), fresh, body, format)
    const got = scrape(this.#parser, this.#store, body, format)
    if (expected.shown === undefined || got.shown === undefined) {
      expect(got).toEqual(expected)
      return
    }
    expect(got.shown).toEqual(expected.shown)
    expect([got.n, got.duplicates]).toEqual([expected.n, expected.duplicates])
    // What was there without a timestamp and is not any more.
    const now = new Set(
      expected.shown
        .filter((line) => line.endsWith(' NaN'))
        .map((line) => line.split(' ').slice(0, -2).join(' ')),
    )
    const gone = got.gone.map((ref) => this.#store.names[ref])
    expect(gone.toSorted()).toEqual([...this.#present].filter((name) => !now.has(name)).toSorted())
    this.#present = now
  }

  reset(): void {
    const refs = this.#parser.reset()
    expect(refs.map((ref) => this.#store.names[ref]).toSorted()).toEqual(
      [...this.#present].toSorted(),
    )
    this.#present = new Set()
  }
}

itShared('a corpus page reads the same after the others as it does alone', (shared) => {
  const twin = new Twin()
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    twin.check(inputBytes(row))
    twin.check(inputBytes(row))
  }
  twin.reset()
})

/** Pages of few names and labels, so that the same series come again with other values and shapes. */
const label = fc.record({ name: fc.constantFrom('a', 'b'), value: fc.constantFrom('', '1', 'é') })
const labels = fc.uniqueArray(label, { maxLength: 2, selector: ({ name }) => name })
const time = fc.option(fc.constantFrom(0n, 5n, -1n), { nil: undefined, freq: 8 })
const value = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, Number.NaN))
const count = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
)
const bound = fc.constantFrom(0.5, 1, 2.5, Number.POSITIVE_INFINITY)
const exemplar = fc.record({ labels: fc.constant([]), value: fc.constantFrom(1, 2) })
const side = { spans: [], deltas: [], counts: [] }
const native = fc.constantFrom(1n, 300n).map((zeroCount) => {
  const spans = [{ offset: 0, length: 1 }]
  const positive = { ...side, spans, deltas: [zeroCount] }
  return { schema: 1, zeroThreshold: 0, zeroCount, negative: side, positive, exemplars: [] }
})
const kinds = {
  gauge: fc.record({ value }),
  counter: fc.record({ value, exemplar }, { requiredKeys: ['value'] }),
  summary: fc.record({
    count,
    sum: value,
    quantiles: fc.array(fc.tuple(bound, value), { maxLength: 3 }),
  }),
  histogram: fc.record(
    { count, sum: value, buckets: fc.array(fc.tuple(bound, count), { maxLength: 4 }), native },
    { requiredKeys: ['count', 'sum', 'buckets'] },
  ),
  gaugehistogram: fc.record({
    count: fc.double({ min: 0.5, noNaN: true }),
    sum: value,
    buckets: fc.array(fc.tuple(bound, fc.double({ min: 0.5, noNaN: true })), { maxLength: 3 }),
  }),
} as const

const family: fc.Arbitrary<MetricFamily> = fc
  .constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]))
  .chain((type) => {
    const metric = fc.tuple(labels, kinds[type] as fc.Arbitrary<object>, time)
    return fc.record(
      {
        name: fc.constantFrom('x', 'y', `${type}_z`),
        type: fc.constant(type),
        help: fc.constantFrom('', 'Help.'),
        unit: fc.constantFrom('s'),
        metrics: fc.array(
          metric.map(([own, part, timestampMs]) => {
            const one: object = {
              labels: own,
              ...part,
              ...(timestampMs === undefined ? {} : { timestampMs }),
            }
            return one as Metric
          }),
          { maxLength: 4 },
        ),
      },
      { requiredKeys: ['name', 'type', 'metrics'] },
    )
  })

/** A page, and changes to it: values of a metric, metrics that move or go, families that come. */
const histories = fc.tuple(
  fc.array(family, { maxLength: 5 }),
  fc.array(fc.tuple(fc.nat(5), fc.nat(2), fc.array(family, { maxLength: 2 }), fc.boolean()), {
    maxLength: 8,
  }),
)

test('a page reads the same after any other page as it does alone', () => {
  fc.assert(
    fc.property(histories, ([first, changes]) => {
      const twin = new Twin()
      let page = first
      twin.check(encode(page, protobuf))
      for (const [place, less, more, isMinor] of changes) {
        page = isMinor ? page.map(withOtherValues) : page.toSpliced(place, less, ...more)
        twin.check(encode(page, protobuf))
      }
      twin.reset()
      twin.check(encode(first, protobuf))
    }),
    { numRuns: 400 },
  )
})

/** The same series, their numbers turned about. */
function withOtherValues(one: MetricFamily): MetricFamily {
  const { metrics } = one
  return {
    ...one,
    metrics: metrics.map((metric, index) => {
      const other = metrics[(index + 1) % metrics.length] ?? metric
      return { ...other, labels: metric.labels }
    }),
  }
}

test('families of any kind read the same after each other as alone', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(familyOfAnyKind, { maxLength: 3 }), { maxLength: 4 }),
      (pages) => {
        const twin = new Twin()
        for (const page of pages) twin.check(encode(page, protobuf))
      },
    ),
    { numRuns: 100 },
  )
})

/** Scrapes of one target, one after the other. */
function target() {
  const parser = new ScrapeParser()
  const store = new Store()
  return (families: readonly MetricFamily[], format: ScrapeFormat = 'protobuf') => {
    const body = encode(families, format === 'protobuf' ? protobuf : textFormat)
    const result = scrape(parser, store, body, format)
    return { ...result, resolved: store.resolved, told: store.told }
  }
}

function gauge(name: string, values: Record<string, number>): MetricFamily {
  const metrics = Object.entries(values).map(([x, number]) => {
    return { labels: x === '' ? [] : [{ name: 'x', value: x }], value: number }
  })
  return { name, type: 'gauge', metrics }
}

test('a series is resolved when it appears and not while it stays', () => {
  const next = target()
  expect(next([gauge('a', { p: 1, q: 2 })])).toMatchObject({
    ...{ shown: ['a{x=p} 1 NaN', 'a{x=q} 2 NaN'], n: 2, added: 2, gone: [] },
    resolved: ['a{x=p}', 'a{x=q}'],
  })
  expect(next([gauge('a', { p: 3, q: Number.NaN })])).toMatchObject({
    ...{ shown: ['a{x=p} 3 NaN', 'a{x=q} NaN NaN'], added: 0, resolved: [] },
  })
  // One comes, one goes, one changes its place.
  expect(next([gauge('0', { '': 0 }), gauge('a', { q: 1, r: 5 })])).toMatchObject({
    ...{ shown: ['0{} 0 NaN', 'a{x=q} 1 NaN', 'a{x=r} 5 NaN'], added: 2, gone: [0] },
    resolved: ['0{}', 'a{x=r}'],
  })
  expect(next([])).toMatchObject({ shown: [], n: 0, gone: [1, 2, 3] })
})

test('families without metrics are passed over, wherever they stand', () => {
  const next = target()
  const empty = gauge('empty', {})
  const [a, b] = [gauge('a', { p: 1 }), gauge('b', { p: 2 })]
  const shown = ['a{x=p} 1 NaN', 'b{x=p} 2 NaN']
  const told = ['type a gauge', 'help a ', 'type b gauge', 'help b ']
  expect(next([empty, a, empty, b, empty])).toMatchObject({ shown, added: 2, gone: [], told })
  for (const families of [
    [empty, a, empty, b, empty],
    [a, b],
    [a, empty, b],
  ]) {
    const same = { added: 0, gone: [], resolved: [], told: [] }
    expect(next(families)).toMatchObject({ shown, ...same })
  }
})

test('of a repeated series the first sample counts', () => {
  const next = target()
  const twice = [gauge('a', { '': 1 }), gauge('a', { '': 2 })]
  for (const added of [1, 0]) {
    const result = next(twice)
    expect(result).toMatchObject({ shown: ['a{} 1 NaN'], n: 2, duplicates: 1, added })
    expect(result.resolved).toHaveLength(added)
  }
})

test('a histogram keeps its series while its counts grow longer', () => {
  const next = target()
  const histogram = (scale: bigint, bounds = [1, 2]): MetricFamily[] => [
    {
      name: 'h',
      type: 'histogram',
      metrics: [
        {
          labels: [{ name: 'x', value: 'y' }],
          count: 3n * scale,
          sum: 1,
          buckets: bounds.map((le, index) => [le, BigInt(index) * scale]),
        },
      ],
    },
  ]
  expect(next(histogram(1n)).added).toBe(5)
  for (const scale of [100n, 2n ** 40n, 2n ** 62n, 1n]) {
    const { shown, added, resolved } = next(histogram(scale))
    expect([added, resolved]).toEqual([0, []])
    expect(shown).toEqual([
      `h_count{x=y} ${Number(3n * scale)} NaN`,
      'h_sum{x=y} 1 NaN',
      'h_bucket{le=1.0,x=y} 0 NaN',
      `h_bucket{le=2.0,x=y} ${Number(scale)} NaN`,
      `h_bucket{le=+Inf,x=y} ${Number(3n * scale)} NaN`,
    ])
  }
  expect(next(histogram(1n, [1, 3]))).toMatchObject({ added: 1, gone: [3] })
})

test('a target may change its format, and its series go on', () => {
  const next = target()
  const a = gauge('a', { p: 1, q: 2 })
  expect(next([a], 'text')).toMatchObject({ added: 2, gone: [] })
  expect(next([gauge('a', { p: 5 })])).toMatchObject({ shown: ['a{x=p} 5 NaN'], gone: [1] })
  expect(next([a], 'text')).toMatchObject({ shown: ['a{x=p} 1 NaN', 'a{x=q} 2 NaN'], gone: [] })
})

test('a page that fails changes nothing for the next one', () => {
  const next = target()
  next([gauge('a', { p: 1 })])
  expect(
    next([gauge('a', { p: 2 }), gauge('b', { '': 1 }), { ...gauge('c', { '': 1 }), name: '' }]),
  ).toEqual({
    ...{ error: 'invalid metric name: ', samples: 2, resolved: ['b{}'], told: [] },
  })
  expect(() => next([gauge('a', { p: 2 }), gauge('refused', { '': 1 })])).toThrow('label_limit')
  expect(next([gauge('a', { p: 2 }), gauge('dropped', { '': 1 })])).toMatchObject({
    ...{ shown: ['a{x=p} 2 NaN'], n: 2, added: 0, gone: [] },
  })
})

test('labels that cannot be stored fail the scrape', () => {
  const labels = [
    { name: 'x', value: '1' },
    { name: 'x', value: '2' },
  ]
  const check = (own: readonly LabelPair[], error: string) =>
    expect(
      target()([{ name: 'a', type: 'gauge', metrics: [{ labels: own, value: 1 }] }]),
    ).toMatchObject({
      error,
    })
  check(labels, 'label name "x" is not unique: invalid sample')
  check([{ name: '__name__', value: 'y' }], 'label name "__name__" is not unique: invalid sample')
  check([{ name: '', value: 'y' }], 'invalid label name: ')
})

test('metadata is told when it is new or changed', () => {
  const next = target()
  const a = gauge('a', { '': 1 })
  expect(next([{ ...a, help: 'Help.', unit: 's' }]).told).toEqual([
    'type a gauge',
    'help a Help.',
    'unit a s',
  ])
  expect(next([{ ...a, help: 'Help.', unit: 's' }]).told).toEqual([])
  expect(next([{ ...a, help: 'Other.', unit: 's' }]).told).toEqual(['help a Other.'])
  expect(next([{ ...a, type: 'unknown' }]).told).toEqual(['type a unknown', 'help a '])
})

test('a histogram that is only native gives no series, one that is both gives its buckets', () => {
  const sides = { negative: side, positive: side }
  const own = { schema: 1, zeroThreshold: 0.1, zeroCount: 1n, ...sides, exemplars: [] }
  const metric = (buckets: [number, bigint][]): Metric => {
    return { labels: [], count: 1n, sum: 1, buckets, native: own }
  }
  const next = target()
  const page = (buckets: [number, bigint][]): MetricFamily[] => [
    { name: 'h', type: 'histogram', metrics: [metric(buckets)] },
  ]
  expect(next(page([]))).toMatchObject({ n: 0, told: ['type h histogram', 'help h '] })
  expect(next(page([[1, 1n]])).shown).toEqual([
    'h_count{} 1 NaN',
    'h_sum{} 1 NaN',
    'h_bucket{le=1.0} 1 NaN',
    'h_bucket{le=+Inf} 1 NaN',
  ])
})

test('a value with the bits of a stale marker is a plain NaN', () => {
  const body = Buffer.from(encode([gauge('a', { '': 1 })], protobuf))
  const stale = Buffer.from('020000000000f07f', 'hex')
  stale.copy(body, body.length - 8)
  const parser = new ScrapeParser()
  for (let round = 0; round < 2; round++) {
    const { values } = parser.parse(body, 'protobuf', new Store())
    expect(new BigUint64Array(values.buffer, 0, 1)[0]).toBe(0x7ff8000000000000n)
  }
})
