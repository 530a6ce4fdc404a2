import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { decodeProtobuf } from '../../../shared/exposition/decode-protobuf.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import type { EscapingScheme } from '../../../shared/exposition/names.ts'
import { type Format, textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { Registry } from '../../../shared/exposition/registry.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { gather } from './gather.ts'
import { protobuf } from './protobuf.ts'
import { fromProtoJson, type JsonFamily } from './protojson.ts'

const schemes: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values']
const formats: readonly Format[] = schemes.flatMap((escaping) => [
  { ...textFormat, escaping },
  { ...textFormat, kind: 'openmetrics', escaping },
  { ...protobuf, escaping },
  { ...protobuf, version: 'text', escaping },
])

/** Protobuf may put its fields in any order, so of a page that is what counts that readers read. */
function readable(bytes: Uint8Array, { kind, version }: Format): unknown {
  return kind === 'protobuf' && version === 'delimited'
    ? decodeProtobuf(bytes, { names: 'utf8' })
    : Buffer.from(bytes).toString()
}

function render(page: Page, registries: readonly Registry[], names?: ReadonlySet<string>): string {
  return Buffer.from(page.render(registries, textFormat, names)).toString()
}

/** What one registry gets in one round of a random history. */
type Round = {
  shown: boolean
  hidden: boolean
  sets: [declaration: number, labels: string[], value: number][]
  adopted: number[] | undefined
}

const declarations: readonly FamilyDeclaration[] = [
  family('gauge', 'a', 'Plain.', []),
  family('counter', 'b_total', 'One label.', ['x']),
  family('counter', 'b_total', 'One label.', ['y']),
  family('counter', 'b_total', 'One label.', ['y', 'x']),
  family('gauge', 'b_total', 'One label.', ['x']),
  family('counter', 'b_total', 'Another help.', ['x']),
  family('unknown', 'c', 'Two labels.', ['z', 'a']),
]
const exotic: readonly FamilyDeclaration[] = [
  family('gauge', 'my.name', 'Dots "and" quotes.\n', ['label.name', 'é']),
]
const adoptable: readonly MetricFamily[] = [
  { name: 'a', type: 'gauge', metrics: [{ labels: [], value: 8, timestampMs: 5n }] },
  {
    name: 'b_total',
    type: 'counter',
    help: 'One label.',
    metrics: [
      { labels: [{ name: 'x', value: 'n' }], value: 1e9 },
      {
        labels: [
          { name: 'y', value: 'n' },
          { name: 'k', value: '' },
        ],
        value: 2,
      },
    ],
  },
  { name: 'b_total', type: 'counter', metrics: [{ labels: [{ name: 'x', value: '' }], value: 3 }] },
  {
    name: 'd',
    type: 'summary',
    help: '',
    metrics: [{ labels: [], count: 3n, sum: 0.5, quantiles: [[0.5, Number.NaN]] }],
  },
  { name: 'd', type: 'summary', metrics: [{ labels: [], count: 4n, sum: 0.5, quantiles: [] }] },
  {
    name: 'e',
    type: 'histogram',
    metrics: [{ labels: [{ name: 'x', value: 'é' }], count: 3n, sum: 1, buckets: [[1, 2n]] }],
  },
  { name: 'empty', type: 'gauge', metrics: [] },
]

const labelValue = fc.constantFrom('', 'n', 'eth0', '"', '\\', '\n', 'é', '🔥', '～')
const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, 0.25, 1e6, 1.5e9))

function rounds(pool: readonly FamilyDeclaration[]): fc.Arbitrary<Round[][]> {
  const set = fc.tuple(fc.nat(pool.length - 1), fc.tuple(labelValue, labelValue), value)
  const round = fc.record({
    shown: fc.boolean(),
    hidden: fc.boolean(),
    sets: fc.array(set, { maxLength: 12 }),
    adopted: fc.option(fc.array(fc.nat(adoptable.length - 1), { maxLength: 3 }), {
      nil: undefined,
    }),
  })
  return fc.array(fc.tuple(round, round, round), { minLength: 1, maxLength: 6 })
}

