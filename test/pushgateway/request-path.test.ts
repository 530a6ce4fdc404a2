import { expect, test } from 'vitest'
import { cleanPath, decodePath } from '../../pushgateway/request-path.ts'

const clean: [path: string, expected: string][] = [
  ['/metrics/job/a', '/metrics/job/a'],
  ['/', '/'],
  ['//', '/'],
  ['/a//b', '/a/b'],
  ['/a/./b/', '/a/b/'],
  ['/a/../../b', '/b'],
  ['/a/.', '/a'],
  ['/a/..', '/'],
  ['/a/.b/c..', '/a/.b/c..'], // dots of names
  ['/a/%2e%2e/b', '/a/%2e%2e/b'], // escapes are not looked into
]

test.each(clean)('the clean path of %s is %s', (path, expected) => {
  expect(cleanPath(path)).toBe(expected)
})

const decoded: [path: string, expected: string | undefined][] = [
  ['/a%20b', '/a b'],
  ['/%CE%A0', '/\xce\xa0'], // bytes, not text
  ['/%2F%25', '//%'],
  ['/\xce\xa0', '/\xce\xa0'],
  ['/%0A%00', '/\n\0'],
  ['/%', undefined],
  ['/%2', undefined],
  ['/%zz', undefined],
]

test.each(decoded)('the decoded path of %j is %j', (path, expected) => {
  expect(decodePath(path)).toBe(expected)
})
