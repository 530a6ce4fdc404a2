import { expect, test } from 'vitest'
import { routePrefix, telemetryPath } from '../../pushgateway/web-paths.ts'

const prefixes: [prefix: string, externalUrl: string, expected: string][] = [
  ['', '', ''],
  ['/', '', ''],
  ['pg', '', '/pg'],
  ['/pg/', '', '/pg'],
  ['/a/b', 'http://example.org/c', '/a/b'],
  ['', 'http://example.org/c/d/', '/c/d'],
  ['', 'https://example.org', ''],
  ['', 'example.org:9091/c', '/c'],
  ['/', 'http://example.org/c', ''],
]

test.each(prefixes)('prefix %j and external URL %j give %j', (prefix, externalUrl, expected) => {
  expect(routePrefix(prefix, externalUrl)).toBe(expected)
})

test('what is no URL or no path is said', () => {
  expect(() => routePrefix('', 'http://[')).toThrow('--web.external-url wants a URL')
  expect(() => telemetryPath('metrics')).toThrow('--web.telemetry-path must start with a slash')
  expect(telemetryPath('/m')).toBe('/m')
})
