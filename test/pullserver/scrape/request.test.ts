import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import http, { type RequestListener } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { parseConfig } from '../../../pullserver/config/load.ts'
import { sharedLookup } from '../../../pullserver/scrape/lookup.ts'
import { createTargetClient } from '../../../pullserver/scrape/request.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/tls')

const servers: net.Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
})

async function listen(server: net.Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serve(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener)
  const address = await listen(server)
  return `http://${address}/metrics`
}

type Job = Record<string, unknown>

function clientFor(job: Job = {}) {
  const text = JSON.stringify({ scrape_configs: [{ job_name: 'a', ...job }] })
  const [config] = parseConfig(text, 'p.yml').scrapeConfigs
  if (config === undefined) throw new Error('no job')
  return createTargetClient(config, 'test/1', sharedLookup())
}

async function fetchOnce(url: string, job: Job = {}, timeoutMs = 2000): Promise<string> {
  const client = clientFor(job)
  try {
    const { body } = await client.fetch(url, timeoutMs, new AbortController().signal)
    return Buffer.from(body).toString()
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  } finally {
    client.close()
  }
}

const big = 'x 1\n'.repeat(200_000)
const noise = randomBytes(300_000).toString('hex')

test('the request is the one of Prometheus 3.5.3', async () => {
  let seen: string[] = []
  const url = await serve((request, response) => {
    seen = request.rawHeaders
    response.end('a 1\n')
  })
  expect(await fetchOnce(url, {}, 1500)).toBe('a 1\n')
  expect(seen).toEqual([
    'Host',
    new URL(url).host,
    'User-Agent',
    'test/1',
    'Accept',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'Accept-Encoding',
    'gzip',
    'X-Prometheus-Scrape-Timeout-Seconds',
    '1.5',
    'Connection',
    'keep-alive',
  ])
  await fetchOnce(url, { enable_compression: false, scrape_protocols: ['PrometheusText0.0.4'] })
  expect(seen.slice(4, 8)).toEqual([
    'Accept',
    'text/plain;version=0.0.4;q=0.6,*/*;q=0.5',
    'Accept-Encoding',
    'identity',
  ])
  const all = ['PrometheusProto', 'OpenMetricsText1.0.0', 'OpenMetricsText0.0.1']
  await fetchOnce(url, { scrape_protocols: [...all, 'PrometheusText1.0.0', 'PrometheusText0.0.4'] })
  expect(seen[5]).toBe(
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
  )
})

test('credentials and headers of the job are sent', async () => {
  let seen: http.IncomingHttpHeaders = {}
  const url = await serve((request, response) => {
    seen = request.headers
    response.end()
  })
  await fetchOnce(url, { basic_auth: { username: 'u', password: 'p:w' } })
  expect(seen.authorization).toBe(`Basic ${Buffer.from('u:p:w').toString('base64')}`)
  await fetchOnce(url, { authorization: { credentials: 'tok' } })
  expect(seen.authorization).toBe('Bearer tok')
  using folder = temporaryFolder()
  const file = path.join(folder.path, 'token')
  writeFileSync(file, 'from-file\n')
  await fetchOnce(url, { authorization: { type: 'Token', credentials_file: file } })
  expect(seen.authorization).toBe('Token from-file')
  await fetchOnce(url, { http_headers: { 'X-Scope': { values: ['t1'] } } })
  expect(seen['x-scope']).toBe('t1')
  expect(await fetchOnce(url, { bearer_token_file: '/nonexistent/token' })).toContain(
    'ScrapeError: unable to read the secret file: ENOENT',
  )
})

test('gzip bodies are unpacked, small, big, in several members and incompressible', async () => {
  let packed: Buffer = Buffer.alloc(0)
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(packed)
  })
  const check = async (body: Buffer, expected: string) => {
    packed = body
    expect((await fetchOnce(url)) === expected).toBe(true)
  }
  await check(gzipSync('g 1\n'), 'g 1\n')
  await check(gzipSync(''), '')
  await check(gzipSync(big), big)
  await check(gzipSync(noise), noise)
  await check(Buffer.concat([gzipSync(big), gzipSync('b 2\n')]), `${big}b 2\n`)
})

