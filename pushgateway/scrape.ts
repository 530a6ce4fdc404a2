/** GET /metrics: the whole page, compressed from pieces that are kept between scrapes. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { decodeProtobuf } from '../shared/exposition/decode-protobuf.ts'
import { encode } from '../shared/exposition/encode.ts'
import { gzipPage } from '../shared/exposition/gzip.ts'
import { acceptsGzip, type Format, negotiate } from '../shared/exposition/negotiate.ts'
import type { Groups } from './groups.ts'
import type { OwnMetrics } from './own-metrics.ts'
import type { OwnText } from './page.ts'
import type { Store } from './store.ts'

export type ScrapeOptions = {
  readonly store: Store
  readonly metrics: OwnMetrics
  readonly openMetrics: boolean
}

export async function answerScrape(
  { store, metrics, openMetrics }: ScrapeOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const format = negotiate(request.headers.accept, { protobuf: true, openMetrics })
  const own = await metrics.read(store.groups)
  const gzip = acceptsGzip(request.headers['accept-encoding'])
  // From reading the groups on nothing waits, so that a page shows each push whole or not at all.
  const parts =
    format.kind === 'text'
      ? store.groups.write(own, format.escaping, gzip ? 'gzip' : 'plain')
      : await protobufParts(store.groups, own, format, gzip)
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

/**
 * Protobuf, and what is written from it, as it has all that was pushed: its text forms and OpenMetrics.
 * Compressed as a whole: few ask a gateway for these, so no compressed pieces are kept.
 */
async function protobufParts(
  groups: Groups,
  own: OwnText,
  format: Format,
  gzip: boolean,
): Promise<Uint8Array[]> {
  const parts = groups.writeProtobuf(own, format.escaping)
  const isBinary = format.version === 'delimited'
  if (isBinary && !gzip) return parts
  const page = Buffer.concat(parts)
  const body = isBinary ? page : encode(decodeProtobuf(page, { names: 'utf8' }), format)
  return [gzip ? await gzipPage(body) : body]
}
