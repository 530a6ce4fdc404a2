import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFloat, formatValue, parseValue } from '../../../shared/exposition/number.ts'
import { writeFloat, writeValue } from '../../../shared/exposition/write-number.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'

const target = new Uint8Array(64)

function written(value: number): string {
  const end = writeValue(Float64Array.of(Number.NaN, value), 1, target, 7)
  return Buffer.from(target.subarray(7, end)).toString()
}

function check(value: number, expected: string): void {
  expect(formatValue(value)).toBe(expected)
  expect(written(value), `writeValue(${value})`).toBe(expected)
}

test('values are laid out as Go lays them out', () => {
  check(0, '0')
  check(-0, '0')
  check(1, '1')
  check(-17, '-17')
  check(999_999, '999999')
  check(1e6, '1e+06')
  check(1_234_567, '1.234567e+06')
  check(-1_700_000_000, '-1.7e+09')
  check(1_604_676_851.123, '1.604676851123e+09')
  check(2 ** 53, '9.007199254740992e+15')
  check(123_456_789_012_345, '1.23456789012345e+14')
  check(1e21, '1e+21')
  check(1e100, '1e+100')
  check(0.1 + 0.2, '0.30000000000000004')
  check(0.25, '0.25')
  check(-12_345.678_9, '-12345.6789')
  check(0.0001, '0.0001')
  check(0.00001, '1e-05')
  check(5e-324, '5e-324')
  check(0.999_999_999_9, '0.9999999999')
  check(999_999.999_999_9, '999999.9999999')
  check(Number.NaN, 'NaN')
  check(Number.POSITIVE_INFINITY, '+Inf')
  check(Number.NEGATIVE_INFINITY, '-Inf')
  check(-Number.MIN_VALUE, '-5e-324')
  check(-2.225_073_858_507_201_4e-308, '-2.2250738585072014e-308')
})

test('writeValue gives the same text as formatValue for numbers of every size and precision', () => {
  let seed = 1
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  for (let round = 0; round < 50_000; round++) {
    const places = 10 ** Math.floor(random() * 9)
    const raw = (random() - 0.5) * 10 ** (random() * 22 - 5)
    const value = round % 2 === 0 ? raw : Math.round(raw * places) / places
    const text = written(value)
    if (text !== formatValue(value)) expect(text).toBe(formatValue(value))
    if (Number(text) !== value && value !== 0) expect(Number(text)).toBe(value)
  }
})

test('writeValue gives the same text as formatValue next to short decimals and for long ones', () => {
  const bits = new BigInt64Array(1)
  const double = new Float64Array(bits.buffer)
  const differences: string[] = []
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e8 }),
      fc.integer({ min: -8, max: 5 }),
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: 1e-4, max: 1e6, noNaN: true }),
      (whole, exponent, steps, long) => {
        double[0] = Number(`${whole}e${exponent}`)
        bits[0] = (bits[0] ?? 0n) + BigInt(steps)
        for (const value of [double[0] ?? 0, long, -1 / long, long % 1]) {
          const text = written(value)
          if (text !== formatValue(value)) differences.push(`${value}: ${text}`)
        }
      },
    ),
    { numRuns: 20_000 },
  )
  expect(differences).toEqual([])
})

test('parseValue takes what Go takes and nothing else', () => {
  expect(parseValue('00012')).toBe(12)
  expect(parseValue('.5')).toBe(0.5)
  expect(parseValue('1.')).toBe(1)
  expect(parseValue('+Infinity')).toBe(Number.POSITIVE_INFINITY)
  expect(parseValue('-iNf')).toBe(Number.NEGATIVE_INFINITY)
  expect(parseValue('nan')).toBeNaN()
  for (const bad of [
    '',
    '.',
    '1e',
    '0x1p3',
    '0x10',
    '1_000',
    '+NaN',
    '1e400',
    ' 1',
    '1\n',
    '1,5',
  ]) {
    expect(parseValue(bad), JSON.stringify(bad)).toBeUndefined()
  }
})

itShared('the numbers of the corpus are written as expfmt writes them', (folder) => {
  type Case = { bits: string; text: string; openmetrics: string }
  for (const { bits, text, openmetrics } of corpusCases<Case>(folder, 'format_numbers')) {
    const value = Buffer.from(bits, 'hex').readDoubleBE()
    check(value, text)
    expect(formatFloat(value)).toBe(openmetrics)
    const end = writeFloat(Float64Array.of(value), 0, target, 7)
    expect(Buffer.from(target.subarray(7, end)).toString()).toBe(openmetrics)
  }
})

itShared('the numbers of the corpus are read as ParseFloat reads them', (folder) => {
  type Case = { s: string; ok: boolean; bits?: string }
  for (const { s, ok, bits } of corpusCases<Case>(folder, 'parse_numbers')) {
    const value = parseValue(s)
    if (!ok) expect(value, s).toBeUndefined()
    else expect(value, s).toBe(Buffer.from(bits ?? '', 'hex').readDoubleBE())
  }
})
