import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mountRoutes } from '../../../pullserver/api/routes.ts'
import type { Labels } from '../../../pullserver/labels.ts'
import { readPageFiles } from '../../../pullserver/page/files.ts'
import { createEngine } from '../../../pullserver/promql/engine.ts'
import type { TargetStatus } from '../../../pullserver/scrape/scraper.ts'
import { openStore, type Store } from '../../../pullserver/storage/store.ts'
import { createLog } from '../../../shared/log.ts'
import { createApp } from '../../../shared/web/app.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const nowMs = 1_700_000_000_500
const log = createLog({ level: 'error', format: 'logfmt', write: () => undefined })
const folder = temporaryFolder()
let url = ''
let store: Store
let close: () => Promise<void>

const target: TargetStatus = {
  discoveredLabels: { __address__: 'localhost:1', job: 'away' },
  labels: { instance: 'localhost:1', job: 'away' },
  scrapePool: 'away',
  scrapeUrl: 'http://localhost:1/metrics',
  globalUrl: 'http://host:1/metrics',
  lastError: 'connection refused',
  lastScrape: undefined,
  lastScrapeDuration: 0,
  health: 'unknown',
  scrapeInterval: '15s',
  scrapeTimeout: '10s',
}

beforeAll(async () => {
  store = openStore({ path: folder.path, retentionMs: 1e12, log, nowMs: () => nowMs })
  fill(store)
  const engine = createEngine({ store, lookbackMs: 300_000, timeoutMs: 10_000, maxSamples: 1e6 })
  const scraper = {
    targets: () => [target],
    dropped: () => [{ discoveredLabels: { job: 'gone' }, scrapePool: 'gone' }],
    droppedCounts: () => ({ away: 0, gone: 1 }),
    metadata: () => [
      {
        target: target.labels,
        families: new Map([['a_total', { type: 'counter', help: 'help', unit: '' }]]),
      },
    ],
  }
  const status = {
    version: '0.1.0',
    config: {
      current: () => ({ text: 'global: {}\n' }),
      loadedMs: () => nowMs,
      lastReadSucceeded: () => true,
    },
    flags: { 'config.file': 'prometheus.yml' },
    startMs: nowMs,
    retention: '15d',
    store,
  }
  const parts = { engine, store, scraper, status, page: readPageFiles(), nowMs: () => nowMs }
  const server = createServer(createApp((app) => mountRoutes(app, parts), log))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

afterAll(async () => {
  await close()
  store.close()
  folder[Symbol.dispose]()
})

/** `up` of two jobs and a counter, every 15 s for five minutes before now. */
function fill(into: Store): void {
  const group = into.group('test')
  const labels = (name: string, job: string): Labels => [
    { name: '__name__', value: name },
    { name: 'job', value: job },
  ]
  const refs = Int32Array.of(
    group.ref(labels('up', 'a')),
    group.ref(labels('up', 'b')),
    group.ref(labels('a_total', 'a')),
  )
  for (let i = 0; i <= 20; i++) {
    group.append(nowMs - (20 - i) * 15_000, refs, Float64Array.of(1, 0, i * 30), 3)
  }
}

async function get(path: string, init?: RequestInit): Promise<{ status: number; text: string }> {
  const answer = await fetch(url + path, init)
  return { status: answer.status, text: await answer.text() }
}

/** What Prometheus 3.5.3 answered to the same request (server/api-samples-3.5.3.txt), values aside. */
test('queries are answered as Prometheus answers them', async () => {
  const check = async (query: string, status: number, text: string) =>
    expect(await get(`/api/v1/query?${query}`)).toEqual({ status, text })
  const bad = (error: string) =>
    `{"status":"error","errorType":"bad_data","error":${JSON.stringify(error)}}`
  const good = (type: string, result: string) =>
    `{"status":"success","data":{"resultType":"${type}","result":${result}}}`
  await check('query=1', 200, good('scalar', '[1700000000.500,"1"]'))
  await check('query="a"', 200, good('string', '[1700000000.500,"a"]'))
  await check('query=-1/0', 200, good('scalar', '[1700000000.500,"-Inf"]'))
  await check(
    'query=vector(1e21)',
    200,
    good('vector', '[{"metric":{},"value":[1700000000.500,"1e+21"]}]'),
  )
  await check(
    'query=up{job="a"}&time=2023-11-14T22:13:20Z',
    200,
    good('vector', '[{"metric":{"__name__":"up","job":"a"},"value":[1700000000,"1"]}]'),
  )
  await check(
    'query=up{job="a"}[16s]',
    200,
    good(
      'matrix',
      '[{"metric":{"__name__":"up","job":"a"},"values":[[1699999985.500,"1"],[1700000000.500,"1"]]}]',
    ),
  )
  await check('query=1%2B1&time=4', 200, good('scalar', '[4,"2"]')) // Grafana's "Save & test"
  await check(
    'query=',
    400,
    bad('invalid parameter "query": unknown position: parse error: no expression found in input'),
  )
  await check(
    'query=up%20%3D%3D',
    400,
    bad('invalid parameter "query": 1:6: parse error: unexpected end of input'),
  )
  await check(
    'query=nosuch(1)',
    400,
    bad('invalid parameter "query": 1:1: parse error: unknown function with name "nosuch"'),
  )
  await check(
    'query=up&time=x',
    400,
    bad(
      `invalid parameter "time": invalid time value for 'time': cannot parse "x" to a valid timestamp`,
    ),
  )
  await check(
    'query=up&timeout=1ns',
    400,
    bad('invalid parameter "timeout": cannot parse "1ns" to a valid duration'),
  )
})

test('range queries check their bounds in Prometheus order and words', async () => {
  const check = async (query: string, error: string) => {
    const { status, text } = await get(`/api/v1/query_range?${query}`)
    expect([status, JSON.parse(text).error]).toEqual([400, error])
  }
  await check(
    'query=up&start=2&end=1&step=5',
    'invalid parameter "end": end timestamp must not be before start time',
  )
  await check(
    'query=up&start=0&end=100000&step=1',
    'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
  )
  await check(
    'query=up&start=0&end=100&step=0',
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  )
  await check(
    'query=up&start=0&end=100',
    'invalid parameter "step": cannot parse "" to a valid duration',
  )
  await check(
    'query=up&end=100&step=1',
    'invalid parameter "start": cannot parse "" to a valid timestamp',
  )
  await check(
    'query=up[5m]&start=0&end=1&step=1',
    'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
  )
  expect(await get('/api/v1/query_range?query=1&start=0&end=2&step=1')).toEqual({
    status: 200,
    text: '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[0,"1"],[1,"1"],[2,"1"]]}]}}',
  })
})

test('a query is formatted, or told where it is wrong', async () => {
  const format = async (query: string) =>
    JSON.parse((await get(`/api/v1/format_query?query=${encodeURIComponent(query)}`)).text)
  expect(await format('sum  by(job)( up )')).toEqual({
    status: 'success',
    data: 'sum by (job) (up)',
  })
  expect(await format('sum(')).toMatchObject({ errorType: 'bad_data' })
})

test('label values end with their series: nothing is there before it began', async () => {
  const values = async (range: string) =>
    JSON.parse((await get(`/api/v1/label/job/values?${range}`)).text).data
  expect(await values('start=1&end=2')).toEqual([])
  expect(await values(`start=${nowMs / 1000 - 60}&end=${nowMs / 1000}`)).toEqual(['a', 'b'])
  expect(await values('start=5&end=4')).toEqual([])
})

test('a failing evaluation is a 422, and a limit is a warning', async () => {
  const many = await get(`/api/v1/query?query=${encodeURIComponent('up + on() up')}`)
  expect(many.status).toBe(422)
  expect(JSON.parse(many.text)).toMatchObject({ errorType: 'execution' })
  const cut = JSON.parse((await get('/api/v1/query?query=up&limit=1')).text)
  expect(cut.warnings).toEqual(['results truncated due to limit'])
  expect(cut.data.result).toHaveLength(1)
})

test('series, labels and label values are found, narrowed and limited', async () => {
  const check = async (path: string, expected: unknown) =>
    expect(JSON.parse((await get(`/api/v1/${path}`)).text)).toEqual(expected)
  const ok = (data: unknown) => ({ status: 'success', data })
  await check('labels', ok(['__name__', 'job']))
  await check('label/job/values', ok(['a', 'b']))
  await check('label/job/values?match[]=a_total', ok(['a']))
  await check('label/U__job/values', ok(['a', 'b'])) // as Grafana escapes names
  await check('label/nosuch/values', ok([]))
  await check('series?match[]=up{job="b"}', ok([{ __name__: 'up', job: 'b' }]))
  await check('label/job/values?limit=1', {
    ...ok(['a']),
    warnings: ['results truncated due to limit'],
  })
  const bad = (error: string) => ({ status: 'error', errorType: 'bad_data', error })
  await check('series', bad('no match[] parameter provided'))
  await check('labels?match[]={}', bad('match[] must contain at least one non-empty matcher'))
})

test('a form is read as the address is, and too large a form is refused', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const post = (body: string) => get('/api/v1/query', { method: 'POST', headers, body })
  expect((await post('query=1&time=4')).text).toContain('[4,"1"]')
  expect(await post(`query=${'x'.repeat(11 * 1024 * 1024)}`)).toMatchObject({ status: 400 })
})

test('targets are shown with their zero time, and counted when dropped', async () => {
  const { data } = JSON.parse((await get('/api/v1/targets')).text)
  expect(data.activeTargets).toEqual([{ ...target, lastScrape: '0001-01-01T00:00:00Z' }])
  expect(data.droppedTargetCounts).toEqual({ away: 0, gone: 1 })
  const dropped = JSON.parse((await get('/api/v1/targets?state=dropped')).text).data
  expect([dropped.activeTargets.length, dropped.droppedTargets.length]).toEqual([0, 1])
  expect(JSON.parse((await get('/api/v1/metadata?metric=a_total')).text).data).toEqual({
    a_total: [{ type: 'counter', unit: '', help: 'help' }],
  })
})

test('a method that is not allowed is named a 405, and unknown paths are 404', async () => {
  const answer = await fetch(`${url}/api/v1/query`, { method: 'DELETE' })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, OPTIONS, POST'])
  expect(await get('/api/v1/nosuch')).toEqual({ status: 404, text: '404 page not found\n' })
  expect(await get('/assets/..%2Fmain.ts')).toMatchObject({ status: 404 })
})

test('a large answer is compressed for those who ask', async () => {
  const query = `/api/v1/query_range?query=up&start=${nowMs / 1000 - 250}&end=${nowMs / 1000}&step=1`
  const plain = await (
    await fetch(url + query, { headers: { 'accept-encoding': 'identity' } })
  ).text()
  const { request } = await import('node:http')
  const packed = await new Promise<Buffer>((resolve) => {
    request(url + query, { headers: { 'accept-encoding': 'gzip' } }, async (answer) => {
      resolve(Buffer.concat(await answer.toArray()))
    }).end()
  })
  expect(packed.length).toBeLessThan(plain.length / 5)
  expect(gunzipSync(packed).toString()).toBe(plain)
})

test('the page is served at its addresses, with a policy that keeps other code out', async () => {
  expect((await fetch(`${url}/`, { redirect: 'manual' })).headers.get('location')).toBe('query')
  const old = await fetch(`${url}/graph?g0.expr=up&g0.tab=0`, { redirect: 'manual' })
  expect(old.headers.get('location')).toBe('query?g0.expr=up&g0.tab=0')
  for (const path of ['/query', '/targets', '/status']) {
    const answer = await fetch(url + path)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(await answer.text()).toContain('assets/main.js')
  }
  expect((await fetch(`${url}/assets/uPlot.esm.js`)).status).toBe(200)
})