/** Plays the rounds on real registries and on the model; the page must show what encode() gives. */
function checkHistory(history: readonly Round[][], pool: readonly FamilyDeclaration[]): void {
  const registries = [new Registry(), new Registry(), new Registry()]
  const adopted: (readonly MetricFamily[])[] = [[], [], []]
  const page = new Page()
  for (const round of history) {
    const shown: Registry[] = []
    const sources: MetricFamily[][] = []
    for (const [index, registry] of registries.entries()) {
      const turn = round[index]
      if (turn === undefined) continue
      const live = new Map<string, [FamilyDeclaration, readonly string[], number]>()
      registry.begin()
      for (const [at, labels, number] of turn.sets) {
        const declaration = pool[at]
        if (declaration === undefined) continue
        const values = labels.slice(0, declaration.labelNames.length)
        registry.add(declaration, number, ...values)
        live.set(JSON.stringify([at, values]), [declaration, values, number])
      }
      registry.end()
      if (turn.adopted !== undefined) {
        adopted[index] = turn.adopted.flatMap((at) => adoptable[at] ?? [])
        registry.adopt(adopted[index] ?? [])
      }
      if (turn.hidden) registry.hide()
      if (!turn.shown) continue
      shown.push(registry)
      if (turn.hidden) continue
      const own = registry.sources.flatMap((source) => fromLive(source.declaration, live))
      sources.push([...own, ...(adopted[index] ?? [])])
    }
    for (const format of formats) {
      const bytes = page.render(shown, format)
      expect(readable(bytes, format)).toEqual(readable(encode(gather(sources), format), format))
    }
  }
}

function fromLive(
  declaration: FamilyDeclaration,
  live: ReadonlyMap<string, [FamilyDeclaration, readonly string[], number]>,
): MetricFamily[] {
  const { name, help, type, labelNames } = declaration
  const metrics = [...live.values()]
    .filter(([owner]) => owner === declaration)
    .map(([, values, number]) => ({
      labels: labelNames.map((label, index) => ({ name: label, value: values[index] ?? '' })),
      value: number,
    }))
  return metrics.length === 0 ? [] : [{ name, help, type, metrics }]
}

test('random registries give the bytes of the reference encoder, round after round', () => {
  fc.assert(fc.property(rounds(declarations), (history) => checkHistory(history, declarations)))
})

test('names that need quotes or escaping give the bytes of the reference encoder', () => {
  const pool = [...declarations, ...exotic]
  fc.assert(fc.property(rounds(pool), (history) => checkHistory(history, pool)))
})

itShared('the families of the corpus are shown as the reference encoder writes them', (folder) => {
  type Case = { id: string; family: JsonFamily; openmetrics: { out?: string } }
  const page = new Page()
  const registry = new Registry()
  for (const { id, family: json, openmetrics } of corpusCases<Case>(folder, 'writer')) {
    if (openmetrics.out === undefined) continue
    const adopted = [fromProtoJson(json)]
    registry.adopt(adopted)
    // Text can have an empty label name; no reader of protobuf takes it.
    const isNamed = adopted.every(({ metrics }) =>
      metrics.every(({ labels }) => labels.every((label) => label.name !== '')),
    )
    for (const format of formats) {
      if (format.kind === 'protobuf' && !isNamed) continue
      const expected = readable(encode(gather([adopted]), format), format)
      expect(readable(page.render([registry], format), format), id).toEqual(expected)
    }
  }
})

const disk = families('counter', ['device'], {
  disk_reads_total: 'Reads.',
  disk_writes_total: 'Writes.',
})

test('a series that was not set leaves and comes back, and a kept handle works after that', () => {
  const registry = new Registry()
  const page = new Page()
  const sda = registry.series(disk.disk_reads_total, 'sda')
  expect(render(page, [registry])).toBe('')
  const head = '# HELP disk_reads_total Reads.\n# TYPE disk_reads_total counter\n'
  sda.set(1)
  expect(render(page, [registry])).toBe(`${head}disk_reads_total{device="sda"} 1\n`)
  registry.begin()
  registry.add(disk.disk_reads_total, 2, 'sdb')
  registry.end()
  expect(render(page, [registry])).toBe(`${head}disk_reads_total{device="sdb"} 2\n`)
  registry.begin()
  sda.set(3)
  registry.end()
  expect(render(page, [registry])).toBe(`${head}disk_reads_total{device="sda"} 3\n`)
})

test('series that stay away for long are forgotten, and their handles still work', () => {
  const registry = new Registry()
  const page = new Page()
  const first = registry.series(disk.disk_reads_total, 'unit-0')
  first.set(0)
  for (let round = 0; round < 2000; round++) {
    registry.begin()
    registry.add(disk.disk_reads_total, round, `unit-${round}`)
    registry.add(disk.disk_writes_total, round, 'steady')
    registry.end()
    if (round % 7 === 0) expect(render(page, [registry]).split('\n').length).toBe(7)
  }
  expect(registry.values.length).toBeLessThanOrEqual(256)
  expect(registry.sources[0]?.series.length).toBeLessThan(200)
  registry.begin()
  first.set(5)
  registry.add(disk.disk_reads_total, 6, 'unit-1')
  registry.end()
  expect(render(page, [registry])).toMatch(/\{device="unit-0"\} 5\n.*\{device="unit-1"\} 6\n$/)
})