test('a broken gzip body is told from a broken connection', async () => {
  let packed: Buffer = Buffer.alloc(0)
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.end(packed)
  })
  const check = async (body: Buffer, reason: string) => {
    packed = body
    expect((await fetchOnce(url)).split('\n')[0]).toBe(`ScrapeError: ${reason}`)
  }
  const good = gzipSync(noise)
  const bad = Buffer.from(good)
  bad.writeUInt32LE(1, bad.length - 8)
  await check(Buffer.from('notgzip'), 'unexpected EOF')
  await check(Buffer.from('this is not gzip either'), 'gzip: invalid header')
  await check(good.subarray(0, 1000), 'unexpected EOF')
  await check(bad, 'gzip: invalid checksum')
})

test('a body at the limit is too big, packed or not', async () => {
  const url = await serve((request, response) => {
    const gzip = request.url?.includes('gzip') ?? false
    const lie = request.url?.includes('lie') ?? false
    response.writeHead(200, gzip ? { 'content-encoding': 'gzip' } : {})
    const packed = gzipSync(big)
    if (lie) packed.writeUInt32LE(10, packed.length - 4)
    response.end(gzip ? packed : big)
  })
  const tooBig = 'ScrapeError: body size limit exceeded'
  expect(await fetchOnce(url, { body_size_limit: `${big.length}B` })).toBe(tooBig)
  expect(await fetchOnce(`${url}?gzip`, { body_size_limit: `${big.length}B` })).toBe(tooBig)
  expect(await fetchOnce(`${url}?gzip,lie`, { body_size_limit: '10KB' })).toBe(tooBig)
  const enough = { body_size_limit: `${big.length + 1}B` }
  expect((await fetchOnce(url, enough)) === big).toBe(true)
  expect((await fetchOnce(`${url}?gzip`, enough)) === big).toBe(true)
})

test('redirects are followed ten times, without credentials to another host', async () => {
  const secrets: (string | undefined)[] = []
  const other = await serve((request, response) => {
    secrets.push(request.headers.authorization)
    response.end('other\n')
  })
  const url = await serve((request, response) => {
    const target = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? ''
    if (target === '') return response.end('here\n')
    response.writeHead(302, target === 'none' ? {} : { location: target })
    response.end()
  })
  const job = { authorization: { credentials: 'tok' } }
  expect(await fetchOnce(`${url}?to=/metrics`, job)).toBe('here\n')
  expect(await fetchOnce(`${url}?to=${encodeURIComponent(other)}`, job)).toBe('other\n')
  expect(secrets).toEqual([undefined])
  const looping = await serve((_request, response) => {
    response.writeHead(302, { location: '/loop' })
    response.end()
  })
  expect(await fetchOnce(looping)).toBe('ScrapeError: Get "/loop": stopped after 10 redirects')
  expect(await fetchOnce(`${url}?to=/metrics`, { follow_redirects: false })).toBe(
    'ScrapeError: server returned HTTP status 302 Found',
  )
  expect(await fetchOnce(`${url}?to=none`)).toBe(
    `ScrapeError: Get "${url}?to=none": 302 response missing Location header`,
  )
})

test('a status other than 200 is an error that quotes the answer', async () => {
  const url = await serve((_request, response) => {
    response.statusCode = 500
    response.end('boom\n\tat line 1')
  })
  expect(await fetchOnce(url)).toBe(
    'ScrapeError: server returned HTTP status 500 Internal Server Error\nthe target says: boom at line 1',
  )
})

test('a target that is silent, slow or gone fails in time and in Prometheus words', async () => {
  const silent = `http://${await listen(net.createServer(() => undefined))}/metrics`
  expect(await fetchOnce(silent, {}, 100)).toBe(
    `ScrapeError: Get "${silent}": context deadline exceeded\ntarget did not answer within scrape_timeout 0.1s`,
  )
  const hanging = await serve((_request, response) => {
    response.write('a 1\n')
  })
  expect(await fetchOnce(hanging, {}, 100)).toBe(
    'ScrapeError: context deadline exceeded\ntarget did not finish its answer within scrape_timeout 0.1s',
  )
  const flooding = await serve((_request, response) => {
    const pour = () => {
      while (response.write(big));
    }
    response.on('drain', pour)
    pour()
  })
  expect((await fetchOnce(flooding, {}, 200)).split('\n')[0]).toBe(
    'ScrapeError: context deadline exceeded',
  )
  const resetting = await serve((request) => request.socket.destroy())
  expect((await fetchOnce(resetting)).split('\n')[0]).toBe(`ScrapeError: Get "${resetting}": EOF`)
  const closing = await serve((request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('a 1\n', () => request.socket.destroy())
  })
  expect((await fetchOnce(closing)).split('\n')[0]).toBe('ScrapeError: unexpected EOF')
})

