import { createServer, get, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { families, family } from '../../../shared/exposition/declare.ts'
import { decodeProtobuf } from '../../../shared/exposition/decode-protobuf.ts'
import {
  BadScrape,
  type MetricsHandlerOptions,
  metricsHandler,
} from '../../../shared/exposition/handler.ts'
import { Registry } from '../../../shared/exposition/registry.ts'

const load = families('gauge', [], { node_load1: 'Load.', node_load5: 'Load of 5 minutes.' })

function loadRegistry(): Registry {
  const registry = new Registry()
  registry.add(load.node_load1, 0.25)
  registry.add(load.node_load5, 0.5)
  return registry
}

const loadPage =
  '# HELP node_load1 Load.\n# TYPE node_load1 gauge\nnode_load1 0.25\n' +
  '# HELP node_load5 Load of 5 minutes.\n# TYPE node_load5 gauge\nnode_load5 0.5\n'

async function serve(options: Partial<MetricsHandlerOptions>): Promise<string> {
  const handler = metricsHandler({
    gather: () => [loadRegistry()],
    handlerMetrics: false,
    onError: (error) => {
      throw error
    },
    ...options,
  })
  const server: Server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, method, agent: false }, async (response) => {
      const body = Buffer.concat(await response.toArray())
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
    outgoing.on('error', reject).end()
  })
}

test('GET answers text with its length', async () => {
  const { status, headers, body } = await ask(await serve({}))
  expect(status).toBe(200)
  expect(headers['content-type']).toBe(
    'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  )
  expect(headers['content-length']).toBe(String(loadPage.length))
  expect(headers['content-encoding']).toBeUndefined()
  expect(body.toString()).toBe(loadPage)
})

test('OpenMetrics is sent to those who ask, where it is offered', async () => {
  const accept = { Accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' }
  expect((await ask(await serve({}), accept)).body.toString()).toBe(loadPage)
  const { headers, body } = await ask(await serve({ openMetrics: true }), accept)
  expect(headers['content-type']).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
  )
  expect(body.toString()).toBe(`${loadPage}# EOF\n`)
})

test('protobuf is sent to those who ask for it first', async () => {
  const url = await serve({ openMetrics: true })
  const type = 'application/vnd.google.protobuf'
  const proto = `${type};proto=io.prometheus.client.MetricFamily;encoding=delimited`
  const first = await ask(url, { Accept: `${proto},application/openmetrics-text;q=0.5,*/*;q=0.1` })
  expect(first.headers['content-type']).toBe(
    `${type}; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores`,
  )
  expect(decodeProtobuf(first.body)).toMatchObject([
    { name: 'node_load1', help: 'Load.', type: 'gauge', metrics: [{ value: 0.25 }] },
    { name: 'node_load5' },
  ])
  const text = await ask(url, { Accept: proto.replace('delimited', 'compact-text') })
  expect(text.body.toString()).toMatch(
    /^name:"node_load1" help:"Load." type:GAUGE metric:\{gauge:\{value:0.25\}\}\nname:/,
  )
  const later = await ask(url, { Accept: `text/plain,${proto};q=0.9` })
  const wildcard = await ask(url, { Accept: '*/*' })
  // Neither an encoding nor a message named: as upstream, that is no match.
  const vague = await ask(url, { Accept: type })
  for (const { body } of [later, wildcard, vague]) expect(body.toString()).toBe(loadPage)
})

test('HEAD answers the same headers and no body', async () => {
  const { status, headers, body } = await ask(await serve({}), {}, 'HEAD')
  expect(status).toBe(200)
  expect(headers['content-length']).toBe(String(loadPage.length))
  expect(body.length).toBe(0)
})

test('gzip is sent to those who ask for it, small pages and large ones', async () => {
  const large = new Registry()
  for (let index = 0; index < 20_000; index++) {
    large.add(family('gauge', 'm', 'Many.', ['i']), index, String(index))
  }
  for (const registry of [loadRegistry(), large]) {
    const url = await serve({ gather: () => [registry] })
    const plain = await ask(url)
    const packed = await ask(url, { 'Accept-Encoding': 'gzip' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['content-length']).toBe(String(packed.body.length))
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true)
  }
})

test('name[] keeps the families with exactly these names', async () => {
  const url = await serve({})
  expect((await ask(`${url}?name[]=node_load5`)).body.toString()).toMatch(/^# HELP node_load5/)
  const both = await ask(`${url}?name%5B%5D=node_load5&name[]=node_load1`)
  expect(both.body.toString()).toBe(loadPage)
  const none = await ask(`${url}?name[]=node_load`)
  expect([none.status, none.headers['content-length']]).toEqual([200, '0'])
})

test('the endpoint tells about itself, each scrape counted in the next one', async () => {
  const url = await serve({ handlerMetrics: true })
  await ask(url)
  const { body } = await ask(url)
  for (const line of [
    'promhttp_metric_handler_errors_total{cause="encoding"} 0',
    'promhttp_metric_handler_errors_total{cause="gathering"} 0',
    'promhttp_metric_handler_requests_in_flight 1',
    'promhttp_metric_handler_requests_total{code="200"} 1',
    'promhttp_metric_handler_requests_total{code="500"} 0',
    'promhttp_metric_handler_requests_total{code="503"} 0',
  ]) {
    expect(body.toString()).toContain(`\n${line}\n`)
  }
})

test('more requests than allowed get 503, filtered ones too', async () => {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const url = await serve({
    maxRequests: 2,
    gather: async () => {
      await gate
      return [loadRegistry()]
    },
  })
  const first = [ask(`${url}?collect[]=a`), ask(`${url}?collect[]=b`)]
  await expect.poll(async () => (await ask(`${url}?collect[]=c`)).status).toBe(503)
  const refused = await ask(url)
  expect(refused.body.toString()).toBe(
    'Limit of concurrent requests reached (2), try again later.\n',
  )
  expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(refused.headers['x-content-type-options']).toBe('nosniff')
  open()
  expect((await Promise.all(first)).map((answer) => answer.status)).toEqual([200, 200])
  await expect.poll(async () => (await ask(url)).status).toBe(200)
})

test('BadScrape is answered with its status and is not counted', async () => {
  const url = await serve({
    handlerMetrics: true,
    gather: (_, query) => {
      if (query.has('collect[]')) throw new BadScrape(400, 'missing collector: foo')
      return []
    },
  })
  const { status, body, headers } = await ask(`${url}?collect[]=foo`)
  expect([status, body.toString()]).toEqual([400, 'missing collector: foo'])
  expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  expect((await ask(url)).body.toString()).not.toContain('code="400"')
})

test('what gather throws is a 500 and reported', async () => {
  const errors: unknown[] = []
  const url = await serve({
    handlerMetrics: true,
    gather: (_, query) => {
      if (query.has('fail')) throw new Error('boom')
      return []
    },
    onError: (error) => errors.push(error),
  })
  const { status, body } = await ask(`${url}?fail`)
  expect([status, body.toString()]).toEqual([
    500,
    'An error has occurred while serving metrics:\n\nboom\n',
  ])
  expect(errors).toEqual([new Error('boom')])
  const after = (await ask(url)).body.toString()
  expect(after).toContain('requests_total{code="500"} 1\n')
  expect(after).toContain('errors_total{cause="gathering"} 1\n')
})

test('a clash leaves the rest on the page, is reported and counted', async () => {
  const other = new Registry()
  other.add(load.node_load1, 99)
  const clashes: string[] = []
  const url = await serve({
    handlerMetrics: true,
    gather: () => [loadRegistry(), other],
    onClash: ({ family: name }) => clashes.push(name),
  })
  const { status, body } = await ask(url)
  expect(status).toBe(200)
  expect(body.toString()).toContain('\nnode_load1 0.25\n')
  expect(clashes).toEqual(['node_load1'])
  expect((await ask(url)).body.toString()).toContain('errors_total{cause="gathering"} 1\n')
})

test('the signal fires when the client goes away', async () => {
  let fired: (reason: unknown) => void = () => {}
  const reason = new Promise((resolve) => {
    fired = resolve
  })
  const url = await serve({
    gather: (_, __, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          fired(signal.reason)
          resolve([])
        })
        client.destroy()
      }),
  })
  const client = get(url, { agent: false }).on('error', () => undefined)
  expect(await reason).toEqual(new Error('scrape stopped: client went away'))
})

