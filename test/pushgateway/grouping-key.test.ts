import { expect, test } from 'vitest'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import type { NameScheme } from '../../shared/exposition/names.ts'

/** The key's label text, or why it is refused. */
function read(rest: string, names: NameScheme = 'legacy'): string {
  try {
    return parseGroupingKey(rest, names).text
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : String(error)}`
  }
}

const plain: [rest: string, expected: string][] = [
  ['/a', 'job="a"'],
  ['/a/', 'job="a"'],
  ['/a/b/c', 'b="c",job="a"'],
  ['/a/z/1/b/2', 'b="2",job="a",z="1"'], // order does not matter
  ['/a/l/1/l/2', 'job="a",l="2"'], // the last wins
  ['/a/job/b', 'job="a"'], // JOB wins over a label job
  ['/a/l/', 'job="a",l=""'], // an empty value is a value
  ['/a b"\\\n/c/\xce\xa0', 'c="Π",job="a b\\"\\\\\\n"'],
  ['/a/@base64/YQ', 'refused: improper label name ""'],
  ['/a/b', 'refused: odd number of components in label string "/b"'],
  ['/a/b/c/d', 'refused: odd number of components in label string "/b/c/d"'],
  ['/a/0b/c', 'refused: improper label name "0b"'],
  ['/a/b.c/d', 'refused: improper label name "b.c"'],
  ['/a/__b/c', 'refused: improper label name "__b"'],
  ['//l/v', 'refused: job name is required'],
  ['/\xff', 'refused: value of label job is not valid UTF-8: "\\xff"'], // breaks the original
  ['/a/l/\xc3', 'refused: value of label l is not valid UTF-8: "\\xc3"'],
]

test.each(plain)('a path %j gives %s', (rest, expected) => {
  expect(read(rest)).toBe(expected)
})

const base64: [rest: string, expected: string][] = [
  ['@base64/YQ', 'job="a"'],
  ['@base64/YQ==', 'job="a"'],
  ['@base64/YQ======', 'job="a"'],
  ['@base64/YR', 'job="a"'], // bits that are left over may be anything
  ['@base64/Y\nQ', 'job="a"'],
  ['@base64/YS9iL2M', 'job="a/b/c"'],
  ['/a/l@base64/Yi9j/m/n', 'job="a",l="b/c",m="n"'],
  ['/a/l@base64/=', 'job="a",l=""'],
  ['/a/l@base64/', 'job="a",l=""'],
  ['/a/l@base64/8J-YgA', 'job="a",l="😀"'],
  ['@base64/=', 'refused: job name is required'],
  [
    '@base64/Y',
    'refused: invalid base64 encoding in job name "": illegal base64 data at input byte 0',
  ],
  [
    '@base64/YQ+Y',
    'refused: invalid base64 encoding in job name "": illegal base64 data at input byte 2',
  ],
  [
    '@base64/YQ=Q',
    'refused: invalid base64 encoding in job name "": illegal base64 data at input byte 2',
  ],
  [
    '/a/l@base64/YWJjZ',
    'refused: invalid base64 encoding for label l="YWJjZ": illegal base64 data at input byte 4',
  ],
  ['@base64/_w', 'refused: value of label job is not valid UTF-8: "\\xff"'],
]

test.each(base64)('base64 in %j gives %s', (rest, expected) => {
  expect(read(rest)).toBe(expected)
})

const utf8: [rest: string, expected: string][] = [
  ['/a/b.c/d', '"b.c"="d",job="a"'],
  ['/a/U__b_2e_c/d', '"b.c"="d",job="a"'],
  ['/a/U__b__c/d', 'b_c="d",job="a"'],
  ['/a/U__b_1F600_/d', '"b😀"="d",job="a"'],
  ['/a/U__b_d800_/d', 'U__b_d800_="d",job="a"'], // a surrogate is no rune: the name stays
  ['/a/U__b_/d', 'U__b_="d",job="a"'],
  ['/a/U______x/d', 'refused: improper label name "U______x"'], // that is __x: breaks the original
  ['/a/__x/d', 'refused: improper label name "__x"'],
]

test.each(utf8)('with UTF-8 names %j gives %s', (rest, expected) => {
  expect(read(rest, 'utf8')).toBe(expected)
})
