import { expect, test } from 'vitest'
import { globalUrl } from '../../../pullserver/scrape/global-url.ts'

function check(url: string, expected: string): void {
  expect(globalUrl(url, 'https://prom.example.org/path')).toBe(expected)
}

test('only targets on localhost get another host', () => {
  check('http://10.0.0.1:9100/metrics', 'http://10.0.0.1:9100/metrics')
  check('http://localhost:9100/metrics?a=b', 'http://prom.example.org:9100/metrics?a=b')
  check('http://127.0.0.1:9100/metrics', 'http://prom.example.org:9100/metrics')
  check('http://[::1]:9100/metrics', 'http://prom.example.org:9100/metrics')
  check('http://localhost:443/metrics', 'https://prom.example.org/metrics')
  check('http://not a url/', 'http://not a url/')
})