test('the signal fires before the announced scrape timeout, and what is ready is sent', async () => {
  const url = await serve({
    gather: (_, __, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve([loadRegistry()]))),
  })
  const start = performance.now()
  const { status, body } = await ask(url, { 'X-Prometheus-Scrape-Timeout-Seconds': '0.2' })
  expect([status, body.toString()]).toEqual([200, loadPage])
  expect(performance.now() - start).toBeGreaterThan(170)
})

test('pages of slow readers are not written over by later renders', async () => {
  const registry = new Registry()
  const many = family('gauge', 'm', 'Many.', ['i'])
  let round = 0
  // 10 MB, more than the sockets of the kernel take at once.
  const padding = 'x'.repeat(500)
  const url = await serve({
    gather: () => {
      round++
      registry.begin()
      for (let index = 0; index < 20_000; index++) registry.add(many, round, padding + index)
      registry.end()
      return [registry]
    },
  })
  const slow = await Promise.all(
    Array.from({ length: 4 }, () => {
      return new Promise<import('node:http').IncomingMessage>((resolve) => {
        get(url, { agent: false }, (response) => resolve(response.pause()))
      })
    }),
  )
  for (const response of slow) {
    const values = new Set(
      Buffer.concat(await response.toArray())
        .toString()
        .match(/(?<=} )\S+/g),
    )
    expect(values.size).toBe(1)
  }
})
