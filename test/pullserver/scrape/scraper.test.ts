import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../../pullserver/config/load.ts'
import { createScraper, type Scraper } from '../../../pullserver/scrape/scraper.ts'
import { family } from '../../../shared/exposition/declare.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import { metricsHandler } from '../../../shared/exposition/handler.ts'
import { Registry } from '../../../shared/exposition/registry.ts'
import { createLog } from '../../../shared/log.ts'
import { protobuf } from '../../shared/exposition/protobuf.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { waitFor } from '../../wait.ts'
import { RecordingStore } from './recording-store.ts'

type Page = (request: IncomingMessage, response: ServerResponse) => void
type Job = Record<string, unknown>

const ending: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

/** Pages by path; a string is a text page. Gives host:port. */
async function serve(pages: Record<string, string | Page>): Promise<string> {
  const server = http.createServer((request, response) => {
    const page = pages[request.url ?? '']
    if (typeof page === 'function') return page(request, response)
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page ?? 'x 1\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ending.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

function configOf(...jobs: Job[]): Config {
  const global = { scrape_interval: '100ms' }
  const scrape_configs = jobs.map((job, index) => ({ job_name: `j${index}`, ...job }))
  return parseConfig(JSON.stringify({ global, scrape_configs }), 'p.yml')
}

function at(address: string, path: string, job: Job = {}): Job {
  return { metrics_path: path, static_configs: [{ targets: [address] }], ...job }
}

function start(config: Config): { scraper: Scraper; store: RecordingStore; log: string[] } {
  const store = new RecordingStore()
  const log: string[] = []
  const scraper = createScraper({
    config,
    store,
    log: createLog({ level: 'info', format: 'logfmt', write: (line) => log.push(line) }),
    externalUrl: 'http://outside:9090/',
  })
  scraper.start()
  ending.unshift(() => scraper.stop())
  return { scraper, store, log }
}

function scraped(scraper: Scraper): boolean {
  return scraper.targets().every((target) => target.lastScrape !== undefined)
}

/** One target scraped at least once: what is stored and what is shown of it. */
async function scrapeOnce(path: string, page: string | Page, job: Job = {}) {
  const address = await serve({ [path]: page })
  const { scraper, store, log } = start(configOf(at(address, path, job)))
  await waitFor('the first scrape', () => scraped(scraper))
  const [target] = scraper.targets()
  await scraper.stop()
  return { address, scraper, store, log, target }
}

test('samples and the synthetic series of a scrape carry one timestamp', async () => {
  const { address, store, target } = await scrapeOnce('/m', 'a 1\nb{c="d"} 2.5\n')
  expect(store.latest()).toEqual({
    [`{__name__="a", instance="${address}", job="j0"}`]: 1,
    [`{__name__="b", c="d", instance="${address}", job="j0"}`]: 2.5,
  })
  const firsts = [...store.all().values()].map((samples) => samples[0]?.timestampMs)
  expect(new Set(firsts).size).toBe(1)
  expect(store.synthetic('up')).toBe(1)
  expect(store.synthetic('scrape_samples_scraped')).toBe(2)
  expect(store.synthetic('scrape_samples_post_metric_relabeling')).toBe(2)
  const added = store.samples(`{__name__="scrape_series_added", instance="${address}", job="j0"}`)
  expect(added[0]?.value).toBe(2)
  expect(target).toMatchObject({
    discoveredLabels: { __address__: address, job: 'j0' },
    labels: { instance: address, job: 'j0' },
    scrapePool: 'j0',
    scrapeUrl: `http://${address}/m`,
    globalUrl: `http://outside:${address.split(':')[1]}/m`,
    lastError: '',
    health: 'up',
    scrapeInterval: '100ms',
    scrapeTimeout: '100ms',
  })
  expect(target?.lastScrapeDuration).toBeGreaterThan(0)
})

test('protobuf is asked for where it is configured, and read as the same series', async () => {
  const registry = new Registry()
  registry.add(family('gauge', 'b', 'B.', ['c']), 2.5, 'd')
  registry.adopt([
    {
      name: 'h',
      type: 'histogram',
      metrics: [{ labels: [], count: 3n, sum: 4, buckets: [[1, 2n]] }],
    },
  ])
  const answer = metricsHandler({ gather: () => [registry], handlerMetrics: false, onError() {} })
  const accepts: string[] = []
  const page: Page = (request, response) => {
    accepts.push(request.headers.accept ?? '')
    answer(request, response)
  }
  const stored: unknown[] = []
  for (const scrape_protocols of [['PrometheusProto'], ['PrometheusText0.0.4']]) {
    const { address, store, target } = await scrapeOnce('/m', page, { scrape_protocols })
    expect(target).toMatchObject({ health: 'up', lastError: '' })
    stored.push(JSON.parse(JSON.stringify(store.latest()).replaceAll(address, 'A')))
    expect(store.synthetic('scrape_samples_scraped')).toBe(5)
  }
  expect(accepts[0]).toMatch(/^application\/vnd\.google\.protobuf;/)
  expect(accepts.at(-1)).not.toContain('protobuf')
  expect(stored[0]).toEqual(stored[1])
  expect(stored[0]).toMatchObject({ '{__name__="h_bucket", instance="A", job="j0", le="1.0"}': 2 })
})

test('a protobuf page that is cut fails the scrape', async () => {
  const body = encode([{ name: 'a', type: 'gauge', metrics: [{ labels: [], value: 1 }] }], protobuf)
  const { store, target } = await scrapeOnce('/m', (_, response) => {
    response.setHeader('content-type', 'application/vnd.google.protobuf')
    response.end(body.subarray(0, -1))
  })
  expect(target?.lastError).toBe(
    'clientpb: insufficient length of buffer, expected at least 19 bytes, got 18 bytes',
  )
  expect(store.synthetic('up')).toBe(0)
})

test('later scrapes are on the grid of the interval', async () => {
  const address = await serve({})
  const { store } = start(configOf(at(address, '/m')))
  const up = `{__name__="up", instance="${address}", job="j0"}`
  // A busy machine delays some of them, none comes early: four at one phase are the grid.
  await waitFor('four scrapes at the same phase', () => {
    const phases = store
      .samples(up)
      .slice(1)
      .map(({ timestampMs }) => timestampMs % 100)
    const counts = Map.groupBy(phases, (phase) => phase)
    return Math.max(0, ...[...counts.values()].map((same) => same.length)) >= 4
  })
})

test('a series that vanishes is marked at the scrape that misses it', async () => {
  let n = 0
  const page: Page = (_request, response) => {
    n++
    response.setHeader('content-type', 'text/plain')
    response.end(n === 1 ? 'a 1\nv 1\n' : 'a 1\n')
  }
  const address = await serve({ '/m': page })
  const { store } = start(configOf(at(address, '/m')))
  const series = (name: string) =>
    store.samples(`{__name__="${name}", instance="${address}", job="j0"}`)
  await waitFor('three scrapes', () => series('a').length >= 3)
  expect(series('v').map((sample) => sample.value)).toEqual([1, 'stale'])
  expect(series('v')[1]?.timestampMs).toBe(series('a')[1]?.timestampMs)
})

test('a failed scrape ends all series of the target, and it can come back', async () => {
  let n = 0
  const page: Page = (_request, response) => {
    n++
    response.setHeader('content-type', 'text/plain')
    response.statusCode = n === 2 ? 500 : 200
    response.end(n === 3 ? 'a 1\nbroken{\n' : 'a 1\n')
  }
  const address = await serve({ '/m': page })
  const { scraper, store, log } = start(configOf(at(address, '/m')))
  const series = (name: string) =>
    store.samples(`{__name__="${name}", instance="${address}", job="j0"}`)
  await waitFor('four scrapes', () => series('up').length >= 4)
  await scraper.stop()
  expect(
    series('up')
      .slice(0, 4)
      .map((sample) => sample.value),
  ).toEqual([1, 0, 0, 1])
  expect(
    series('a')
      .slice(0, 3)
      .map((sample) => sample.value),
  ).toEqual([1, 'stale', 1])
  expect(log.filter((line) => line.includes('scrape failed'))).toHaveLength(2)
  expect(log.filter((line) => line.includes('scrape works again'))).toHaveLength(1)
})

test('failures are down with the text of Prometheus, and nothing is stored but the report', async () => {
  const check = async (page: string | Page, error: string, counts: object, job: Job = {}) => {
    const { store, target } = await scrapeOnce('/m', page, job)
    const found = {
      scraped: store.synthetic('scrape_samples_scraped'),
      kept: store.synthetic('scrape_samples_post_metric_relabeling'),
    }
    const [reason] = (target?.lastError ?? '').split('\n')
    expect({ reason, up: store.synthetic('up'), stored: store.latest(), ...found }).toEqual({
      reason: error,
      up: 0,
      stored: {},
      ...counts,
    })
  }
  const typed =
    (type: string, body: string): Page =>
    (_request, response) => {
      if (type !== '') response.setHeader('content-type', type)
      response.end(body)
    }
  const many = Array.from({ length: 50 }, (_, i) => `m{i="${i}"} ${i}\n`).join('')
  const nothing = { scraped: 0, kept: 0 }
  await check(
    typed('', 'a 1\n'),
    'non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target',
    nothing,
  )
  await check(
    typed('text/html', '<html>'),
    'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
    nothing,
  )
  await check(many, 'sample limit exceeded', { scraped: 50, kept: 50 }, { sample_limit: 10 })
  await check(many, 'body size limit exceeded', nothing, { body_size_limit: '100B' })
  await check(
    'm{a="1",b="2",c="3",d="4",e="5"} 1\n',
    'label_limit exceeded (metric: m, number of labels: 8, limit: 4)',
    { scraped: 1, kept: 0 },
    { label_limit: 4 },
  )
  await check(
    'm 1\n',
    'missing metric name (__name__ label)',
    { scraped: 1, kept: 0 },
    { metric_relabel_configs: [{ regex: '__name__', action: 'labeldrop' }] },
  )
})

test('a scrape over its sample limit ends the series of the last good one', async () => {
  let n = 0
  const page: Page = (_request, response) => {
    n++
    response.setHeader('content-type', 'text/plain')
    response.end(n === 1 ? 'a 1\nb 1\n' : 'a 1\nc 1\nd 1\n')
  }
  const address = await serve({ '/m': page })
  const { scraper, store } = start(configOf(at(address, '/m', { sample_limit: 2 })))
  await waitFor('the failing scrape', () => store.synthetic('up') === 0)
  expect(store.latest()).toEqual({
    [`{__name__="a", instance="${address}", job="j0"}`]: 'stale',
    [`{__name__="b", instance="${address}", job="j0"}`]: 'stale',
  })
  expect(scraper.totals().prometheus_target_scrapes_exceeded_sample_limit_total).toBeGreaterThan(0)
  expect(scraper.targets()[0]?.lastError).toBe(
    'sample limit exceeded\n3 samples after relabeling, sample_limit is 2',
  )
})

test('own timestamps are used, or not, as the job says', async () => {
  const old = Date.now() - 30_000
  const future = Date.now() + 20 * 60_000
  const body = `m 1 ${old}\nn 2 ${future}\no 3\n`
  const honoring = await scrapeOnce('/m', body)
  const name = (metric: string) =>
    `{__name__="${metric}", instance="${honoring.address}", job="j0"}`
  expect(honoring.store.samples(name('m'))).toEqual([{ timestampMs: old, value: 1 }])
  expect(honoring.store.samples(name('n'))).toEqual([])
  expect(honoring.store.synthetic('up')).toBe(1)
  expect(honoring.store.synthetic('scrape_samples_post_metric_relabeling')).toBe(3)
  const totals = honoring.scraper.totals()
  expect(totals.prometheus_target_scrapes_sample_out_of_bounds_total).toBeGreaterThan(0)
  expect(honoring.log.join('')).toContain('out_of_bounds=1')
  const ignoring = await scrapeOnce('/m', `${body}m 4 ${old + 1}\n`, { honor_timestamps: false })
  const series = `{__name__="m", instance="${ignoring.address}", job="j0"}`
  const own = ignoring.store.samples(series)
  expect(own[0]?.value).toBe(1)
  expect(own[0]?.timestampMs).toBeGreaterThan(old + 20_000)
})

test('series with own timestamps are marked only when the job tracks them', async () => {
  const run = async (job: Job) => {
    let n = 0
    const page: Page = (_request, response) => {
      n++
      response.setHeader('content-type', 'text/plain')
      response.end(n === 1 ? `t 1 ${Date.now() - 1000}\n` : 'a 1\n')
    }
    const address = await serve({ '/m': page })
    const { scraper, store } = start(configOf(at(address, '/m', job)))
    await waitFor('three scrapes', () => n >= 3)
    await scraper.stop()
    return store.samples(`{__name__="t", instance="${address}", job="j0"}`).map((s) => s.value)
  }
  expect(await run({})).toEqual([1])
  expect(await run({ track_timestamps_staleness: true })).toEqual([1, 'stale'])
  expect(await run({ honor_timestamps: false })).toEqual([1, 'stale'])
})

test('the same series twice in a page is stored once and counted', async () => {
  const { address, store, target, scraper } = await scrapeOnce('/m', 'm 1\nm 2\nn 3\n')
  expect(store.samples(`{__name__="m", instance="${address}", job="j0"}`)[0]?.value).toBe(1)
  expect(store.synthetic('scrape_samples_post_metric_relabeling')).toBe(3)
  expect(target?.health).toBe('up')
  expect(
    scraper.totals().prometheus_target_scrapes_sample_duplicate_timestamp_total,
  ).toBeGreaterThan(0)
})

test('targets that hang or flood do not hold up the others', async () => {
  const flood = 'x 1\n'.repeat(16_384)
  const address = await serve({
    '/hang': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write('a 1\n')
    },
    '/silent': () => undefined,
    '/flood': (_request, response) => {
      response.setHeader('content-type', 'text/plain')
      const pour = () => {
        while (response.write(flood));
      }
      response.on('drain', pour)
      pour()
    },
    '/ok': 'a 1\n',
  })
  const { scraper, store } = start(
    configOf(
      at(address, '/hang'),
      at(address, '/silent'),
      at(address, '/flood', { body_size_limit: '1MB' }),
      at(address, '/ok'),
    ),
  )
  const ok = `{__name__="a", instance="${address}", job="j3"}`
  await waitFor('five good scrapes', () => store.samples(ok).length >= 5 && scraped(scraper))
  expect(scraper.targets().map(({ lastError }) => lastError.split('\n')[0])).toEqual([
    'context deadline exceeded',
    `Get "http://${address}/silent": context deadline exceeded`,
    'body size limit exceeded',
    '',
  ])
})

test('an empty page is a good scrape that ends all series', async () => {
  let n = 0
  const page: Page = (_request, response) => {
    n++
    response.setHeader('content-type', 'text/plain')
    response.end(n === 1 ? 'a 1\n' : '')
  }
  const address = await serve({ '/m': page })
  const { store, scraper } = start(configOf(at(address, '/m')))
  const a = `{__name__="a", instance="${address}", job="j0"}`
  await waitFor('the marker', () => store.samples(a).at(-1)?.value === 'stale')
  expect(scraper.targets()[0]?.health).toBe('up')
})

test('a page of 10 MB is scraped, packed or not', async () => {
  const page = `${'# a line that says nothing, and says it at some length\n'.repeat(200_000)}a 1\n`
  const packed = gzipSync(page)
  const address = await serve({
    '/m': (request, response) => {
      const gzip = request.headers['accept-encoding'] === 'gzip'
      const type = { 'content-type': 'text/plain' }
      response.writeHead(200, gzip ? { ...type, 'content-encoding': 'gzip' } : type)
      response.end(gzip ? packed : page)
    },
  })
  const job = { scrape_interval: '1m', scrape_timeout: '1m', extra_scrape_metrics: true }
  const plain = { ...job, enable_compression: false }
  const { scraper, store } = start(configOf(at(address, '/m', job), at(address, '/m', plain)))
  await waitFor('both scrapes', () => scraped(scraper))
  expect(scraper.targets().map((target) => target.lastError)).toEqual(['', ''])
  expect(store.synthetic('scrape_body_size_bytes')).toBe(page.length)
  expect(Object.values(store.latest())).toEqual([1, 1])
})

test('stopping aborts what is under way and marks nothing', async () => {
  const address = await serve({ '/m': 'a 1\n', '/hang': () => undefined })
  const slow = { scrape_interval: '1m', scrape_timeout: '1m' }
  const { scraper, store } = start(configOf(at(address, '/m'), at(address, '/hang', slow)))
  await waitFor('the first scrape', () => store.synthetic('up') === 1)
  const startedAt = performance.now()
  await scraper.stop()
  expect(performance.now() - startedAt).toBeLessThan(1000)
  expect(Object.values(store.latest())).toEqual([1])
  const stored = [...store.all().values()].flat().length
  await new Promise((resolve) => setTimeout(resolve, 250))
  expect([...store.all().values()].flat()).toHaveLength(stored)
})

test('a reload keeps unchanged targets, continues changed ones and ends removed ones at once', async () => {
  const address = await serve({ '/m': 'a 1\n', '/new': 'a 2\nb 1\n' })
  const first = configOf(at(address, '/m'), at(address, '/m'), at(address, '/m'))
  const { scraper, store } = start(first)
  await waitFor('the first scrapes', () => scraped(scraper))
  const before = scraper.targets().map((target) => target.lastScrape)
  await scraper.apply(configOf(at(address, '/m'), at(address, '/new')))
  const series = (job: string, name: string) =>
    store.samples(`{__name__="${name}", instance="${address}", job="${job}"}`)
  expect(series('j2', 'a').at(-1)?.value).toBe('stale')
  expect(series('j2', 'up').at(-1)?.value).toBe('stale')
  expect(scraper.targets().map((target) => target.scrapePool)).toEqual(['j0', 'j1'])
  expect(scraper.targets()[0]?.lastScrape).toBeGreaterThanOrEqual(before[0] ?? Number.NaN)
  expect(scraper.targets()[1]?.health).toBe('unknown')
  await waitFor('the new page', () => series('j1', 'b').length > 0)
  expect(series('j1', 'a').map((sample) => sample.value)).not.toContain('stale')
  expect(series('j0', 'a').map((sample) => sample.value)).not.toContain('stale')
})

test('a target that a reload changes is not left with series it does not have any more', async () => {
  const address = await serve({ '/m': 'a 1\nold 1\n', '/new': 'a 2\n' })
  const { scraper, store } = start(configOf(at(address, '/m')))
  await waitFor('the first scrape', () => scraped(scraper))
  await scraper.apply(configOf(at(address, '/new')))
  const old = `{__name__="old", instance="${address}", job="j0"}`
  await waitFor('the marker', () => store.samples(old).at(-1)?.value === 'stale')
})

test('target_limit fails all targets of the job without a request', async () => {
  let requests = 0
  const page: Page = (_request, response) => {
    requests++
    response.end()
  }
  const address = await serve({ '/m': page })
  const job = { static_configs: [{ targets: [address, `localhost:${address.split(':')[1]}`] }] }
  const { scraper } = start(configOf(at(address, '/m', { ...job, target_limit: 1 })))
  await waitFor('the first scrapes', () => scraped(scraper))
  expect(scraper.targets().map((target) => target.lastError)).toEqual([
    'target_limit exceeded (number of targets: 2, limit: 1)',
    'target_limit exceeded (number of targets: 2, limit: 1)',
  ])
  expect(requests).toBe(0)
})

test('dropped, impossible and doubled targets are not scraped', async () => {
  const address = await serve({})
  const job = {
    static_configs: [{ targets: ['drop:1', 'drop:2', 'bad', address, address] }],
    keep_dropped_targets: 1,
    relabel_configs: [
      { source_labels: ['__address__'], regex: 'drop.*', action: 'drop' },
      {
        source_labels: ['__address__'],
        regex: 'bad',
        target_label: '__address__',
        replacement: 'a/b',
      },
    ],
  }
  const { scraper, log } = start(configOf(at(address, '/m', job)))
  expect(scraper.targets()).toHaveLength(1)
  expect(scraper.dropped()).toMatchObject([
    { scrapePool: 'j0', discoveredLabels: { __address__: 'drop:1' } },
  ])
  expect(scraper.droppedCounts()).toEqual({ j0: 2 })
  expect(log.join('')).toContain('err="\\"a/b\\" is not a valid hostname"')
  expect(scraper.totals().prometheus_target_sync_failed_total).toBe(1)
})

test('what families say about themselves is kept', async () => {
  const { scraper } = await scrapeOnce('/m', '# HELP a Some help.\n# TYPE a counter\na 1\n')
  const [target] = scraper.metadata()
  expect([...(target?.families ?? [])]).toEqual([
    ['a', { type: 'counter', help: 'Some help.', unit: '' }],
  ])
})

test('targets of files follow their files, and a broken file changes nothing', async () => {
  using folder = temporaryFolder()
  const address = await serve({})
  const file = path.join(folder.path, 'a.json')
  const write = (...targets: string[]) => {
    writeFileSync(file, JSON.stringify([{ targets, labels: { env: 'x' } }]))
  }
  write(address)
  const job = { file_sd_configs: [{ files: [path.join(folder.path, '*.json')] }] }
  const { scraper, store, log } = start(configOf(job))
  const names = () => scraper.targets().map(({ labels }) => labels['instance'])
  expect(scraper.targets()).toMatchObject([
    { labels: { instance: address, env: 'x' }, discoveredLabels: { __meta_filepath: file } },
  ])
  await waitFor('the first scrape', () => scraped(scraper))
  const other = address.replace('127.0.0.1', 'localhost')
  write(address, other)
  await waitFor('the second target', () => names().join() === `${address},${other}`)
  writeFileSync(file, '[{"targets": [')
  await waitFor('the error', () => log.join('').includes('error reading targets from a file'))
  expect(names()).toEqual([address, other])
  write(other)
  await waitFor('the removal', () => names().join() === other)
  const up = `{__name__="up", env="x", instance="${address}", job="j0"}`
  expect(store.samples(up).at(-1)?.value).toBe('stale')
  rmSync(file)
  await waitFor('the end of all', () => scraper.targets().length === 0)
})
