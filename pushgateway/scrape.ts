/** GET /metrics: the whole page, compressed from pieces that are kept between scrapes. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { acceptsGzip, negotiate } from '../shared/exposition/negotiate.ts'
import type { Groups } from './groups.ts'
import type { OwnMetrics } from './own-metrics.ts'

export async function answerScrape(
  groups: Groups,
  metrics: OwnMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const format = negotiate(request.headers.accept, {})
  const own = await metrics.read()
  // From here on nothing waits, so that a page shows each push whole or not at all.
  const gzip = acceptsGzip(request.headers['accept-encoding'])
  const parts = groups.write(own, format.escaping, gzip ? 'gzip' : 'plain')
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.writeHead(200, {
    'Content-Type': format.contentType,
    'Content-Length': length,
    ...(gzip && { 'Content-Encoding': 'gzip' }),
  })
  response.cork()
  for (const part of parts) response.write(part)
  response.end()
  response.uncork()
}
