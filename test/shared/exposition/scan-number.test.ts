import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberScanner } from '../../../shared/exposition/scan-number.ts'

const scanner = new NumberScanner()

/** The number that the scanner reads in front of a line feed, undefined where it leaves that to others. */
function scan(text: string): number | undefined {
  const end = scanner.scan(Buffer.from(`${text}\n`), 0)
  if (end === -1) return undefined
  expect(end).toBe(text.length)
  return scanner.value
}

test.each([
  ['0', 0],
  ['-0', -0],
  ['+17.50', 17.5],
  ['1e+06', 1e6],
  ['1.5e-05', 1.5e-5],
  ['.5', 0.5],
  ['5.', 5],
  ['0.12345678901234568', 0.12345678901234568],
  ['9007199254740993.5', Number('9007199254740993.5')],
  ['1.7976931348623157e+22', Number('1.7976931348623157e22')],
  ['9007199254740993', undefined], // halfway between two doubles
  ['12345678901234567890', undefined], // 20 digits
  ['1e+23', undefined],
  ['', undefined],
  ['.', undefined],
  ['1e', undefined],
  ['NaN', undefined],
  ['0x10', undefined],
  ['1_0', undefined],
])('%s', (text, expected) => {
  expect(scan(text)).toBe(expected)
})

test('what it reads is what JavaScript reads, to the last bit', () => {
  const digits = fc.stringMatching(/^[0-9]{1,19}$/)
  const exponent = fc.option(fc.stringMatching(/^e[+-]?[0-9]{1,2}$/), { nil: '' })
  fc.assert(
    fc.property(digits, fc.nat(19), exponent, (text, place, power) => {
      const written = `${text.slice(0, place)}.${text.slice(place)}${power}`
      const read = scan(written)
      if (read !== undefined) expect(read).toBe(Number(written))
    }),
    { numRuns: 20_000 },
  )
})

test('it reads back what JavaScript writes', () => {
  let left = 0
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 1e15, noNaN: true }), (value) => {
      const read = scan(String(value))
      if (read === undefined) left++
      else expect(read).toBe(value)
    }),
    { numRuns: 5000 },
  )
  expect(left).toBe(0)
})
