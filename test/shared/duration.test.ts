import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../../shared/duration.ts'

function check(text: string, expectedMs: number): void {
  expect(parseDuration(text), text).toBe(expectedMs)
}

function checkError(text: string, expected: string): void {
  expect(() => parseDuration(text), text).toThrow(new SyntaxError(expected))
}

function checkFormat(ms: number, expected: string): void {
  expect(formatDuration(ms)).toBe(expected)
}

test('parse reads Go and Prometheus durations', () => {
  check('5s', 5_000)
  check('1h30m', 5_400_000)
  check('1.5s', 1_500)
  check('.5s', 500)
  check('5.s', 5_000)
  check('300ms', 300)
  check('100us', 0.1)
  check('100µs', 0.1)
  check('100μs', 0.1)
  check('10ns', 0.00001)
  check('-5s', -5_000)
  check('+5s', 5_000)
  check('0', 0)
  check('15d', 1_296_000_000)
  check('1w2d', 777_600_000)
  check('1y', 31_536_000_000)
})

test('parse refuses in the words of Go', () => {
  checkError('5', 'time: missing unit in duration "5"')
  checkError('1h5', 'time: missing unit in duration "1h5"')
  checkError('5x', 'time: unknown unit "x" in duration "5x"')
  checkError('5 s', 'time: unknown unit " s" in duration "5 s"')
  checkError('x', 'time: invalid duration "x"')
  checkError('', 'time: invalid duration ""')
  checkError('-', 'time: invalid duration "-"')
  checkError('1s.', 'time: invalid duration "1s."')
  checkError('9'.repeat(80), `time: missing unit in duration "${'9'.repeat(64)}..."`)
})

test('format writes as Go does', () => {
  checkFormat(0, '0s')
  checkFormat(300_000, '5m0s')
  checkFormat(5_400_000, '1h30m0s')
  checkFormat(1_500, '1.5s')
  checkFormat(300, '300ms')
  checkFormat(0.1, '100µs')
  checkFormat(0.00001, '10ns')
  checkFormat(-5_000, '-5s')
  checkFormat(1_296_000_000, '360h0m0s')
})
