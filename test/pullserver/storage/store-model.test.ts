import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Matcher } from '../../../pullserver/labels.ts'
import { labelValue } from '../../../pullserver/labels.ts'
import { bitsOf, staleHigh, staleLow } from '../../../pullserver/storage/stale.ts'
import { openStore } from '../../../pullserver/storage/store.ts'

const seriesCount = 12
const startMs = Date.parse('2026-11-20T20:00:00Z')
const retentionMs = 30 * 86_400_000
const silent = { info: () => {}, warn: console.warn, error: console.error }

/** What a series must have: time -> bits. */
type Kept = { newestMs: number; samples: Map<number, string> }

type Step =
  | { do: 'append'; group: number; lateMs: number; mask: number; value: number }
  | { do: 'stale'; group: number; lateMs: number; mask: number }
  | { do: 'at'; series: number; offsetMs: number; value: number }
  | { do: 'wait'; ms: number }
  | { do: 'maintain' | 'reopen' | 'crash' | 'select' }

const strange = [0, -0, 1, Number.NaN, Infinity, 5e-324, 1e300, -1.5, 4096, 2 ** 53]
const value = fc.oneof(fc.constantFrom(...strange), fc.integer({ min: 0, max: 50 }))
const group = fc.integer({ min: 0, max: 2 })
const mask = fc.integer({ min: 1, max: 2 ** seriesCount - 1 })
const lateMs = fc.constantFrom(0, 0, 0, 1, 9000)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ do: fc.constant('append'), group, lateMs, mask, value }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('stale'), group, lateMs, mask }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('at'),
      series: fc.integer({ min: 0, max: seriesCount - 1 }),
      offsetMs: fc.constantFrom(0, 0, -1000, -60_000, 5000, 600_001),
      value: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 60,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(1000, 15_000, 15_000, 60_000, 600_000, 9_000_000),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constantFrom('maintain', 'reopen', 'crash', 'select') }),
  },
)

const everything: Matcher = {
  name: '__name__',
  operator: '=~',
  value: '.+',
  matches: (text) => text !== '',
}

/** The store and the model side by side. */
function run(steps: readonly Step[]): void {
  const folders = [mkdtempSync(join(tmpdir(), 'narthex-model-'))]
  let now = startMs
  const open = () =>
    openStore({
      path: folders.at(-1) ?? '',
      retentionMs,
      log: silent,
      nowMs: () => now,
      flushIntervalMs: 1e9,
    })
  let store = open()
  let refs: number[] = []
  const findRefs = () => {
    refs = Array.from({ length: seriesCount }, (_, i) =>
      store.group('g0').ref([
        { name: '__name__', value: 'm' },
        { name: 'i', value: String(i).padStart(2, '0') },
      ]),
    )
  }
  findRefs()
  const kept: Kept[] = refs.map(() => ({ newestMs: -Infinity, samples: new Map() }))
  const groupNewest = [-Infinity, -Infinity, -Infinity]

  const keep = (i: number, timestampMs: number, bits: string): boolean => {
    const series = kept[i]
    if (series === undefined || timestampMs <= series.newestMs) return false
    series.newestMs = timestampMs
    series.samples.set(timestampMs, bits)
    return true
  }

  const append = (number: number, timestampMs: number, chosen: number[], bits: Uint32Array) => {
    let taken = 0
    if (timestampMs >= (groupNewest[number] ?? 0)) {
      for (const [k, i] of chosen.entries()) {
        if (keep(i, timestampMs, `${bits[2 * k]} ${bits[2 * k + 1]}`)) taken++
      }
      if (taken > 0) groupNewest[number] = timestampMs
    }
    return taken
  }

  const check = (from: number, to: number) => {
    const found = store.select([everything], from, to)
    const wanted = kept.flatMap(({ samples }, i) => {
      const inside = [...samples].filter(([time]) => time >= from && time <= to)
      return inside.length === 0 ? [] : [{ i, samples: inside }]
    })
    const got = found.map(({ labels, timestampsMs, values }) => {
      const bits = bitsOf(values)
      return {
        i: Number(labelValue(labels, 'i')),
        samples: [...timestampsMs].map((time, k) => [time, `${bits[2 * k]} ${bits[2 * k + 1]}`]),
      }
    })
    expect(got).toEqual(wanted)
  }

  // A restart takes longer than a scrape is late: what a group's newest scrape was is not kept
  // beyond the log.
  const restart = () => {
    store.close()
    now += 10_000
    store = open()
    findRefs()
  }

  const apply = (one: Step) => {
    if (one.do === 'wait') now += one.ms
    else if (one.do === 'maintain') store.maintain()
    else if (one.do === 'append' || one.do === 'stale') {
      const chosen = [...kept.keys()].filter((i) => (one.mask >> i) & 1)
      const chosenRefs = chosen.map((i) => refs[i] ?? -1)
      const values = Float64Array.from(chosen, (i) => (one.do === 'append' ? one.value + i : 0))
      const bits = bitsOf(values)
      if (one.do === 'append') {
        const wanted = append(one.group, now - one.lateMs, chosen, bits)
        const taken = store
          .group(`g${one.group}`)
          .append(now - one.lateMs, Int32Array.from(chosenRefs), values, chosen.length)
        expect(taken).toBe(wanted)
      } else {
        for (const k of chosen.keys()) bits.set([staleLow, staleHigh], 2 * k)
        append(one.group, now - one.lateMs, chosen, bits)
        store.group(`g${one.group}`).markStale(now - one.lateMs, chosenRefs)
      }
    } else if (one.do === 'at') {
      const timestampMs = now + one.offsetMs
      const result = store.group('g1').appendAt(refs[one.series] ?? -1, timestampMs, one.value)
      const newestMs = kept[one.series]?.newestMs ?? 0
      const [low, high] = bitsOf(Float64Array.of(one.value))
      if (one.offsetMs > 600_000) expect(result).toBe('out-of-bounds')
      else if (timestampMs < newestMs) expect(result).toBe('out-of-order')
      else if (timestampMs > newestMs) {
        expect(result).toBe('ok')
        keep(one.series, timestampMs, `${low} ${high}`)
      } else if (kept[one.series]?.samples.get(timestampMs) !== `${low} ${high}`) {
        expect(result).toBe('duplicate')
      } else expect(['ok', 'duplicate']).toContain(result)
    } else if (one.do === 'reopen') restart()
    else if (one.do === 'crash') {
      // What a killed process leaves behind: the files as they are, with their WALs.
      store.flush()
      const next = mkdtempSync(join(tmpdir(), 'narthex-model-'))
      cpSync(folders.at(-1) ?? '', next, { recursive: true })
      folders.push(next)
      restart()
    } else check(startMs + 3_600_000, now - 60_000)
  }

  try {
    for (const one of steps) apply(one)
    check(-Infinity, Infinity)
  } finally {
    store.close()
    for (const folder of folders) rmSync(folder, { recursive: true })
  }
}

test('any history of scrapes, crashes and restarts gives back what a plain map would', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 150, size: 'max' }), run), {
    numRuns: 30,
    endOnFailure: true,
  })
}, 120_000)
