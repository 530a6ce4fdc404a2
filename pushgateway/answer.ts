/** Answers as the original gives them. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainText } from '../shared/web/routes.ts'
import type { Refused } from './refused.ts'

/** An empty body, without a Content-Type. */
export function answerEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 })
  response.end()
}

/** The reason as plain text. */
export function answerRefused(response: ServerResponse, refused: Refused): void {
  // What is left of a body that nobody reads would be taken for the next request.
  if (refused.status === 413) response.setHeader('Connection', 'close')
  plainText(response, refused.status, `${refused.message}\n`)
}

/** Go's answer to a wrong method; `allowed` are the right ones, without OPTIONS, which always is. */
export function answerMethod(
  response: ServerResponse,
  method: string | undefined,
  allowed: readonly string[],
): void {
  response.setHeader('Allow', [...allowed, 'OPTIONS'].sort().join(', '))
  if (method === 'OPTIONS') answerEmpty(response, 200)
  else plainText(response, 405, 'Method Not Allowed\n')
}

/** With the small page that Go sends to browsers. The location is a path, escaped as it came. */
export function answerRedirect(
  request: IncomingMessage,
  response: ServerResponse,
  status: 301 | 307,
  location: string,
): void {
  if (request.method !== 'GET') {
    response.writeHead(status, { Location: location, 'Content-Length': 0 })
    response.end()
    return
  }
  const text = status === 301 ? 'Moved Permanently' : 'Temporary Redirect'
  const href = location.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  const body = `<a href="${href}">${text}</a>.\n\n`
  response.writeHead(status, {
    Location: location,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body, 'latin1'),
  })
  response.end(body, 'latin1')
}
