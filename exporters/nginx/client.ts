/** Fetches one small page from one nginx, over TCP, TLS or a unix socket, within time and size. */
import type { Agent, IncomingMessage, RequestOptions } from 'node:http'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { http } from '../../shared/web/node-http.ts'
import type { ScrapeUri } from './scrape-uri.ts'

export type TlsOptions = {
  readonly rejectUnauthorized: boolean
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

export type ClientOptions = {
  readonly userAgent: string
  readonly tls: TlsOptions
  /** Begins each connection with a PROXY protocol header. */
  readonly proxyProtocol: boolean
}

export type Client = {
  /**
   * The body of a 200. Throws an Error whose message is one readable reason, the same each time for the
   * same cause. Ends early when the signal fires.
   */
  get(signal: AbortSignal): Promise<string>
  close(): void
}

/** A status page has 100 bytes, Tengine's a few more: what is far larger is another page. */
export const maxBodyBytes = 65_536
const maxRedirects = 10

/** Each client has its own connections: what is said to one nginx never reaches another. */
export function createClient(target: ScrapeUri, options: ClientOptions): Client {
  const agents: Agents = { 'http:': undefined, 'https:': undefined }
  const get = async (signal: AbortSignal): Promise<string> => {
    let { url } = target
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const answer = await getOnce(target, url, agents, options, signal)
      if (answer.location === undefined) return answer.body
      url = redirected(target, url, answer.location)
    }
    throw new Error(`stopped after ${maxRedirects} redirects`)
  }
  const close = (): void => {
    agents['http:']?.destroy()
    agents['https:']?.destroy()
  }
  return { get, close }
}

type Agents = Record<'http:' | 'https:', Agent | undefined>
type Answer = { readonly body: string; readonly location: string | undefined }

async function getOnce(
  target: ScrapeUri,
  url: URL,
  agents: Agents,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
  agents[protocol] ??= createAgent(protocol, options)
  const request: RequestOptions = {
    ...(target.socketPath === undefined
      ? { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port }
      : { socketPath: target.socketPath }),
    protocol,
    path: url.pathname + url.search,
    agent: agents[protocol],
    signal,
    headers: { Host: url.host, 'User-Agent': options.userAgent, Accept: 'text/plain, */*' },
  }
  if (url.username !== '') {
    request.auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  }
  try {
    return await send(request)
  } catch (error) {
    // nginx closed the connection it had kept, just as we used it again: a new one will do.
    if (error instanceof StaleConnection) return send(request)
    throw error
  }
}

/** A kept connection that turned out closed; never seen outside this file. */
class StaleConnection extends Error {}

function send(options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      readAnswer(response).then(resolve, reject)
    })
    request.once('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && error.code === 'ECONNRESET'
      reject(
        stale
          ? new StaleConnection(error.message, { cause: error })
          : new Error(reason(error), { cause: error }),
      )
    })
    request.end()
  })
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode = 0, headers } = response
  const body = await readBody(response)
  if ([301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined) {
    return { body, location: headers.location }
  }
  if (statusCode !== 200) throw new Error(`want status 200, got ${statusCode}`)
  return { body, location: undefined }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Leaving the loop destroys the response, and with it the connection.
      if (bytes > maxBodyBytes) break
      chunks.push(chunk)
    }
  } catch (error) {
    throw new Error(reason(error), { cause: error })
  }
  if (bytes > maxBodyBytes) {
    throw new Error(`the answer is larger than ${maxBodyBytes} bytes, so it is no status page`)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A socket stays the way, wherever its answer points; elsewhere another host is another connection. */
function redirected({ socketPath }: ScrapeUri, from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (to?.protocol !== 'http:' && (to?.protocol !== 'https:' || socketPath !== undefined)) {
    throw new Error(`cannot follow a redirect to ${JSON.stringify(location.slice(0, 100))}`)
  }
  // Credentials are for the host they were written for.
  if (to.host === from.host && to.protocol === from.protocol) {
    to.username = from.username
    to.password = from.password
  }
  return to
}

function createAgent(protocol: 'http:' | 'https:', options: ClientOptions): Agent {
  const common = { keepAlive: true, maxFreeSockets: 2 }
  if (protocol === 'http:') {
    const agent = new http.Agent(common)
    if (options.proxyProtocol) agent.createConnection = (to) => connectWithProxyHeader(to)
    return agent
  }
  // Loaded when an https:// is met: TLS takes 3 MB that an exporter beside its nginx has no use for.
  const https = process.getBuiltinModule('node:https')
  const agent = new https.Agent({ ...common, ...options.tls })
  if (options.proxyProtocol) {
    const tls = process.getBuiltinModule('node:tls')
    agent.createConnection = (to) => {
      const socket = connectWithProxyHeader(to)
      return tls.connect({ ...(to as ConnectionOptions), socket })
    }
  }
  return agent
}

/** Version 2, command LOCAL: the connection is its sender's own, so there are no addresses to tell. */
const proxyHeader = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex')

function connectWithProxyHeader(options: object): Socket {
  // An agent hands over what net.connect() takes, typed as the request that asked for it.
  const socket = connect(options as NetConnectOpts)
  socket.write(proxyHeader)
  return socket
}

/** One line without anything that differs from scrape to scrape, such as a time or a local port. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'AbortError' && error.cause instanceof Error) return error.cause.message
  // Of a name with several addresses, each of which failed.
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  if ('code' in error && error.code === 'ECONNRESET') return 'nginx closed the connection midway'
  return error.message
}
