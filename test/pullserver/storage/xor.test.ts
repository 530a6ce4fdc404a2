import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BitStream } from '../../../pullserver/storage/xor.ts'
import { decodeColumn, encodeColumn } from '../../../pullserver/storage/xor.ts'

/** Columns of [low, high] words go through one stream and come back as they were. */
function check(columns: readonly (readonly [number, number])[][]): number {
  const stream: BitStream = { words: new Uint32Array(512), position: 0 }
  const flat = columns.map((column) => Uint32Array.from(column.flat()))
  const starts = flat.map((words) => {
    const start = stream.position
    expect(encodeColumn(stream, words, words.length / 2)).toBe(stream.position - start)
    return start
  })
  const read = stream.words.slice(0, (stream.position >>> 5) + 2)
  for (const [i, words] of flat.entries()) {
    const out = new Uint32Array(words.length + 4).fill(7)
    const end = decodeColumn(read, starts[i] ?? 0, words.length / 2, out, 2)
    expect(end).toBe(starts[i + 1] ?? stream.position)
    expect([...out]).toEqual([7, 7, ...words, 7, 7])
  }
  return stream.position
}

/** The words of doubles given as numbers. */
function doubles(...values: number[]): [number, number][] {
  const words = new Uint32Array(Float64Array.from(values).buffer)
  return values.map((_, i) => [words[2 * i] ?? 0, words[2 * i + 1] ?? 0])
}

const word = fc.integer({ min: 0, max: 0xffffffff })
const nearby = fc.oneof(fc.constantFrom(0, 1, 0x80000000, 0xffffffff, 0x7ff00000), word)
const anyValue = fc.tuple(nearby, nearby)
const anyColumn = fc.oneof(
  fc.array(anyValue, { minLength: 1, maxLength: 127 }),
  fc.array(fc.double(), { minLength: 1, maxLength: 120 }).map((values) => doubles(...values)),
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 120 }).map((steps) => {
    let sum = 0
    return doubles(...steps.map((step) => (sum += step)))
  }),
)

test('decode gives back any bits that were encoded', () => {
  fc.assert(
    fc.property(fc.array(anyColumn, { minLength: 1, maxLength: 40 }), (columns) => {
      check(columns)
    }),
  )
})

test('NaN bits are kept: ordinary, stale and others', () => {
  check([
    [
      [1, 0x7ff80000],
      [2, 0x7ff00000],
      [0, 0xfff80000],
      [0xffffffff, 0xffffffff],
      [0, 0],
    ],
  ])
})

test('a column that stays the same is one bit and its value', () => {
  expect(check([doubles(...Array(120).fill(0))])).toBe(2)
  expect(check([doubles(...Array(120).fill(1))])).toBeLessThan(32)
})

test('a value that stays the same for a while is a bit a sample', () => {
  expect(check([doubles(...Array(60).fill(5), ...Array(60).fill(6))])).toBeLessThan(170)
})
