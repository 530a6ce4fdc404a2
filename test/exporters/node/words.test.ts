import { expect, test } from 'vitest'
import { Words } from '../../../exporters/node/words.ts'

function checkNumber(text: string, expected: number): void {
  test(`Words reads ${JSON.stringify(text)} as ${expected}`, () => {
    expect(new Words(Buffer.from(text)).number()).toBe(expected)
  })
}

checkNumber('0', 0)
checkNumber('  42 7', 42)
checkNumber('\t42\n', 42)
checkNumber('-1 ', -1)
checkNumber('999999999999999', 999999999999999) // the last one summed digit by digit
checkNumber('9007199254740993', 9007199254740992) // rounded once, as Go does with uint64
checkNumber('18446744073709551615', 2 ** 64)
checkNumber('-9223372036854775808', -(2 ** 63))
checkNumber('000000000000000000001', 1)

function checkRefused(text: string, message: RegExp): void {
  test(`Words refuses ${JSON.stringify(text)} as a number`, () => {
    expect(() => new Words(Buffer.from(text)).number()).toThrow(message)
  })
}

checkRefused('', /found the end of ""/)
checkRefused('\n5', /found the end/) // numbers do not continue on the next line
checkRefused('12a', /found "12a" in "12a"/)
checkRefused('-', /found "-"/)
checkRefused('1.5', /found "1.5"/)
checkRefused('x'.repeat(200), /xxx\.\.\."/) // long lines are cut

function checkHex(text: string, expected: number): void {
  test(`Words reads hexadecimal ${JSON.stringify(text)} as ${expected}`, () => {
    expect(new Words(Buffer.from(text)).hex()).toBe(expected)
  })
}

checkHex('0', 0)
checkHex(' 0000fA 7', 250)
checkHex('1fffffffffffff\n', 2 ** 53 - 1)
checkHex('20000000000001', 2 ** 53) // rounded once
checkHex('ffffffffffffffff', 2 ** 64)

function checkHexRefused(text: string, message: RegExp): void {
  test(`Words refuses ${JSON.stringify(text)} as a hexadecimal number`, () => {
    expect(() => new Words(Buffer.from(text)).hex()).toThrow(message)
  })
}

checkHexRefused('', /found the end of ""/)
checkHexRefused('0x1', /found "0x1"/)
checkHexRefused('-1', /found "-1"/)
checkHexRefused('fg', /found "fg"/)

test('Words gives the rest of a line', () => {
  const words = new Words(Buffer.from('a  b c \nd'))
  expect([words.word(), words.rest(), words.rest()]).toEqual(['a', 'b c', ''])
  words.nextLine()
  expect(words.rest()).toBe('d')
})

test('Words walks over lines, words and numbers', () => {
  const words = new Words(Buffer.from('cpu0 1 2\n\nä  last'))
  expect(words.startsWith('cpu')).toBe(true)
  expect(words.word()).toBe('cpu0')
  expect([words.number(), words.number(), words.toWord()]).toEqual([1, 2, false])
  words.nextLine()
  expect([words.hasMore, words.toWord()]).toEqual([true, false])
  words.nextLine()
  expect([words.word(), words.word(), words.word()]).toEqual(['ä', 'last', ''])
  words.nextLine()
  expect(words.hasMore).toBe(false)
})
