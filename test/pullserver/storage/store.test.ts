import { expect, test } from 'vitest'
import { bitsOf, isStale } from '../../../pullserver/storage/stale.ts'
import type { Store } from '../../../pullserver/storage/store.ts'
import { labels, matcher, newFolder, openIn, startMs as start } from './opening.ts'

test('samples appended are selected, before and after chunks are cut, and after a restart', () => {
  const path = newFolder()
  const { store, close } = openIn(path)
  const group = store.group('a')
  const n = 1500
  const refs = Int32Array.from({ length: n }, (_, i) => group.ref(labels('m', { i: String(i) })))
  const values = new Float64Array(n)
  for (let row = 0; row < 500; row++) {
    for (let i = 0; i < n; i++) values[i] = i * 1000 + (i % 3) * row
    expect(group.append(start + row * 15_000, refs, values, n)).toBe(n)
  }
  const check = (from: Store) => {
    const found = from.select([matcher('__name__', '=', 'm')], start, start + 499 * 15_000)
    expect(found.length).toBe(n)
    for (const { labels, timestampsMs, values } of found) {
      const i = Number(labels.find(({ name }) => name === 'i')?.value)
      expect(timestampsMs.length).toBe(500)
      expect(timestampsMs.every((t, row) => t === start + row * 15_000)).toBe(true)
      expect(values.every((v, row) => v === i * 1000 + (i % 3) * row)).toBe(true)
    }
    const part = from.select([matcher('i', '=', '1400')], start + 90 * 15_000, start + 400 * 15_000)
    expect(part.length).toBe(1)
    expect(part[0]?.timestampsMs.length).toBe(311)
    expect(part[0]?.timestampsMs[0]).toBe(start + 90 * 15_000)
  }
  check(store)
  expect(store.stats().chunks).toBeGreaterThan(4000)
  close()
  check(openIn(path).store)
})

test('staleness markers keep their bits through chunks and restarts', () => {
  const path = newFolder()
  const { store, close } = openIn(path)
  const group = store.group('a')
  const refs = Int32Array.of(group.ref(labels('x')), group.ref(labels('y')))
  for (let row = 0; row < 300; row++) {
    const time = start + row * 15_000
    if (row % 7 === 3) {
      group.append(time, Int32Array.of(refs[0] ?? 0), Float64Array.of(row), 1)
      group.markStale(time, [refs[1] ?? 0])
    } else group.append(time, refs, Float64Array.of(row, Number.NaN), 2)
  }
  const check = (from: Store) => {
    const [, y] = from.select([matcher('__name__', '=~', '.+')], start, Infinity)
    expect(y?.timestampsMs.length).toBe(300)
    for (let row = 0; row < 300; row++) {
      expect(isStale(y?.values ?? new Float64Array(0), row)).toBe(row % 7 === 3)
    }
    expect(bitsOf(y?.values ?? new Float64Array(0))[1]).toBe(0x7ff80000)
  }
  check(store)
  close()
  check(openIn(path).store)
})

test('the first sample of a series at a timestamp stays, an older scrape takes nothing', () => {
  const { store } = openIn(newFolder())
  const group = store.group('a')
  const a = group.ref(labels('a'))
  const b = group.ref(labels('b'))
  expect(group.append(start, Int32Array.of(a, a), Float64Array.of(1, 2), 2)).toBe(1)
  expect(group.append(start, Int32Array.of(a, b, -1), Float64Array.of(3, 4, 5), 3)).toBe(1)
  expect(group.append(start - 1, Int32Array.of(a), Float64Array.of(9), 1)).toBe(0)
  const found = store.select([matcher('__name__', '=~', 'a|b')], 0, start)
  expect(found.map(({ values }) => [...values])).toEqual([[1], [4]])
})

test('appendAt follows the rules of the head', () => {
  const { store } = openIn(newFolder())
  const group = store.group('a')
  const ref = group.ref(labels('a'))
  expect(group.appendAt(ref, start, 1)).toBe('ok')
  expect(group.appendAt(ref, start, 1)).toBe('ok')
  expect(group.appendAt(ref, start, 2)).toBe('duplicate')
  expect(group.appendAt(ref, start - 1, 1)).toBe('out-of-order')
  expect(group.appendAt(ref, start + 600_001, 1)).toBe('out-of-bounds')
  expect(group.appendAt(ref, start + 600_000, 3)).toBe('ok')
  const [series] = store.select([matcher('__name__', '=', 'a')], 0, Infinity)
  expect([...(series?.values ?? [])]).toEqual([1, 3])
})

test('an empty store answers with nothing', () => {
  const { store } = openIn(newFolder())
  expect(store.stats()).toEqual({
    series: 0,
    samples: 0,
    chunks: 0,
    minTimeMs: Number.NaN,
    maxTimeMs: Number.NaN,
  })
  expect(store.select([matcher('__name__', '=', 'a')], -Infinity, Infinity)).toEqual([])
  expect(store.series([], -Infinity, Infinity)).toEqual([])
  expect(store.labelNames([], -Infinity, Infinity)).toEqual([])
})

test('timestamps that are no whole milliseconds are refused', () => {
  const { store } = openIn(newFolder())
  const group = store.group('a')
  const ref = group.ref(labels('a'))
  for (const wrong of [0.5, Number.NaN, Infinity, 1e16]) {
    expect(() => group.append(wrong, Int32Array.of(ref), Float64Array.of(1), 1)).toThrow(RangeError)
    expect(() => group.appendAt(ref, wrong, 1)).toThrow('whole milliseconds')
  }
})
