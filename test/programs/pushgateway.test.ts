import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeOpenMetrics } from '../../shared/exposition/decode-openmetrics.ts'
import { testWithPeer } from '../peer.ts'
import { complaintsOf } from '../promtool.ts'
import { type Call, httpCases } from '../pushgateway/http-cases.ts'
import { runHttpCase, send } from '../pushgateway/run-http-case.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type RunningProgram, runProgram, startProgram } from './program.ts'

const main = 'pushgateway/main.ts'
let gateway: RunningProgram

beforeAll(async () => {
  gateway = await startProgram(main, ['--web.enable-admin-api'])
})
afterAll(async () => {
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})

test.each(httpCases)('answers: $name', (one) => runHttpCase(gateway.url, one))

const x1 = 'x{instance="",job="a"} 1'

test('a body is limited, packed and unpacked', async () => {
  await using small = await startProgram(main, ['--push.max-body-size=1000000'])
  const reason = 'the body is larger than 1000000 bytes, the limit that --push.max-body-size sets\n'
  const zeros = gzipSync(Buffer.alloc(50_000_000, ' '))
  const gzip = { 'Content-Encoding': 'gzip' }
  const chunked = { 'Transfer-Encoding': 'chunked' }
  const path = '/metrics/job/a'
  const calls: Call[] = [
    ['PUT', path, Buffer.alloc(1_000_001, '\n')],
    ['PUT', path, Buffer.alloc(1_000_001, '\n'), chunked],
    ['PUT', path, zeros, gzip],
    ['PUT', path, gzipSync(Buffer.alloc(1_000_001, '\n')), gzip],
  ]
  for (const call of calls) {
    expect(await send(small.url, call)).toMatchObject({ status: 413, body: reason })
  }
  const fits = await send(small.url, ['PUT', path, gzipSync(Buffer.alloc(1_000_000, '\n')), gzip])
  expect(fits.status).toBe(200)
})

test('groups and series are limited where a flag says so', async () => {
  await using small = await startProgram(main, ['--push.max-groups=2', '--push.max-series=3'])
  const put = async (job: string, body: string) => {
    const answer = await send(small.url, ['PUT', `/metrics/job/${job}`, body])
    return answer.status === 200 ? 'ok' : `${answer.status} ${answer.body}`
  }
  expect(await put('a', 'x 1\ny 1\n')).toBe('ok')
  expect(await put('b', 'x 1\ny 1\n')).toMatch(/^429 the push adds 2 series to 2, and --push.max/)
  expect(await put('b', 'x 1\n')).toBe('ok')
  expect(await put('c', '')).toMatch(/^429 there are 2 groups, and --push.max-groups allows 2: /)
  expect(await put('a', 'x 2\nz 1\n')).toBe('ok')
  await send(small.url, ['DELETE', '/metrics/job/b'])
  expect(await put('c', 'x 1\n')).toBe('ok')
})