test('what cannot be reached or spoken to is named', async () => {
  const free = net.createServer()
  const address = await listen(free)
  free.close()
  await once(free, 'close')
  expect((await fetchOnce(`http://${address}/metrics`)).split('\n')[0]).toBe(
    `ScrapeError: Get "http://${address}/metrics": dial tcp ${address}: connect: connection refused`,
  )
  const plain = await serve((_request, response) => response.end())
  const secure = plain.replace('http:', 'https:')
  expect((await fetchOnce(secure)).split('\n')[0]).toBe(
    `ScrapeError: Get "${secure}": http: server gave HTTP response to HTTPS client`,
  )
  const garbage = `http://${await listen(net.createServer((socket) => socket.end('SSH-2.0-x\r\n')))}/m`
  expect((await fetchOnce(garbage)).split('\n')[0]).toBe(
    `ScrapeError: Get "${garbage}": net/http: HTTP/1.x transport connection broken: malformed HTTP response`,
  )
  expect(await fetchOnce('ftp://x/metrics')).toBe(
    'ScrapeError: Get "ftp://x/metrics": unsupported protocol scheme "ftp"',
  )
  expect(await fetchOnce('http://x y/metrics')).toBe(
    'ScrapeError: parse "http://x y/metrics": not a valid URL',
  )
})

test('certificates are checked as tls_config says', async () => {
  const [cert, key] = ['cert', 'key'].map((name) => readFileSync(`${fixtures}/${name}.pem`, 'utf8'))
  const server = https.createServer({ cert, key }, (_request, response) => response.end('s 1\n'))
  const { port } = new URL(`http://${await listen(server)}`)
  const url = `https://localhost:${port}/metrics`
  expect(await fetchOnce(url)).toBe(
    `ScrapeError: Get "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority\nname the authority's certificate in tls_config ca_file`,
  )
  const ca = { ca_file: `${fixtures}/cert.pem` }
  expect(await fetchOnce(url, { tls_config: ca })).toBe('s 1\n')
  expect(await fetchOnce(url, { tls_config: { insecure_skip_verify: true } })).toBe('s 1\n')
  expect(await fetchOnce(url, { tls_config: { ...ca, server_name: 'other.test' } })).toContain(
    'tls: failed to verify certificate: x509: Hostname/IP does not match',
  )
  const client = { ...ca, cert_file: `${fixtures}/cert.pem`, key_file: `${fixtures}/key.pem` }
  expect(await fetchOnce(url, { tls_config: client })).toBe('s 1\n')
})

test('a connection is kept, and a kept one that died is not the target failing', async () => {
  let connections = 0
  let requests = 0
  const server = http.createServer((request, response) => {
    requests++
    // The third request finds its connection closed, as when a target restarts between scrapes.
    if (requests === 3) request.socket.destroy()
    else response.end(`n ${requests}\n`)
  })
  server.on('connection', () => connections++)
  const url = `http://${await listen(server)}/metrics`
  const client = clientFor()
  const stop = new AbortController().signal
  const bodies: string[] = []
  for (let i = 0; i < 3; i++) {
    bodies.push(Buffer.from((await client.fetch(url, 1000, stop)).body).toString())
  }
  client.close()
  expect({ bodies, connections }).toEqual({ bodies: ['n 1\n', 'n 2\n', 'n 4\n'], connections: 2 })
})

test('a scrape that is stopped ends at once', async () => {
  const silent = `http://${await listen(net.createServer(() => undefined))}/metrics`
  const client = clientFor()
  const stop = new AbortController()
  const fetching = client.fetch(silent, 10_000, stop.signal)
  stop.abort()
  await expect(fetching).rejects.toThrow(`Get "${silent}": context canceled`)
  client.close()
})
