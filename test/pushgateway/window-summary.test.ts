import { expect, test } from 'vitest'
import { WindowSummary } from '../../pushgateway/window-summary.ts'

test('quantiles are within one per cent, from nanoseconds to 100 GB', () => {
  for (const scale of [1e-9, 1e-3, 1, 1e8]) {
    const summary = new WindowSummary(() => 0)
    for (let i = 1; i <= 1000; i++) summary.observe(i * scale)
    const { count, sum = 0, quantiles } = summary.read()
    expect(count).toBe(1000)
    expect(sum / scale).toBeCloseTo(500_500)
    for (const [quantile, value] of quantiles) {
      expect(Math.abs(value / (quantile * 1000 * scale) - 1)).toBeLessThan(0.011)
    }
  }
})

test('quantiles forget what is older than ten minutes, count and sum do not', () => {
  let now = 0
  const summary = new WindowSummary(() => now)
  summary.observe(100)
  now = 9 * 60_000
  summary.observe(1)
  const median = () => summary.read().quantiles[1]?.[1]
  expect(summary.read().quantiles[2]?.[1]).toBeCloseTo(100, -1)
  now = 11 * 60_000
  expect(median()).toBeCloseTo(1, 1)
  now = 20 * 60_000
  expect(median()).toBeNaN()
  expect(summary.read()).toMatchObject({ count: 2, sum: 101 })
  now = 500 * 60_000
  summary.observe(5)
  expect(median()).toBeCloseTo(5, 0)
})

test('zero and what is beyond all buckets are counted', () => {
  const summary = new WindowSummary(() => 0)
  summary.observe(0)
  summary.observe(1e300)
  expect(summary.read().count).toBe(2)
  expect(summary.read().quantiles[0]?.[1]).toBeLessThan(1e-8)
})
