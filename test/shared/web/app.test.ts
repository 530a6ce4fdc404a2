/** The Express app factory: what it answers beside the routes that a program sets up. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createLog } from '../../../shared/log.ts'
import { createApp } from '../../../shared/web/app.ts'

async function ask(path: string): Promise<{ response: Response; body: string; lines: string[] }> {
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => lines.push(line) })
  const handler = createApp((app) => {
    app.get('/ok', (_request, response) => void response.send('fine'))
    app.get('/bug', () => {
      throw new Error('broken')
    })
    app.get('/async-bug', () => Promise.reject(new Error('broken later')))
    app.get('/bad', () => {
      throw Object.assign(new Error('want x'), { status: 422 })
    })
  }, log)
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return { response, body: await response.text(), lines }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('routes answer without telling about Express', async () => {
  const { response, body, lines } = await ask('/ok')
  expect([response.status, body, lines]).toEqual([200, 'fine', []])
  expect(response.headers.has('x-powered-by')).toBe(false)
  expect(response.headers.has('etag')).toBe(false)
})

test('unknown paths get the 404 of Go', async () => {
  for (const path of ['/nope', '/OK', '/ok/']) {
    const { response, body } = await ask(path)
    expect([response.status, body]).toEqual([404, '404 page not found\n'])
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('a thrown error is a 500 that says nothing and a log line that says all', async () => {
  for (const [path, reason] of [
    ['/bug', 'broken'],
    ['/async-bug', 'broken later'],
  ] as const) {
    const { response, body, lines } = await ask(path)
    expect([response.status, body]).toEqual([500, 'Internal Server Error\n'])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(`url=${path}`)
    expect(lines[0]).toMatch(reason)
  }
})

test('an error of the client is told to the client only', async () => {
  const { response, body, lines } = await ask('/bad')
  expect([response.status, body, lines]).toEqual([422, 'want x\n', []])
  const undecodable = await ask('/%E0%A4%A')
  expect([undecodable.response.status, undecodable.lines]).toEqual([404, []])
})
