/** Answers GET /metrics: format, compression, filter and limits, for node:http and for Express. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clash } from './clash.ts'
import { gzipPage } from './gzip.ts'
import { type HandlerMetrics, handlerMetrics } from './handler-metrics.ts'
import { acceptsGzip, negotiate } from './negotiate.ts'
import { Page } from './page.ts'
import type { Registry } from './registry.ts'
import { scrapeSignal } from './scrape-signal.ts'

/** Thrown by `gather` to refuse a request: answered with this status, and the message as body. */
export class BadScrape extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'BadScrape'
    this.status = status
  }
}

export type MetricsHandlerOptions = {
  /**
   * Brings the registries up to date and says which to show, the first winning a clash. The signal
   * fires when the client leaves or its time is nearly over; what is ready then is still sent.
   */
  readonly gather: (
    request: IncomingMessage,
    query: URLSearchParams,
    signal: AbortSignal,
  ) => readonly Registry[] | Promise<readonly Registry[]>
  /** Offers OpenMetrics to those who ask; off, as in the originals, which offer text and protobuf. */
  readonly openMetrics?: boolean
  /** How many requests may run at once, filtered ones included; 0, the default, is no limit. */
  readonly maxRequests?: number
  /** Shows promhttp_metric_handler_*; on by default. */
  readonly handlerMetrics?: boolean
  /** Gets what `gather` threw, except BadScrape; the client gets a 500. */
  readonly onError: (error: unknown) => void
  readonly onClash?: (clash: Clash) => void
}

/**
 * Any method is answered as GET is, as in the originals; HEAD without a body. `name[]` in the query,
 * repeatable, limits the answer to families with exactly these names.
 */
export function metricsHandler(
  options: MetricsHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const endpoint = new MetricsEndpoint(options)
  return (request, response) => {
    endpoint.answer(request, response).catch((error: unknown) => {
      options.onError(error)
      response.destroy()
    })
  }
}

class MetricsEndpoint {
  readonly #options: MetricsHandlerOptions
  readonly #own: HandlerMetrics = handlerMetrics()
  readonly #page: Page
  #running = 0
  /** Clashes of the render at work. */
  #clashes: Clash[] = []
  #renders = 0
  /** Renders whose bytes a socket or zlib still reads, by number. */
  readonly #borrowed = new Set<number>()

  constructor(options: MetricsHandlerOptions) {
    this.#options = options
    this.#page = new Page({ onClash: (clash) => this.#clashes.push(clash) })
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const limit = this.#options.maxRequests ?? 0
    if (limit > 0 && this.#running >= limit) {
      const text = `Limit of concurrent requests reached (${limit}), try again later.\n`
      this.#own.countRequest(503)
      return sendError(request, response, 503, text)
    }
    this.#own.setInFlight(++this.#running)
    const signal = scrapeSignal(request, response)
    response.once('close', () => this.#own.setInFlight(--this.#running))
    try {
      const [, search = ''] = (request.url ?? '').split('?', 2)
      const query = new URLSearchParams(search)
      const registries = await this.#options.gather(request, query, signal)
      if (!response.closed) await this.#send(request, response, registries, query)
    } catch (error) {
      if (response.closed) return
      if (error instanceof BadScrape) return send(request, response, error.status, error.message)
      this.#options.onError(error)
      this.#own.countError('gathering')
      this.#fail(request, response, error instanceof Error ? error.message : String(error))
    }
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    registries: readonly Registry[],
    query: URLSearchParams,
  ): Promise<void> {
    const format = negotiate(request.headers.accept, {
      openMetrics: this.#options.openMetrics ?? false,
      protobuf: true,
    })
    const names = query.getAll('name[]')
    const shown =
      this.#options.handlerMetrics === false ? registries : [this.#own.registry, ...registries]
    this.#protectBorrowed()
    this.#clashes = []
    const bytes = this.#page.render(shown, format, names.length > 0 ? new Set(names) : undefined)
    const clashes = this.#clashes
    for (const clash of clashes) this.#options.onClash?.(clash)
    if (clashes.length > 0) this.#own.countError('gathering')
    if (clashes.length > 0 && bytes.length === 0) {
      return this.#fail(request, response, clashes.map((clash) => clash.reason).join('\n'))
    }
    const headers = { 'Content-Type': format.contentType }
    const render = ++this.#renders
    this.#borrowed.add(render)
    response.once('close', () => this.#borrowed.delete(render))
    this.#own.countRequest(200)
    if (!acceptsGzip(request.headers['accept-encoding'])) {
      return send(request, response, 200, bytes, headers)
    }
    const packed = gzipPage(bytes)
    const body = packed instanceof Promise ? await packed : packed
    this.#borrowed.delete(render)
    send(request, response, 200, body, { ...headers, 'Content-Encoding': 'gzip' })
  }

  /** The page keeps two renders apart; one more would write over bytes that are still being read. */
  #protectBorrowed(): void {
    for (const render of this.#borrowed) {
      if (render === this.#renders) continue
      this.#page.keep()
      this.#borrowed.clear()
      return
    }
  }

  #fail(request: IncomingMessage, response: ServerResponse, reason: string): void {
    this.#own.countRequest(500)
    const text = `An error has occurred while serving metrics:\n\n${reason}\n`
    sendError(request, response, 500, text)
  }
}

function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  send(request, response, status, text, { 'X-Content-Type-Options': 'nosniff' })
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.closed) return
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    ...headers,
    'Content-Length': bytes.length,
  })
  if (request.method === 'HEAD') response.end()
  else response.end(bytes)
}
