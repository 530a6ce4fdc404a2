/**
 * One target over HTTP: the request that Prometheus would send, over a connection that is kept.
 *
 * HTTP/1.1 only: a scrape is one request at a time, so HTTP/2 would add nothing but a handshake.
 */
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { acceptHeader } from '../config/scrape-protocol.ts'
import { readBody } from './body.ts'
import { connectionError } from './connection-error.ts'
import { Deadline } from './deadline.ts'
import type { Lookup } from './lookup.ts'
import { ownHeaders } from './request-headers.ts'
import { ScrapeError } from './scrape-error.ts'

export type Fetched = { readonly body: Uint8Array; readonly contentType: string }

export interface TargetClient {
  /** Throws ScrapeError. The time covers everything from the connection to the last byte. */
  fetch(url: string, timeoutMs: number, stop: AbortSignal): Promise<Fetched>
  /** Closes the kept connection. */
  close(): void
}

/** Go's client gives up at the eleventh request. */
const mostRequests = 10

export function createTargetClient(
  config: ScrapeConfig,
  userAgent: string,
  lookup: Lookup,
): TargetClient {
  const { tls } = config.http
  const keep = { keepAlive: true, maxFreeSockets: 1, lookup }
  const agents = {
    http: new http.Agent(keep),
    https: new https.Agent({
      ...keep,
      rejectUnauthorized: !tls.insecureSkipVerify,
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
      ...(tls.minVersion === undefined ? {} : { minVersion: tls.minVersion }),
      ...(tls.maxVersion === undefined ? {} : { maxVersion: tls.maxVersion }),
    }),
  }
  const accept = acceptHeader(config.protocols, config.escaping)
  return {
    async fetch(url, timeoutMs, stop) {
      const deadline = new Deadline(timeoutMs, stop)
      const headers = (host: string) => ({
        Host: host,
        'User-Agent': userAgent,
        Accept: accept,
        'Accept-Encoding': config.enableCompression ? 'gzip' : 'identity',
        'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutMs / 1000),
      })
      try {
        const own = await ownHeaders(config.http)
        const send = (to: string, secret: boolean) =>
          request(to, { ...headers(hostOf(to)), ...(secret ? own : {}) }, agents, deadline)
        const response = await follow(url, config.http.followRedirects, send)
        return await answer(response, config, deadline)
      } finally {
        deadline.clear()
      }
    },
    close() {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}

type Send = (url: string, withSecrets: boolean) => Promise<IncomingMessage>

async function follow(first: string, followRedirects: boolean, send: Send) {
  let url = first
  let response = await send(url, true)
  for (let requests = 1; followRedirects && isRedirect(response.statusCode); requests++) {
    const location = response.headers.location
    const status = response.statusCode
    // The connection goes too: a redirect may have a body without end.
    response.destroy()
    if (location === undefined) {
      throw new ScrapeError(
        `Get ${JSON.stringify(url)}: ${status} response missing Location header`,
      )
    }
    if (requests >= mostRequests) {
      const reason = `Get ${JSON.stringify(location)}: stopped after ${mostRequests} redirects`
      throw new ScrapeError(reason)
    }
    if (!URL.canParse(location, url)) {
      const reason = `failed to parse Location header ${JSON.stringify(location)}`
      throw new ScrapeError(`Get ${JSON.stringify(url)}: ${reason}`)
    }
    url = new URL(location, url).href
    // Credentials are for the host they were configured for, and no other.
    response = await send(url, hostOf(url) === hostOf(first))
  }
  return response
}

function isRedirect(status: number | undefined): boolean {
  return [301, 302, 303, 307, 308].includes(status ?? 0)
}

/** As written: URL.host leaves out the default port, which belongs in the Host header if given. */
function hostOf(url: string): string {
  return /^[a-z]+:\/\/([^/?#]*)/.exec(url)?.[1]?.replace(/^.*@/, '') ?? ''
}

type Agents = { readonly http: http.Agent; readonly https: https.Agent }

async function request(
  url: string,
  headers: http.OutgoingHttpHeaders,
  agents: Agents,
  deadline: Deadline,
): Promise<IncomingMessage> {
  const prefix = `Get ${JSON.stringify(url)}: `
  const scheme = url.slice(0, url.indexOf(':'))
  if (scheme !== 'http' && scheme !== 'https') {
    throw new ScrapeError(`${prefix}unsupported protocol scheme ${JSON.stringify(scheme)}`)
  }
  if (!URL.canParse(url)) throw new ScrapeError(`parse ${JSON.stringify(url)}: not a valid URL`)
  const sendOnce = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const options = { headers, agent: agents[scheme], signal: deadline.signal }
      const sent = (scheme === 'http' ? http : https).request(url, options, resolve)
      sent.on('error', (error: NodeJS.ErrnoException) => {
        reject(
          sent.reusedSocket && staleCodes.has(error.code ?? '') ? new StaleConnection() : error,
        )
      })
      sent.end()
    })
  try {
    return await sendOnce().catch((error: unknown) => {
      if (error instanceof StaleConnection) return sendOnce()
      throw error
    })
  } catch (error) {
    const late = deadline.error(prefix, 'did not answer')
    throw late ?? connectionError(error, url)
  }
}

const staleCodes = new Set(['ECONNRESET', 'EPIPE'])

/** The target closed a kept connection just when it was used again: not its failure, sent anew. */
class StaleConnection extends Error {
  readonly code = 'ECONNRESET'
}

async function answer(
  response: IncomingMessage,
  config: ScrapeConfig,
  deadline: Deadline,
): Promise<Fetched> {
  try {
    if (response.statusCode !== 200) throw await refused(response)
    const body = await readBody(response, config.limits.bodyBytes, deadline.signal)
    const late = deadline.error('', 'did not finish its answer')
    if (late !== undefined) throw late
    return { body, contentType: response.headers['content-type'] ?? '' }
  } catch (error) {
    if (error instanceof ScrapeError) throw error
    const late = deadline.error('', 'did not finish its answer')
    const advice = 'the target closed the connection in the middle of its answer'
    throw late ?? new ScrapeError('unexpected EOF', advice, { cause: error })
  }
}

/** How much of a refusal is read and how much of it is shown. */
const refusalBytes = 4096
const refusalCharacters = 200

async function refused(response: IncomingMessage): Promise<ScrapeError> {
  const status = `${response.statusCode} ${response.statusMessage}`.trim()
  const text = await beginning(response)
  const shown = text.length > refusalCharacters ? `${text.slice(0, refusalCharacters)}...` : text
  const advice = shown === '' ? undefined : `the target says: ${shown}`
  return new ScrapeError(`server returned HTTP status ${status}`, advice)
}

/** One line of what the body begins with; '' when it cannot be read, as it is only an extra. */
async function beginning(response: IncomingMessage): Promise<string> {
  if (response.headers['content-encoding'] !== undefined) {
    response.destroy()
    return ''
  }
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= refusalBytes) break
    }
  } catch (error) {
    if (bytes === 0) return `(no body: ${error instanceof Error ? error.message : error})`
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
}
