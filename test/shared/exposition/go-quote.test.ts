import { expect, test } from 'vitest'
import { quoteByte, quoteBytes } from '../../../shared/exposition/go-quote.ts'
import { quote } from '../../../shared/quote.ts'

function check(bytes: string, expected: string): void {
  expect(quoteBytes(bytes)).toBe(expected)
}

test('quoteBytes writes what Go writes for %q of a string', () => {
  check('', '""')
  check('a "b" \\ c', '"a \\"b\\" \\\\ c"')
  check('\x00\x07\b\f\n\r\t\v\x1f\x7f', '"\\x00\\a\\b\\f\\n\\r\\t\\v\\x1f\\x7f"')
  check('\xc3\xb6\xe2\x82\xac', '"ö€"')
  check('\xc3', '"\\xc3"') // cut off
  check('\xc0\x80\xed\xa0\x80', '"\\xc0\\x80\\xed\\xa0\\x80"') // overlong, surrogate
  check('\xc2\xa0\xef\xbb\xbf', '"\\u00a0\\ufeff"') // not printable
  check('\xf0\x9f\x98\x80\xf3\xa0\x80\x81', '"😀\\U000e0001"')
  expect(quote('ö"')).toBe('"ö\\""')
})

test('quoteByte takes a byte for a code point, as Go does', () => {
  expect([0x62, 0x27, 0x22, 0x0a, 0xc3].map(quoteByte)).toEqual([
    "'b'",
    "'\\''",
    "'\"'",
    "'\\n'",
    "'Ã'",
  ])
})
