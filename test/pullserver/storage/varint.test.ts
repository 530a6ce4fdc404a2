import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  byteSink,
  readAscending,
  readTimes,
  readVarint,
  writeAscending,
  writeTimes,
  writeVarint,
  written,
} from '../../../pullserver/storage/varint.ts'

const limit = 2 ** 52

test('any whole number up to 2^52 comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeInteger().map((n) => n % (limit + 1))), (numbers) => {
      const sink = byteSink()
      for (const number of numbers) writeVarint(sink, number)
      const source = { bytes: written(sink), offset: 0 }
      expect(numbers.map(() => readVarint(source))).toEqual(numbers.map((n) => n + 0))
      expect(source.offset).toBe(sink.length)
    }),
  )
})

function checkTimes(times: readonly number[]): number {
  const sink = byteSink()
  writeTimes(sink, Float64Array.from(times), times.length)
  const out = new Float64Array(times.length + 1)
  const source = { bytes: written(sink), offset: 0 }
  expect(readTimes(source, out, 1)).toBe(times.length)
  expect([...out.subarray(1)]).toEqual(times)
  expect(source.offset).toBe(sink.length)
  return sink.length
}

test('any ascending timestamps come back', () => {
  const step = fc.oneof(
    fc.constantFrom(15_000, 15_000, 15_001, 1),
    fc.integer({ min: 1, max: 1e9 }),
  )
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e13 }), fc.array(step), (first, steps) => {
      let time = first
      checkTimes([first, ...steps.map((one) => (time += one))])
    }),
  )
})

test('a punctual target costs a few bytes per chunk', () => {
  expect(checkTimes(Array.from({ length: 120 }, (_, i) => 1.8e12 + i * 15_000))).toBeLessThan(16)
})

test('ascending ids come back', () => {
  for (const ids of [[], [1], [1, 2, 3, 1000, 2 ** 31 - 1]]) {
    const sink = byteSink()
    writeAscending(sink, Int32Array.from(ids))
    expect([...readAscending({ bytes: written(sink), offset: 0 })]).toEqual(ids)
  }
})

test('a list that ends in the middle is an error', () => {
  const source = { bytes: Uint8Array.of(0x80), offset: 0 }
  expect(() => readVarint(source)).toThrow('ends in the middle')
})
