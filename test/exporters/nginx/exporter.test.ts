/** Scraping, against servers that behave and servers that do not, on loopback. */
import http, { type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createNginxExporter, type NginxExporter } from '../../../exporters/nginx/exporter.ts'
import { parseScrapeUris } from '../../../exporters/nginx/scrape-uri.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { createLog } from '../../../shared/log.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const body = (requests: number): string =>
  `Active connections: 1 \nserver accepts handled requests\n 11 12 ${requests} \nReading: 0 Writing: 2 Waiting: 3 \n`

type Tried = {
  readonly exporter: NginxExporter
  readonly lines: string[]
  /** Scrapes once and gives the samples of these families. */
  samples(names?: RegExp, signal?: AbortSignal): Promise<string[]>
}

type Settings = { timeoutMs?: number; proxyProtocol?: boolean; constLabels?: Map<string, string> }

function tryExporter(uris: string[], settings: Settings = {}): Tried {
  const lines: string[] = []
  const exporter = createNginxExporter({
    targets: parseScrapeUris(uris),
    constLabels: settings.constLabels ?? new Map(),
    timeoutMs: settings.timeoutMs ?? 5_000,
    client: {
      userAgent: 'nginx-exporter/test',
      tls: { rejectUnauthorized: false },
      proxyProtocol: settings.proxyProtocol ?? false,
    },
    log: createLog({
      level: 'info',
      format: 'logfmt',
      write: (line) => lines.push(line.replace(/^.*?msg=/, '').trimEnd()),
    }),
  })
  return {
    exporter,
    lines,
    async samples(names = /^nginx_(up|http)/, signal = new AbortController().signal) {
      await exporter.scrape(signal)
      const text = Buffer.from(new Page().render(exporter.registries, textFormat)).toString()
      return text.split('\n').filter((line) => names.test(line))
    },
  }
}

/** Runs the body with a server; `where` is a unix path or undefined for a free port. */
async function withServer(
  server: Server,
  where: string | undefined,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => open.add(socket))
  if (where === undefined) server.listen(0, '127.0.0.1')
  else server.listen(where)
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    await use(where ?? `127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

function withHttp(
  handler: RequestListener,
  use: (address: string) => Promise<void>,
): Promise<void> {
  return withServer(http.createServer(handler), undefined, use)
}

/** A server that answers every connection with these bytes, then leaves it open or closes it. */
function withRaw(
  bytes: string,
  end: 'open' | 'closed',
  use: (address: string) => Promise<void>,
): Promise<void> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      socket.write(bytes)
      if (end === 'closed') socket.end()
    })
  })
  return withServer(server, undefined, use)
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  using folder = temporaryFolder()
  await use(folder.path)
}

/** One nginx, away for this reason: up is 0, the page has nothing else, the log says why once. */
async function checkAway(uri: string, err: RegExp, settings?: Settings): Promise<void> {
  const tried = tryExporter([uri], settings)
  expect(await tried.samples(/^nginx_/)).toEqual(['nginx_up 0'])
  expect(await tried.samples(/^nginx_/)).toEqual(['nginx_up 0'])
  expect(tried.lines).toHaveLength(1)
  expect(tried.lines[0]).toContain(`"Cannot scrape nginx" uri=${uri}`)
  expect(tried.lines[0]).toMatch(err)
  tried.exporter.close()
}

test('one nginx has no addr label, connections are kept, and the request says who asks', async () => {
  let connections = 0
  let seen: http.IncomingHttpHeaders = {}
  const server = http.createServer((request, response) => {
    seen = request.headers
    response.end(body(request.url === '/stub_status?x=1' ? 7 : 0))
  })
  server.on('connection', () => connections++)
  await withServer(server, undefined, async (address) => {
    const tried = tryExporter([`http://me:p%40ss@${address}/stub_status?x=1`])
    const expected = ['nginx_http_requests_total 7', 'nginx_up 1']
    expect(await tried.samples()).toEqual(expected)
    expect(await tried.samples()).toEqual(expected)
    expect(connections).toBe(1)
    expect(seen['user-agent']).toBe('nginx-exporter/test')
    expect(seen.host).toBe(address)
    expect(seen.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
    expect(tried.lines).toEqual([])
    tried.exporter.close()
  })
})