test('a body of 10 MB is stored and shown whole', async () => {
  const lines = Array.from(
    { length: 150_000 },
    (_, i) => `x{number="${i}",filler="${'f'.repeat(40)}"} ${i}\n`,
  )
  const body = lines.join('')
  expect(body.length).toBeGreaterThan(10_000_000)
  expect((await send(gateway.url, ['PUT', '/metrics/job/large', body])).status).toBe(200)
  const shown = await send(gateway.url, ['GET', '/metrics'])
  expect(shown.body.match(/^x\{.*job="large"/gm)).toHaveLength(150_000)
  const group = await send(gateway.url, ['GET', '/api/v1/groups/job/large'])
  expect(group.body.length).toBeLessThan(300_000)
  expect((await send(gateway.url, ['DELETE', '/metrics/job/large'])).status).toBe(202)
  const after = await send(gateway.url, ['GET', '/metrics'])
  expect(after.body).not.toContain('job="large"')
}, 30_000)

test('a client that leaves midway stores nothing and harms nobody', async () => {
  const { port, hostname } = new URL(gateway.url)
  for (const part of [
    'PUT /metrics/job/half HT',
    'PUT /metrics/job/half HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx 1\n',
  ]) {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(part)
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
  }
  const { body } = await send(gateway.url, ['GET', '/metrics'])
  expect(body).not.toContain('job="half"')
})

test('malformed requests are answered, and the gateway goes on', async () => {
  const { port, hostname } = new URL(gateway.url)
  const requests = [
    'PUT /metrics/job/a b HTTP/1.1\r\nHost: x\r\n\r\n',
    'PUT /metrics/job/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'PUT /metrics/job/a HTTP/1.1\r\n\r\n',
    'nonsense\r\n\r\n',
  ]
  for (const request of requests) {
    const socket = connect(Number(port), hostname)
    socket.end(request)
    const [answer]: Buffer[] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
    socket.destroy()
  }
  expect((await send(gateway.url, ['GET', '/-/ready'])).status).toBe(200)
})

test('everything stands under the route prefix, which the external URL gives', async () => {
  await using prefixed = await startProgram(main, ['--web.external-url=http://example.org/pg/(x)/'])
  const get = async (path: string) => (await send(prefixed.url, ['GET', path])).status
  expect((await send(prefixed.url, ['PUT', '/pg/(x)/metrics/job/a', 'x 1\n'])).status).toBe(200)
  expect((await send(prefixed.url, ['GET', '/pg/(x)/metrics'])).body).toContain(x1)
  expect(await get('/pg/(x)/-/ready')).toBe(200)
  expect(await get('/pg/(x)/')).toBe(200)
  expect(await get('/pg/(x)')).toBe(301)
  expect(await get('/pg/(x)/api/v1/groups/job/a')).toBe(200)
  expect(await get('/')).toBe(404)
  expect(await get('/metrics')).toBe(404)
  expect(await get('/-/quit')).toBe(405)
})

test('the telemetry path moves the metrics and nothing else', async () => {
  await using moved = await startProgram(main, ['--web.telemetry-path=/other'])
  expect((await send(moved.url, ['PUT', '/metrics/job/a', 'x 1\n'])).status).toBe(200)
  expect((await send(moved.url, ['GET', '/other'])).body).toContain(x1)
  expect((await send(moved.url, ['GET', '/metrics'])).status).toBe(404)
})

test('without checks every readable push is answered 202, and the page stays whole', async () => {
  await using unchecked = await startProgram(main, ['--push.disable-consistency-check'])
  const put = async (body: string) =>
    (await send(unchecked.url, ['PUT', '/metrics/job/a', body])).status
  expect(await put('x 1\n')).toBe(202)
  expect(await put('x 1 1\n')).toBe(202)
  expect(await put('x 2\nx 2\n')).toBe(202)
  expect(await put('x')).toBe(400)
  const { status, body } = await send(unchecked.url, ['GET', '/metrics'])
  expect(status).toBe(200)
  expect(body).toContain(x1)
})

test('names of any characters are taken where the flag allows them', async () => {
  const call: Call = ['PUT', '/metrics/job/a/U__l_2e_m/v', '{"x.y"} 1\n']
  expect((await send(gateway.url, call)).body).toBe(
    'text format parsing error in line 1: invalid metric name "x.y"\n',
  )
  await using utf8 = await startProgram(main, ['--push.enable-utf8-names'])
  expect((await send(utf8.url, call)).status).toBe(200)
  const accept = { Accept: 'text/plain;version=0.0.4;escaping=allow-utf-8' }
  const { body, headers } = await send(utf8.url, ['GET', '/metrics', '', accept])
  expect(body).toContain('{"x.y",instance="",job="a","l.m"="v"} 1')
  expect(headers['content-type']).toBe(
    'text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8',
  )
  expect((await send(utf8.url, ['GET', '/metrics'])).body).toContain(
    'x_y{instance="",job="a",l_m="v"} 1',
  )
})

test('flags let in timestamps and lines of Windows, and OpenMetrics out, also after a restart', async () => {
  using folder = temporaryFolder()
  const args = [
    `--persistence.file=${join(folder.path, 'state')}`,
    '--push.timestamps=drop',
    '--push.lenient',
    '--web.enable-openmetrics',
  ]
  const type = { 'Content-Type': 'application/openmetrics-text; version=1.0.0' }
  const seconds =
    '# TYPE c_seconds counter\n# UNIT c_seconds seconds\nc_seconds_total 2 # {id="a"} 0.5\n# EOF\n'
  const histogram = '# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 2\nh_sum 3\n'
  const summary = '# TYPE s summary\ns{quantile="0.5"} 1\ns_count 2\ns_sum 3'
  const calls: Call[] = [
    ['PUT', '/metrics/job/a', 'x 1 123\r\ny 2'],
    ['PUT', '/metrics/job/b', seconds, type],
    ['PUT', '/metrics/job/c', `${histogram}# TYPE c counter\nc 1\n${summary}`],
  ]
  const accept = { Accept: 'application/openmetrics-text; version=1.0.0' }
  const page = async (url: string): Promise<string[]> => {
    const { body, headers } = await send(url, ['GET', '/metrics', '', accept])
    expect(headers['content-type']).toMatch(/^application\/openmetrics-text; version=1.0.0/)
    expect(decodeOpenMetrics(body).length).toBeGreaterThan(10)
    return body.split('\n').filter((line) => /^[cxyhs](_|\{| )/.test(line) || /UNIT c_/.test(line))
  }
  const first = await startProgram(main, args)
  for (const call of calls) expect((await send(first.url, call)).body).toBe('')
  const lines = await page(first.url)
  expect(lines).toEqual([
    // A counter that is not called so is of type unknown there.
    'c{instance="",job="c"} 1.0',
    '# UNIT c_seconds seconds',
    'c_seconds_total{instance="",job="b"} 2.0 # {id="a"} 0.5',
    'h_bucket{instance="",job="c",le="1.0"} 1',
    'h_bucket{instance="",job="c",le="+Inf"} 2',
    'h_sum{instance="",job="c"} 3.0',
    'h_count{instance="",job="c"} 2',
    's{instance="",job="c",quantile="0.5"} 1.0',
    's_sum{instance="",job="c"} 3.0',
    's_count{instance="",job="c"} 2',
    'x{instance="",job="a"} 1.0',
    'y{instance="",job="a"} 2.0',
  ])
  await first.stop('SIGKILL')
  await using second = await startProgram(main, args)
  expect(await page(second.url)).toEqual(lines)
}, 20_000)

test('quit ends the gateway where the lifecycle API is enabled', async () => {
  await using ending = await startProgram(main, ['--web.enable-lifecycle'])
  const answer = await send(ending.url, ['PUT', '/-/quit'])
  expect(answer).toMatchObject({ status: 200, body: 'Requesting termination... Goodbye!' })
  expect(await ending.exited).toEqual({ code: 0, signal: null })
})

test('counts requests and measures pushes', async () => {
  await using fresh = await startProgram(main)
  const calls: Call[] = [
    ['PUT', '/metrics/job/a', 'x 1\n'],
    ['POST', '/metrics/job/a', 'x'],
    ['DELETE', '/metrics/job/a'],
    ['GET', '/-/healthy'],
    ['GET', '/nothing'],
  ]
  for (const call of calls) await send(fresh.url, call)
  const { body } = await send(fresh.url, ['GET', '/metrics'])
  const lines = body.split('\n')
  expect(lines.filter((line) => line.startsWith('pushgateway_http_requests_total'))).toEqual([
    'pushgateway_http_requests_total{code="200",handler="healthy",method="get"} 1',
    'pushgateway_http_requests_total{code="200",handler="push",method="put"} 1',
    'pushgateway_http_requests_total{code="202",handler="delete",method="delete"} 1',
    'pushgateway_http_requests_total{code="400",handler="push",method="post"} 1',
  ])
  expect(lines).toContain('pushgateway_http_push_duration_seconds_count{method="post"} 1')
  expect(lines).toContain('pushgateway_http_push_size_bytes_count{method="put"} 1')
  expect(body).toMatch(/^pushgateway_build_info\{.*goversion=.*version=".*"\} 1$/m)
  expect(body).toMatch(/^process_cpu_seconds_total /m)
})

testWithPeer(
  'promtool',
  'tells what it holds and refused, and promtool agrees',
  async (promtool) => {
    await using fresh = await startProgram(main, ['--push.max-groups=2', '--push.max-body-size=99'])
    const state = async () => {
      const { body } = await send(fresh.url, ['GET', '/metrics'])
      expect(await complaintsOf(promtool, body)).toEqual([])
      return body.match(/^pushgateway_(groups|series|stored|push_failures).*(?<! 0)$/gm)
    }
    expect(await state()).toEqual(null)
    const calls: Call[] = [
      ['PUT', '/metrics/job/a', '# HELP x X.\nx 1\nx{l="1"} 1\n'],
      ['PUT', '/metrics/job/a', 'x'],
      ['PUT', '/metrics/job/b', 'x 1 1\n'],
      ['PUT', '/metrics/job/c', ''],
      ['PUT', '/metrics/job/%FF', ''],
      ['PUT', '/metrics/job/a', ' '.repeat(100)],
    ]
    for (const call of calls) await send(fresh.url, call)
    await send(fresh.url, ['GET', '/metrics'])
    const pushed = (await send(fresh.url, ['GET', '/metrics'])).body
    const size = pushed.match(/^(# \w+ )?(x|push_\w*)[ {].*\n/gm)?.join('').length
    expect(await state()).toEqual([
      'pushgateway_groups 2',
      'pushgateway_push_failures_total{reason="inconsistent"} 1',
      'pushgateway_push_failures_total{reason="limit"} 1',
      'pushgateway_push_failures_total{reason="malformed"} 2',
      'pushgateway_push_failures_total{reason="too_large"} 1',
      'pushgateway_series 2',
      `pushgateway_stored_bytes ${size}`,
    ])
  },
)

test('tells of each group who pushed last, and what was wrong', async () => {
  await using fresh = await startProgram(main)
  const path = '/metrics/job/a'
  const last = async () => {
    const list = JSON.parse((await send(fresh.url, ['GET', '/api/v1/groups'])).body).data.groups
    const one = JSON.parse((await send(fresh.url, ['GET', `/api/v1/groups/job/a`])).body).data
    expect(one).toMatchObject(list[0])
    expect(one.last_source).toBe('127.0.0.1')
    return [one.last_push_bytes, one.last_error]
  }
  const push = (body: string | Uint8Array, query = '', headers = {}) =>
    send(fresh.url, ['PUT', path + query, body, headers])
  await push('x')
  expect((await send(fresh.url, ['GET', '/api/v1/groups'])).body).toContain('"total":0')
  await push(gzipSync('x 1\n'), '', { 'Content-Encoding': 'gzip' })
  expect(await last()).toEqual([4, null])
  await push('x\n')
  expect(await last()).toEqual([
    2,
    'text format parsing error in line 1: expected float as value, got ""',
  ])
  await push('x 1\n', '?ttl=x')
  expect(await last()).toEqual([null, 'ttl in the URL: time: invalid duration "x"'])
  await push('x{l="a"} 1\nx{l="a"} 1\n')
  expect(await last()).toEqual([22, expect.stringMatching(/ was collected before /)])
  await push(`x{l="${'v'.repeat(10_000)}"} 1\n`.repeat(2))
  const [size, error] = await last()
  expect(size).toBe(20_020)
  expect(error).toHaveLength(503)
  await push('x 1\n')
  expect(await last()).toEqual([4, null])
})

const startErrors: [args: string[], line: RegExp][] = [
  [['--nope'], /^pushgateway: error: unknown long flag '--nope', try --help$/],
  [['--persistence.interval=5'], /^pushgateway: error: .*missing unit in duration/],
  [['--web.telemetry-path=metrics'], /--web.telemetry-path must start with a slash/],
  [['--web.external-url=http://['], /--web.external-url wants a URL/],
  [['--web.listen-address=127.0.0.1:99999'], /99999/],
]

test.each(startErrors)('%j is an error in one line', async (args, line) => {
  const { code, stderr } = await runProgram(main, args)
  expect(code).toBe(1)
  expect(stderr.trim().split('\n').at(-1)).toMatch(line)
})

test('a port that is taken is an error', async () => {
  const address = gateway.url.slice('http://'.length)
  const { code, stderr } = await runProgram(main, [`--web.listen-address=${address}`])
  expect(code).toBe(1)
  expect(stderr).toContain(address)
})
