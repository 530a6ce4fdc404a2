import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../../pullserver/config/duration.ts'

function check(text: string, expectedMs: number, formatted = text): void {
  expect({ text, ms: parseDuration(text) }).toEqual({ text, ms: expectedMs })
  expect({ text, formatted: formatDuration(expectedMs) }).toEqual({ text, formatted })
}

function refuse(text: string, message: string): void {
  expect(() => parseDuration(text), text).toThrow(new RangeError(message))
}

test('durations are read and written as Prometheus does', () => {
  check('0', 0, '0s')
  check('0s', 0)
  check('1ms', 1)
  check('15s', 15_000)
  check('90s', 90_000, '1m30s')
  check('1h30m', 5_400_000)
  check('24h', 86_400_000, '1d')
  check('90d', 90 * 86_400_000)
  check('14d', 14 * 86_400_000, '2w')
  check('1y', 365 * 86_400_000)
  check('1w2d3h4m5s6ms', 788_645_006, '9d3h4m5s6ms')
})

test('parseDuration refuses what is not a duration', () => {
  refuse('', 'empty duration string')
  refuse('5', 'not a valid duration string: "5"')
  refuse('1s1m', 'not a valid duration string: "1s1m"')
  refuse('-1s', 'not a valid duration string: "-1s"')
  refuse('1.5s', 'not a valid duration string: "1.5s"')
  refuse('1 s', 'not a valid duration string: "1 s"')
  refuse('300y', 'duration out of range')
})