test('two sockets and a port give three different values, each under its own address', async () => {
  await withFolder(async (folder) => {
    const answer =
      (requests: number): RequestListener =>
      (_request, response) =>
        response.end(body(requests))
    const [a, b] = [join(folder, 'a.sock'), join(folder, 'b.sock')]
    await withServer(http.createServer(answer(1)), a, () =>
      withServer(http.createServer(answer(2)), b, () =>
        withHttp(answer(3), async (tcp) => {
          const uris = [`unix:${a}:/s`, `unix:${b}:/s`, `http://${tcp}/s`]
          const tried = tryExporter(uris, { constLabels: new Map([['zone', 'x']]) })
          expect((await tried.samples(/^nginx_http/)).sort()).toEqual(
            uris
              .map((uri, i) => `nginx_http_requests_total{addr="${uri}",zone="x"} ${i + 1}`)
              .sort(),
          )
          tried.exporter.close()
        }),
      ),
    )
  })
})

test('one nginx that is away takes nothing from the others', async () => {
  await withRaw('', 'open', (hung) =>
    withHttp(
      (_request, response) => response.end(body(5)),
      async (well) => {
        const tried = tryExporter([`http://${hung}/`, `http://${well}/`], { timeoutMs: 100 })
        expect((await tried.samples()).sort()).toEqual(
          [
            `nginx_http_requests_total{addr="http://${well}/"} 5`,
            `nginx_up{addr="http://${hung}/"} 0`,
            `nginx_up{addr="http://${well}/"} 1`,
          ].sort(),
        )
        tried.exporter.close()
      },
    ),
  )
})

test('an nginx that answers wrongly is away, with the reason in the log', async () => {
  const answer = async (status: number, text: string, err: RegExp): Promise<void> =>
    withHttp(
      (_request, response) => {
        response.statusCode = status
        response.end(text)
      },
      (address) => checkAway(`http://${address}/s`, err),
    )
  await answer(502, '', /err="want status 200, got 502"/)
  await answer(404, body(1), /err="want status 200, got 404"/)
  await answer(204, '', /err="want status 200, got 204"/)
  await answer(200, '', /err="the answer is no stub_status page: \\"\\""/)
  await answer(200, '<html>hello</html>', /no stub_status page: \\"<html>hello<\/html>\\"/)
  await answer(200, 'x'.repeat(10_000_000), /the answer is larger than 65536 bytes/)
  await answer(200, body(1).repeat(2), /no stub_status page/)
})

