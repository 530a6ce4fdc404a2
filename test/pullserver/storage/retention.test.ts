import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  appendMinutes,
  dayMs,
  everything,
  labels,
  minutesOf,
  newFolder,
  openIn,
  range,
  startMs,
} from './opening.ts'

test('days beyond the retention go as files, with the series only they had', () => {
  const path = newFolder()
  const opened = openIn(path, { retentionMs: 2 * dayMs })
  const { store, clock } = opened
  const until = 5 * 1440
  for (let minute = 0; minute < until; minute += 30) {
    clock.nowMs = startMs + minute * 60_000
    appendMinutes(store, 'steady', 2, minute, minute + 30)
    if (minute < 600) appendMinutes(store, 'early', 2, minute, minute + 30)
    store.maintain()
  }
  const files = readdirSync(path)
    .filter((name) => /^chunks-.*db$/.test(name))
    .sort()
  expect(files).toEqual(['chunks-2026-11-23.db', 'chunks-2026-11-24.db', 'chunks-2026-11-25.db'])
  expect(store.series([], -Infinity, Infinity).map((one) => one[0]?.value)).toEqual([
    'steady',
    'steady',
  ])
  expect(store.labelValues('__name__', [], -Infinity, Infinity)).toEqual(['steady'])
  const [kept = []] = minutesOf(store, 'steady')
  // The 23rd starts 26 hours after the start.
  expect(kept[0]).toBeGreaterThanOrEqual(2 * 1440 + 120 - 120)
  expect(kept[0]).toBeLessThanOrEqual(2 * 1440 + 120 + 120)
  expect(kept).toEqual(range(kept[0] ?? 0, until))
  opened.close()
  const again = openIn(path, { retentionMs: 2 * dayMs, nowMs: clock.nowMs })
  expect(minutesOf(again.store, 'steady')[1]).toEqual(kept)
  expect(again.store.series([], -Infinity, Infinity).length).toBe(2)
  // A number is never used twice, even that of a forgotten series.
  expect(again.store.group('g').ref(labels('new'))).toBe(5)
})

test('a series that shows the same old sample for longer than the retention can go on', () => {
  const { store, clock } = openIn(newFolder(), { retentionMs: 2 * dayMs })
  const group = store.group('cadvisor')
  const ref = group.ref(labels('stopped'))
  expect(group.appendAt(ref, startMs, 1)).toBe('ok')
  for (let hour = 1; hour < 5 * 24; hour++) {
    clock.nowMs = startMs + hour * 3_600_000
    appendMinutes(store, 'other', 1, hour * 60, hour * 60 + 1)
    group.appendAt(ref, startMs, 1)
    store.maintain()
  }
  expect(minutesOf(store, 'stopped')).toEqual([])
  expect(group.appendAt(ref, clock.nowMs, 2)).toBe('ok')
  expect(minutesOf(store, 'stopped')).toEqual([[2]])
})

test('series that ended leave the head within hours and stay readable', () => {
  const { store, clock } = openIn(newFolder())
  for (let life = 0; life < 40; life++) {
    const group = store.group('target')
    const refs = Array.from({ length: 50 }, (_, i) =>
      group.ref(labels('pod', { i: String(i), life: String(life).padStart(2, '0') })),
    )
    for (let minute = 0; minute < 30; minute++) {
      clock.nowMs = startMs + (life * 30 + minute) * 60_000
      group.append(clock.nowMs, Int32Array.from(refs), new Float64Array(50).fill(minute), 50)
      store.maintain()
    }
    clock.nowMs += 30_000
    group.markStale(clock.nowMs, refs)
  }
  // Two hours of columns, and the two hours that they had samples in.
  expect(store.stats().series).toBeLessThanOrEqual(50 * (4 + 4 + 2))
  expect(store.select(everything, -Infinity, Infinity).length).toBe(2000)
  const all = store.select(everything, -Infinity, Infinity)
  expect(all.every(({ values }) => values.length === 31)).toBe(true)
})

test('a group that stops leaves nothing in the head or the log, and can come back', () => {
  const opened = openIn(newFolder())
  const { store, clock } = opened
  appendMinutes(store, 'm', 30, 0, 50)
  store.group('g').appendAt(store.group('g').ref(labels('own')), startMs, 4)
  for (let i = 0; i < 20; i++) {
    clock.nowMs += 1_800_000
    store.maintain()
  }
  expect(store.stats().series).toBe(0)
  expect(minutesOf(store, 'm')[29]).toEqual(range(0, 50))
  expect(minutesOf(store, 'own')).toEqual([[4]])
  appendMinutes(store, 'm', 30, 600, 610)
  expect(minutesOf(store, 'm')[29]).toEqual([...range(0, 50), ...range(600, 610)])
})

test('series lists are limited to the days asked for', () => {
  const { store, clock } = openIn(newFolder())
  for (let minute = 0; minute < 3 * 1440; minute += 30) {
    clock.nowMs = startMs + minute * 60_000
    if (minute < 1440) appendMinutes(store, 'first', 1, minute, minute + 30)
    else appendMinutes(store, 'second', 1, minute, minute + 30)
    store.maintain()
  }
  const names = (from: number, to: number) =>
    store.labelValues('__name__', [], startMs + from * dayMs, startMs + to * dayMs)
  expect(names(0, 0.05)).toEqual(['first'])
  expect(names(2.9, 3)).toEqual(['second'])
  expect(names(0, 3)).toEqual(['first', 'second'])
  expect(store.labelNames([everything], startMs, startMs)).toEqual(['__name__', 'i'])
})
