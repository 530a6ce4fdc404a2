import { expect, test } from 'vitest'
import {
  firstDelayMs,
  nextTick,
  offsetMs,
  scrapeTime,
} from '../../../pullserver/scrape/schedule.ts'

test('the next tick is behind the given time and on the grid', () => {
  const check = (afterMs: number, intervalMs: number, offset: number, expected: number) => {
    expect(nextTick(afterMs, intervalMs, offset)).toBe(expected)
  }
  check(0, 1000, 300, 300)
  check(299, 1000, 300, 300)
  check(300, 1000, 300, 1300)
  check(1_790_000_000_123, 15_000, 7, 1_790_000_010_007)
  check(1_790_000_000_123, 15_000, 0, 1_790_000_010_000)
})

test('offsets are stable, differ by target and server, and spread over the interval', () => {
  expect(offsetMs('a', 's', 60_000)).toBe(offsetMs('a', 's', 60_000))
  expect(offsetMs('a', 's', 60_000)).not.toBe(offsetMs('b', 's', 60_000))
  expect(offsetMs('a', 's', 60_000)).not.toBe(offsetMs('a', 't', 60_000))
  const quarters = [0, 0, 0, 0]
  for (let i = 0; i < 1000; i++) {
    const quarter = Math.floor(offsetMs(`t${i}`, 's', 60_000) / 15_000)
    quarters[quarter] = (quarters[quarter] ?? 0) + 1
  }
  for (const count of quarters) expect(count).toBeGreaterThan(200)
})

test('a first scrape comes within a second or within the interval', () => {
  expect(firstDelayMs(59_300, 60_000)).toBe(300)
  expect(firstDelayMs(180, 200)).toBe(180)
})

test('a timestamp is put on its tick when it is at most 2 ms or 1 % late', () => {
  expect(scrapeTime(15_000, 15_000, 15_000)).toBe(15_000)
  expect(scrapeTime(15_002, 15_000, 15_000)).toBe(15_000)
  expect(scrapeTime(15_003, 15_000, 15_000)).toBe(15_003)
  expect(scrapeTime(14_999, 15_000, 15_000)).toBe(15_000) // timers may be a little early
  expect(scrapeTime(30_001, 15_000, 15_000)).toBe(30_000) // a tick was left out
  expect(scrapeTime(102, 100, 100)).toBe(102) // 1 % is 1 ms here
})
