import { expect, test } from 'vitest'
import { createClock } from '../../pushgateway/clock.ts'

test('no two readings are equal, and a clock that is set back far is followed', () => {
  const wall = [1000, 1000, 1000, 999, 1001, 5000, 4500, 100, 100]
  const clock = createClock(() => wall.shift() ?? 0)
  const readings = Array.from({ length: 9 }, clock)
  expect(readings).toEqual(
    [1000, 1000.001, 1000.002, 1000.003, 1001, 5000, 5000.001, 100, 100.001].map((ms) =>
      expect.closeTo(ms, 6),
    ),
  )
})
