/**
 * Path and method to handler. Pushes, deletes and scrapes are told apart by plain comparisons; the
 * rest, which is rare, goes through an Express app.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../shared/log.ts'
import { type Handler, plainText, splitTarget } from '../shared/web/routes.ts'
import { answerEmpty, answerMethod, answerRedirect } from './answer.ts'
import { answerDelete } from './delete.ts'
import { answerPush, type PushOptions } from './push.ts'
import { cleanPath, decodePath } from './request-path.ts'
import { answerScrape } from './scrape.ts'

export type RouteOptions = PushOptions & {
  /** Without a slash at its end; empty for none. */
  readonly prefix: string
  readonly telemetryPath: string
  /** Offered to scrapers. */
  readonly openMetrics: boolean
  /** Everything else. */
  readonly app: Handler
}

export function createRoutes(options: RouteOptions): Handler {
  const { prefix, telemetryPath, app, log } = options
  const pushStart = `${prefix}/metrics/job`
  const scrapePath = prefix + telemetryPath
  const running = (work: Promise<void>, request: IncomingMessage, response: ServerResponse) => {
    work.catch((error: unknown) => answerBug(log, error, request, response))
  }
  return (request, response) => {
    const { path, search } = splitTarget(request.url ?? '/')
    const decoded = decodePath(path)
    if (decoded === undefined) return plainText(response, 400, '400 Bad Request')
    if (path === '*' && request.method === 'OPTIONS') return answerEmpty(response, 200)
    const clean = cleanPath(path)
    if (clean !== path) return answerRedirect(request, response, 307, clean + search)
    if (decoded.startsWith(pushStart)) {
      const rest = decoded.slice(pushStart.length)
      if (hasJob(rest)) {
        const { method } = request
        if (method === 'PUT' || method === 'POST') {
          const mode = method === 'PUT' ? 'put' : 'post'
          return running(answerPush(options, mode, rest, request, response), request, response)
        }
        if (method === 'DELETE') {
          return running(answerDelete(options, rest, request, response), request, response)
        }
        return answerMethod(response, method, ['PUT', 'POST', 'DELETE'])
      }
    }
    if (decoded === scrapePath) {
      if (request.method !== 'GET') return answerMethod(response, request.method, ['GET'])
      return running(answerScrape(options, request, response), request, response)
    }
    app(request, response)
  }
}

/** `/JOB...` or `@base64/JOB...`: something must follow the slash. */
function hasJob(rest: string): boolean {
  const start = rest.startsWith('@base64/') ? '@base64/'.length : 1
  return (start > 1 || rest.startsWith('/')) && rest.length > start
}

function answerBug(
  log: Log,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const stack = error instanceof Error ? error.stack : undefined
  log.error('A request failed', { method: request.method, url: request.url, err: error, stack })
  if (response.headersSent) response.destroy()
  else plainText(response, 500, 'Internal Server Error\n')
}