test('declarations made anew at each scrape share one family and do not pile up', () => {
  const registry = new Registry()
  const page = new Page()
  for (let round = 0; round < 500; round++) {
    registry.begin()
    registry.add(family('gauge', 'm', 'Help.', ['a']), round, 'x')
    registry.end()
  }
  expect(registry.sources.length).toBe(1)
  expect(render(page, [registry])).toBe('# HELP m Help.\n# TYPE m gauge\nm{a="x"} 499\n')
})

test('bytes are valid until the render after the next one, and for ever after keep()', () => {
  const registry = new Registry()
  const page = new Page()
  const gauge = family('gauge', 'm', 'Help.', [])
  registry.add(gauge, 1)
  const first = page.render([registry], textFormat)
  registry.add(gauge, 2)
  const second = page.render([registry], textFormat)
  expect(Buffer.from(first).toString()).toMatch(/\nm 1\n$/)
  page.keep()
  registry.add(gauge, 3)
  page.render([registry], textFormat)
  page.render([registry], textFormat)
  page.render([registry], textFormat)
  expect(Buffer.from(first).toString()).toMatch(/\nm 1\n$/)
  expect(Buffer.from(second).toString()).toMatch(/\nm 2\n$/)
})

test.each([
  Number.NaN,
  Buffer.from('020000000000f07f', 'hex').readDoubleLE(), // Prometheus' stale marker
])('any NaN of a series is on a protobuf page the one of Go', (value) => {
  const registry = new Registry()
  registry.add(family('gauge', 'm', 'Help.', []), value)
  const bytes = new Page().render([registry], protobuf)
  const encoded = encode(
    [{ name: 'm', help: 'Help.', type: 'gauge', metrics: [{ labels: [], value }] }],
    protobuf,
  )
  expect(Buffer.from(bytes).toString('hex')).toContain('09010000000000f87f')
  expect(Buffer.from(bytes)).toEqual(Buffer.from(encoded))
})

test('a protobuf page changes nothing but values while the same series are live', () => {
  const registry = new Registry()
  const page = new Page()
  const gauge = family('gauge', 'm', 'Help.', ['x'])
  const render = (live: Record<string, number>) => {
    registry.begin()
    for (const [x, number] of Object.entries(live)) registry.add(gauge, number, x)
    registry.end()
    return page.render([registry], protobuf)
  }
  const values = (bytes: Uint8Array) =>
    decodeProtobuf(bytes).flatMap(({ metrics }) =>
      metrics.map((one) => 'value' in one && one.value),
    )
  const first = render({ a: 1, b: 2 })
  const second = render({ a: 3, b: Number.NaN })
  expect([values(first), values(second)]).toEqual([
    [1, 2],
    [3, Number.NaN],
  ])
  // The third render may use the place of the first, but not that of the second.
  const third = render({ b: 5 })
  expect([values(second), values(third)]).toEqual([[3, Number.NaN], [5]])
  const fourth = render({ a: 6, b: 7, c: 8 })
  expect([values(third), values(fourth)]).toEqual([[5], [6, 7, 8]])
  page.keep()
  for (let round = 0; round < 4; round++) render({ a: 9, c: 9 })
  expect([values(third), values(fourth)]).toEqual([[5], [6, 7, 8]])
  expect(values(page.render([registry], protobuf, new Set(['other'])))).toEqual([])
  expect(values(page.render([registry], protobuf, new Set(['m'])))).toEqual([9, 9])
})

test('a clash is reported at each render of a protobuf page, too', () => {
  const [first, second] = [new Registry(), new Registry()]
  first.add(family('gauge', 'g', 'Kept.', ['x']), 1, 'a')
  second.add(family('gauge', 'g', 'Kept.', ['x']), 2, 'a')
  const reasons: string[] = []
  const page = new Page({ onClash: ({ reason }) => reasons.push(reason) })
  for (let round = 0; round < 2; round++) page.render([first, second], protobuf)
  expect(reasons).toEqual(Array(2).fill('g{x="a"} given by two sources; the first is kept'))
  first.hide()
  expect(decodeProtobuf(page.render([first, second], protobuf))).toMatchObject([
    { metrics: [{ value: 2 }] },
  ])
})

