/** Sends the calls of a case as they stand, without the tidying of a URL parser, and checks the answer. */
import http from 'node:http'
import { expect } from 'vitest'
import type { Call, HttpCase } from './http-cases.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export function send(url: string, [method, path, body, headers]: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, path, headers: headers ?? {} }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Leaves the gateway empty. */
export async function runHttpCase(url: string, one: HttpCase): Promise<void> {
  await forgetAll(url)
  for (const call of one.before ?? []) {
    const { status } = await send(url, call)
    expect([200, 400], `status of ${call[0]} ${call[1]}`).toContain(status)
  }
  const answer = await send(url, one.call)
  expect(answer.status).toBe(one.status)
  if (typeof one.body === 'string') expect(answer.body).toBe(one.body)
  if (one.body instanceof RegExp) expect(answer.body).toMatch(one.body)
  for (const [name, value] of Object.entries(one.headers ?? {})) {
    const got = answer.headers[name] ?? null
    if (value instanceof RegExp) expect(got, name).toMatch(value)
    else expect(got, name).toBe(value)
  }
  if (one.page === undefined) return
  const page = await send(url, ['GET', '/metrics'])
  expect(page.status).toBe(200)
  const lines = page.body.split('\n')
  for (const line of one.page) {
    if (line.startsWith('!')) expect(lines).not.toContain(line.slice(1))
    else expect(lines).toContain(line)
  }
}

/** The original only queues the deletions, so this waits until they are made. */
async function forgetAll(url: string): Promise<void> {
  await send(url, ['PUT', '/api/v1/admin/wipe'])
  await expect
    .poll(async () => (await send(url, ['GET', '/api/v1/metrics'])).body, { interval: 5 })
    .toBe('{"status":"success","data":[]}')
}
