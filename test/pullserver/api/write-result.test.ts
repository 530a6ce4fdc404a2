import { expect, test } from 'vitest'
import { writeResult, writeSampleValue } from '../../../pullserver/api/write-result.ts'

const labels = [
  { name: '__name__', value: 'up' },
  { name: 'path', value: 'C:\\ "x"' },
]

test('writeSampleValue writes as Go does', () => {
  const check = (value: number, expected: string) => expect(writeSampleValue(value)).toBe(expected)
  check(0, '0')
  check(-0, '-0')
  check(1, '1')
  check(123456789.125, '123456789.125')
  check(1e20, '100000000000000000000')
  check(1e21, '1e+21')
  check(1e-6, '0.000001')
  check(1e-7, '1e-07') // two digits in the exponent
  check(1.5e-10, '1.5e-10')
  check(Number.NaN, 'NaN')
  check(Number.POSITIVE_INFINITY, '+Inf')
  check(Number.NEGATIVE_INFINITY, '-Inf')
})

const notes = { warnings: [], infos: [] }

test('a vector has its type before its result, and label values are escaped', () => {
  const { json, truncated } = writeResult(
    { type: 'vector', samples: [{ labels, timestampMs: 1_700_000_000_500, value: 2.5 }], ...notes },
    10,
  )
  expect(json).toBe(
    '{"resultType":"vector","result":[{"metric":{"__name__":"up","path":"C:\\\\ \\"x\\""},"value":[1700000000.500,"2.5"]}]}',
  )
  expect(truncated).toBe(false)
})

test('times are whole seconds or have exactly three decimals', () => {
  const check = (timestampMs: number, expected: string) =>
    expect(writeResult({ type: 'scalar', timestampMs, value: 1, ...notes }, 1).json).toBe(
      `{"resultType":"scalar","result":[${expected},"1"]}`,
    )
  check(4000, '4')
  check(1_700_000_000_005, '1700000000.005')
  check(0, '0')
  check(-500, '-0.500')
  check(-1500, '-1.500')
})

test('a matrix is cut at the limit and says so', () => {
  const series = [1, 2].map((value) => ({
    labels,
    timestampsMs: Float64Array.of(1000, 2000),
    values: Float64Array.of(value, Number.NaN),
  }))
  const { json, truncated } = writeResult({ type: 'matrix', series, ...notes }, 1)
  expect(JSON.parse(json).result).toEqual([
    {
      metric: { __name__: 'up', path: 'C:\\ "x"' },
      values: [
        [1, '1'],
        [2, 'NaN'],
      ],
    },
  ])
  expect(truncated).toBe(true)
})