test('each clash is reported once a render, with what differs and what is kept', () => {
  const [first, second] = [new Registry(), new Registry()]
  const reasons: string[] = []
  const page = new Page({ onClash: ({ reason }) => reasons.push(reason) })
  first.add(disk.disk_reads_total, 1, 'sda')
  first.add(disk.disk_reads_total, 1, 'sdb')
  second.add(disk.disk_reads_total, 2, 'sda')
  second.add(disk.disk_reads_total, 2, 'sdb')
  first.add(family('gauge', 'g', 'Kept.', []), 1)
  second.add(family('gauge', 'g', 'Dropped.', []), 1)
  second.add(family('counter', 'g', 'Kept.', []), 1)
  render(page, [first, second])
  expect(reasons).toEqual([
    'disk_reads_total{device="sda"} and 1 more given by two sources; the first is kept',
    'family g has help "Kept." in one source and "Dropped." in a later one; ' +
      'the first is kept, the metrics of the other are left out',
    'family g has type gauge in one source and counter in a later one; ' +
      'the first is kept, the metrics of the other are left out',
  ])
  expect(render(page, [second, first])).toContain('# HELP g Dropped.\n')
  reasons.length = 0
  second.hide()
  expect(render(page, [first, second])).toContain('# HELP g Kept.\n')
  expect(reasons).toEqual([])
})

test('a family cannot take the sample names of a histogram or summary', () => {
  const check = (type: 'histogram' | 'summary', suffix: string, kept: string[]) => {
    const [first, second] = [new Registry(), new Registry()]
    const value = { count: 1n, sum: 1, buckets: [], quantiles: [] }
    first.adopt([{ name: 'x', type, metrics: [{ labels: [], ...value }] }])
    second.add(family('gauge', `x${suffix}`, 'Plain.', []), 1)
    const reasons: string[] = []
    const page = new Page({ onClash: ({ family: name }) => reasons.push(name) })
    const shown = (registries: Registry[]) =>
      Array.from(render(page, registries).matchAll(/# TYPE (\S+)/g), (match) => match[1])
    expect(shown([first, second])).toEqual(kept)
    if (kept.length === 1) expect(shown([second, first])).toEqual([`x${suffix}`])
    expect(reasons).toEqual(kept.length === 1 ? [`x${suffix}`, 'x'] : [])
    first.hide()
    expect(shown([first, second])).toEqual([`x${suffix}`])
  }
  check('histogram', '_count', ['x'])
  check('histogram', '_bucket', ['x'])
  check('summary', '_sum', ['x'])
  check('summary', '_bucket', ['x', 'x_bucket'])
})

test('an adopted family that cannot be written is left out and reported', () => {
  const registry = new Registry()
  const reasons: string[] = []
  const page = new Page({ onClash: ({ reason }) => reasons.push(reason) })
  const metrics = [{ labels: [], value: 1 }]
  registry.adopt([
    { name: 'bad', type: 'summary', metrics },
    { name: 'good', type: 'gauge', metrics },
  ])
  expect(render(page, [registry])).toBe('# TYPE good gauge\ngood 1\n')
  expect(reasons).toEqual(['cannot encode family "bad": a metric has no summary value'])
  registry.adopt([])
  expect(render(page, [registry])).toBe('')
})

test('only the families asked for are written', () => {
  const registry = new Registry()
  registry.add(disk.disk_reads_total, 1, 'sda')
  registry.add(disk.disk_writes_total, 2, 'sda')
  const page = new Page()
  expect(render(page, [registry], new Set(['disk_writes_total', 'other']))).toBe(
    '# HELP disk_writes_total Writes.\n# TYPE disk_writes_total counter\n' +
      'disk_writes_total{device="sda"} 2\n',
  )
})

test('a registry refuses what it could not write', () => {
  const registry = new Registry()
  const check = (declaration: FamilyDeclaration, reason: RegExp, ...labels: string[]) =>
    expect(() => registry.add(declaration, 1, ...labels)).toThrow(reason)
  check(family('gauge', '', 'Help.', []), /family "": its name is empty/)
  check(family('gauge', 'm', 'Help.', ['a', 'a']), /"m": it has a label name twice/, '', '')
  check(family('gauge', 'm', 'Help.', ['__a']), /label name "__a" is empty, reserved/, '')
  check(family('histogram', 'm', 'Help.', []), /hand it over with adopt/)
  check(disk.disk_reads_total, /\(device\) and needs 1 values, got 2/, 'sda', 'x')
})
