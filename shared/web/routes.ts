/** Exact paths to handlers, with Go's answers for everything else. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/**
 * Serves each path of the table by its handler, whatever the method, as the originals do. Unclean paths
 * (`//metrics`, `/x/../metrics`) are sent to the clean one, all others get Go's 404.
 */
export function routes(table: Readonly<Record<string, Handler>>): Handler {
  const handlers = new Map(Object.entries(table))
  return (request, response) => {
    const { path, search } = splitTarget(request.url ?? '/')
    const handler = handlers.get(path)
    if (handler !== undefined) return handler(request, response)
    const clean = cleanPath(path)
    if (clean !== path) return redirect(response, clean + search)
    notFound(response)
  }
}

/** Path and query string (with its `?`, or empty) of a request target, also of an absolute one. */
export function splitTarget(target: string): { path: string; search: string } {
  const local = target.startsWith('/')
    ? target
    : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '')
  const question = local.indexOf('?')
  if (question === -1) return { path: local === '' ? '/' : local, search: '' }
  return { path: local.slice(0, question) || '/', search: local.slice(question) }
}

/** Go's `404 page not found`. */
export function notFound(response: ServerResponse): void {
  plainText(response, 404, '404 page not found\n')
}

/** A plain text answer, as Go's http.Error gives it. */
export function plainText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { Location: location, 'Content-Length': 0 })
  response.end()
}

/** As Go's path.Clean, but a trailing slash stays. `*` (of OPTIONS) is left alone. */
function cleanPath(path: string): string {
  if (!path.startsWith('/')) return path
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  const end = /\/\.{0,2}$/.test(path) && kept.length > 0 ? '/' : ''
  return `/${kept.join('/')}${end}`
}