test('an nginx that hangs, leaves midway or talks no HTTP is away', async () => {
  const raw = (bytes: string, end: 'open' | 'closed', err: RegExp): Promise<void> =>
    withRaw(bytes, end, (address) => checkAway(`http://${address}/s`, err, { timeoutMs: 200 }))
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'
  await raw('', 'open', /err="no answer within 200ms \(--nginx.timeout\)"/)
  await raw(`${head}Active`, 'open', /err="no answer within 200ms \(--nginx.timeout\)"/)
  await raw('', 'closed', /err="nginx closed the connection midway"/)
  await raw(`${head}Active`, 'closed', /err="nginx closed the connection midway"/)
  await raw('+OK POP3 ready\r\n', 'closed', /err="Parse Error: Expected HTTP/)
})

test('an nginx that is not there is away', async () => {
  const closedAddress = await freeAddress()
  await checkAway(`http://${closedAddress}/s`, /err="connect ECONNREFUSED 127\.0\.0\.1:\d+"/)
  const port = closedAddress.split(':')[1]
  await checkAway(`http://localhost:${port}/s`, /err=".*ECONNREFUSED/) // each of its addresses failed
  await checkAway('http://no-such-host.invalid/s', /err="getaddrinfo (ENOTFOUND|EAI_AGAIN)/)
  await withFolder((folder) =>
    checkAway(`unix:${folder}/no.sock:/s`, /err="connect ENOENT .*no\.sock"/),
  )
  await checkAway(`https://${closedAddress}/s`, /ECONNREFUSED/)
  await checkAway(`https://${closedAddress}/s`, /ECONNREFUSED/, { proxyProtocol: true })
})

/** An address at which somebody listened until a moment ago. */
async function freeAddress(): Promise<string> {
  let free = ''
  await withRaw('', 'closed', async (address) => {
    free = address
  })
  return free
}

test('the log tells each change of reason once, and the recovery', async () => {
  let answer: [number, string] = [503, '']
  await withHttp(
    (_request, response) => {
      response.statusCode = answer[0]
      response.end(answer[1])
    },
    async (address) => {
      const tried = tryExporter([`http://${address}/s`])
      for (let i = 0; i < 3; i++) await tried.samples()
      answer = [200, 'oops']
      for (let i = 0; i < 3; i++) await tried.samples()
      answer = [200, body(1)]
      for (let i = 0; i < 3; i++) expect(await tried.samples(/^nginx_up/)).toEqual(['nginx_up 1'])
      answer = [503, '']
      await tried.samples()
      const uri = `uri=http://${address}/s`
      expect(tried.lines).toEqual([
        `"Cannot scrape nginx" ${uri} err="want status 200, got 503"`,
        `"Cannot scrape nginx" ${uri} err="the answer is no stub_status page: \\"oops\\""`,
        `"Nginx answers again" ${uri}`,
        `"Cannot scrape nginx" ${uri} err="want status 200, got 503"`,
      ])
      tried.exporter.close()
    },
  )
})

test('a scrape that runs out of time does not wait for nginx', async () => {
  await withRaw('', 'open', async (address) => {
    const tried = tryExporter([`http://${address}/s`], { timeoutMs: 0 })
    const scrape = new AbortController()
    setTimeout(() => scrape.abort(new Error('scrape stopped after 9 s')), 50)
    expect(await tried.samples(/^nginx_/, scrape.signal)).toEqual(['nginx_up 0'])
    expect(tried.lines[0]).toContain('err="scrape stopped after 9 s"')
    tried.exporter.close()
  })
})

test('redirects are followed, but not for ever and not with credentials to another host', async () => {
  let authorizations: (string | undefined)[] = []
  await withHttp(
    (request, response) => {
      authorizations.push(request.headers.authorization)
      response.end(body(4))
    },
    (other) =>
      withHttp(
        (request, response) => {
          const to: Record<string, string> = {
            '/relative': '/stub_status',
            '/elsewhere': `http://${other}/s`,
            '/loop': '/loop',
            '/ftp': 'ftp://host/',
          }
          const location = to[request.url ?? '']
          authorizations.push(request.headers.authorization)
          if (location !== undefined) response.writeHead(302, { Location: location })
          response.end(body(3))
        },
        async (address) => {
          const login = `http://me:pw@${address}`
          const basic = `Basic ${Buffer.from('me:pw').toString('base64')}`
          const follow = async (path: string): Promise<string[]> => {
            authorizations = []
            const tried = tryExporter([`${login}${path}`])
            const samples = await tried.samples()
            tried.exporter.close()
            return samples
          }
          expect(await follow('/relative')).toEqual(['nginx_http_requests_total 3', 'nginx_up 1'])
          expect(authorizations).toEqual([basic, basic])
          expect(await follow('/elsewhere')).toEqual(['nginx_http_requests_total 4', 'nginx_up 1'])
          expect(authorizations).toEqual([basic, undefined])
          await checkAway(`http://${address}/loop`, /err="stopped after 10 redirects"/)
          await checkAway(
            `http://${address}/ftp`,
            /err="cannot follow a redirect to \\"ftp:\/\/host/,
          )
        },
      ),
  )
})

test('a connection that nginx closed while it was kept is replaced without a failed scrape', async () => {
  const sockets: Socket[] = []
  let requests = 0
  const server = http.createServer((request, response) => {
    // A reset that arrives only when the kept connection is used again.
    if (++requests === 2) request.socket.resetAndDestroy()
    else response.end(body(1))
  })
  server.on('connection', (socket) => sockets.push(socket))
  await withServer(server, undefined, async (address) => {
    const tried = tryExporter([`http://${address}/s`])
    expect(await tried.samples(/^nginx_up/)).toEqual(['nginx_up 1'])
    expect(await tried.samples(/^nginx_up/)).toEqual(['nginx_up 1'])
    expect(sockets).toHaveLength(2)
    tried.exporter.close()
  })
})

test('with the PROXY protocol each connection begins with a version 2 header', async () => {
  const header = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
  const inner = http.createServer((_request, response) => response.end(body(1)))
  const server = createServer((socket) => {
    socket.once('data', (chunk: Buffer) => {
      if (!chunk.subarray(0, 12).equals(header)) return void socket.destroy()
      socket.unshift(chunk.subarray(16))
      inner.emit('connection', socket)
    })
  })
  await withServer(server, undefined, async (address) => {
    const tried = tryExporter([`http://${address}/s`], { proxyProtocol: true })
    expect(await tried.samples(/^nginx_up/)).toEqual(['nginx_up 1'])
    expect(await tried.samples(/^nginx_up/)).toEqual(['nginx_up 1'])
    tried.exporter.close()
    const without = tryExporter([`http://${address}/s`])
    expect(await without.samples(/^nginx_up/)).toEqual(['nginx_up 0'])
    without.exporter.close()
  })
})
