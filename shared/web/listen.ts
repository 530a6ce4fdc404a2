/** Binds a program's listen addresses: TCP over IPv4 and IPv6, and unix sockets, all or nothing. */
import { lookup } from 'node:dns/promises'
import type { Server, ServerResponse } from 'node:http'
import { isIP, type ListenOptions } from 'node:net'
import type { Log } from '../log.ts'
import { parseListenAddress } from './address.ts'
import { http } from './node-http.ts'
import { type Handler, plainText } from './routes.ts'
import { removeStaleSocket } from './unix-socket.ts'

export type Listening = {
  /** What is really bound, such as `127.0.0.1:41234` where port 0 was asked for. */
  readonly addresses: readonly string[]
  /** Takes no new requests, lets those under way finish for `graceMs`, then cuts the rest. */
  close(graceMs?: number): Promise<void>
}

/** The operator gave an address that cannot be had; the message says which and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

type ListenRequest = {
  readonly addresses: readonly string[]
  readonly handler: Handler
  readonly log: Log
  /** Name of the flag that gave the addresses, for error messages. */
  readonly addressFlag?: string
  /** How long a whole request may take to arrive; longer where large bodies are expected. */
  readonly requestTimeoutMs?: number
}

/** Longer than any usual scrape interval, so that a scraper's connection is still there next time. */
const keepAliveTimeoutMs = 125_000
const headersTimeoutMs = 10_000
const defaultRequestTimeoutMs = 30_000

export async function listen(request: ListenRequest): Promise<Listening> {
  const { addresses, log, addressFlag = 'web.listen-address' } = request
  const requestsUnderWay = new UnderWay()
  const servers: Server[] = []
  const closeAll = async (graceMs: number): Promise<void> => {
    const closed = servers.map((server) => closeServer(server, requestsUnderWay, graceMs))
    await Promise.all(closed)
  }
  const bound: string[] = []
  for (const address of addresses) {
    const server = createServer(request, requestsUnderWay)
    try {
      await bind(server, address)
    } catch (error) {
      await closeAll(0)
      throw new ListenError(
        `cannot listen on ${JSON.stringify(address)} (--${addressFlag}): ${reason(error)}`,
        { cause: error },
      )
    }
    servers.push(server)
    bound.push(boundAddress(server))
  }
  // After the caller has had its turn: whoever acts on this line finds its signal handlers in place.
  setImmediate(() => {
    for (const address of bound) log.info('Listening on', { address })
  })
  return { addresses: bound, close: (graceMs = 5_000) => closeAll(graceMs) }
}

function createServer(request: ListenRequest, underWay: UnderWay): Server {
  const { handler, log, requestTimeoutMs = defaultRequestTimeoutMs } = request
  const options = {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 5_000,
  }
  return http.createServer(options, (incoming, response) => {
    underWay.add(response)
    try {
      handler(incoming, response)
    } catch (error) {
      // A bug of ours in one page should not take the metrics away: answer 500 and tell the log.
      log.error('A request failed', { url: incoming.url, err: error, stack: stackOf(error) })
      if (response.headersSent) response.destroy()
      else plainText(response, 500, 'Internal Server Error\n')
    }
  })
}

async function bind(server: Server, address: string): Promise<void> {
  const where = parseListenAddress(address)
  if (where.kind === 'unix') {
    await removeStaleSocket(where.path)
    return listening(server, { path: where.path })
  }
  const { port, host } = where
  if (host === '') return listening(server, { port })
  if (isIP(host) !== 0) return listening(server, { port, host })
  // IPv4 first, as Go: a scraper pointed at 127.0.0.1 must find a program told to listen on localhost.
  const found = await lookup(host, { order: 'ipv4first' })
  return listening(server, { port, host: found.address })
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function boundAddress(server: Server): string {
  const address = server.address()
  if (address === null) throw new Error('the server lost its address while it was starting')
  if (typeof address === 'string') return `unix:${address}`
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process already listens there; stop it or choose another port',
  EACCES: 'not permitted; ports below 1024 and folders of others need rights this user lacks',
  EADDRNOTAVAIL: 'this machine has no such address; :PORT listens on all it has',
  ENOTFOUND: 'the host name is not known; give an IP address',
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (error instanceof Error ? error.message : String(error))
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}

/** Counts the requests being answered, so that a closing server knows when it may cut its connections. */
class UnderWay {
  #count = 0
  #waiting: (() => void)[] = []

  add(response: ServerResponse): void {
    this.#count++
    response.once('close', () => {
      this.#count--
      if (this.#count > 0) return
      for (const resume of this.#waiting) resume()
      this.#waiting = []
    })
  }

  async none(graceMs: number): Promise<void> {
    if (this.#count === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs)
      this.#waiting.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

async function closeServer(server: Server, underWay: UnderWay, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  await underWay.none(graceMs)
  // Also connections that never sent a request (a browser opens them ahead): Node counts them as busy.
  server.closeAllConnections()
  await closed
}
