/** Routing, against a recording response: no sockets. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { routes } from '../../../shared/web/routes.ts'

const table = routes({
  '/': (_request, response) => void response.end('landing'),
  '/metrics': (_request, response) => void response.end('metrics'),
})

function check(url: string, expected: string): void {
  let seen = ''
  const response = {
    writeHead: (status: number, headers: Record<string, string>) => {
      seen += `${status} ${headers['Location'] ?? headers['Content-Type']} `
    },
    end: (text = '') => {
      seen += text
    },
  }
  table({ url } as IncomingMessage, response as unknown as ServerResponse)
  expect(seen, url).toBe(expected)
}

test('routes serve exact paths, clean unclean ones and answer 404 as Go', () => {
  const notFound = '404 text/plain; charset=utf-8 404 page not found\n'
  check('/', 'landing')
  check('/?x=1', 'landing')
  check('/metrics', 'metrics')
  check('/metrics?collect[]=cpu', 'metrics')
  check('http://host:9100/metrics?x', 'metrics') // absolute form, through a proxy
  check('http://host', 'landing')
  check('/metrics/', notFound)
  check('/favicon.ico', notFound)
  check('/Metrics', notFound)
  check('*', notFound)
  check('//metrics', '301 /metrics ')
  check('//metrics?a=b//c', '301 /metrics?a=b//c ')
  check('/x/../metrics', '301 /metrics ')
  check('/./metrics//', '301 /metrics/ ')
  check('//evil.example/', '301 /evil.example/ ') // never an address elsewhere
  check('/..', '301 / ')
})
