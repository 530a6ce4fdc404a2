/** Sample values are written as Go's strconv does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSampleValue } from '../../../pullserver/promql/format-number.ts'

test.each([
  [0, '0'],
  [-0, '-0'],
  [1.5, '1.5'],
  [-123456789, '-123456789'],
  [100000, '100000'],
  [1e6, '1000000'],
  [1e21, `1${'0'.repeat(21)}`],
  [1.25e-7, '0.000000125'],
  [0.0001, '0.0001'],
  [0.00001, '0.00001'],
  [-5e-324, `-0.${'0'.repeat(323)}5`],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('%s is written %s', (value, text) => {
  expect(formatSampleValue(value)).toBe(text)
})

test('what is written gives the number back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = formatSampleValue(value)
      expect(text).not.toContain('e')
      expect(Object.is(Number(text), value)).toBe(true)
    }),
  )
})
