/** Our protobuf read by Debian's Prometheus, and that of Debian's Pushgateway read by us. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { family } from '../../shared/exposition/declare.ts'
import { decodeProtobuf } from '../../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { metricsHandler } from '../../shared/exposition/handler.ts'
import { Registry } from '../../shared/exposition/registry.ts'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { flat } from '../shared/exposition/flat.ts'
import { waitFor } from '../wait.ts'

const accept =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

async function isUp(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined)
  return answer?.ok === true
}

testWithPeer('prometheus-pushgateway', 'we read the protobuf of the original', async (path) => {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(path, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  onTestFinished(() => void child.kill())
  await waitFor('the original', () => isUp(`${url}/-/ready`))
  const body =
    '# HELP x X.\n# TYPE x gauge\nx{a="é\\""} NaN\nx 1e300\n# TYPE s summary\ns{quantile="0.5"} 1\n' +
    's_sum 2\ns_count 3\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n'
  const { status } = await fetch(`${url}/metrics/job/a`, { method: 'PUT', body })
  expect(status).toBe(200)
  const page = async (headers: Record<string, string>) =>
    new Uint8Array(await (await fetch(`${url}/metrics`, { headers })).arrayBuffer())
  const read = flat(decodeProtobuf(await page({ Accept: accept })))
  const text = flat(decodeText(await page({})))
  // What it tells about its process changes between two scrapes.
  const isPushed = ({ name }: { name: string }) => /^([xsh]|push_time_seconds)$/.test(name)
  expect(read.filter(isPushed)).toHaveLength(4)
  expect(read.filter(isPushed)).toEqual(text.filter(isPushed))
  expect(read.map(({ name }) => name)).toEqual(text.map(({ name }) => name))
})

testWithPeer('prometheus', 'Prometheus reads our protobuf page', async (path) => {
  const registry = new Registry()
  const level = family('gauge', 'level', 'A level.', ['x'])
  registry.add(level, Number.NaN, 'nan')
  registry.add(level, 1e300, 'large')
  registry.add(family('counter', 'events_total', 'Events.', []), 5)
  registry.adopt([
    {
      name: 'h',
      type: 'histogram',
      metrics: [{ labels: [], count: 300n, sum: 1.5, buckets: [[1, 200n]] }],
    },
    {
      name: 's',
      type: 'summary',
      metrics: [{ labels: [], count: 3n, sum: 2, quantiles: [[0.5, 4]] }],
    },
  ])
  const asked: string[] = []
  const answer = metricsHandler({ gather: () => [registry], handlerMetrics: false, onError() {} })
  const server = createServer((request, response) => {
    asked.push(request.headers.accept ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'narthex-prometheus-'))
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `scrape_configs: [{job_name: ours, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: ['${target}']}]}]`,
  )
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    path,
    [
      `--web.listen-address=127.0.0.1:${port}`,
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      // Only with it does this release ask for protobuf.
      '--enable-feature=native-histograms',
    ],
    { stdio: 'ignore' },
  )
  const gone = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    child.kill()
    await gone
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  const query = `${url}/api/v1/query?query=${encodeURIComponent('{job="ours",__name__!~"scrape_.*"}')}`
  const series = async () => {
    const { data } = (await (await fetch(query)).json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    return data.result.map(({ metric, value }) => {
      const { __name__: name, le, quantile, x } = metric
      return [name, le ?? quantile ?? x ?? '', value[1]].join(' ')
    })
  }
  await waitFor(
    'a scrape',
    async () => (await isUp(`${url}/-/ready`)) && (await series()).length > 0,
  )
  expect(asked[0]).toMatch(/^application\/vnd\.google\.protobuf/)
  expect((await series()).toSorted()).toEqual([
    'events_total  5',
    'h_bucket +Inf 300',
    'h_bucket 1.0 200',
    'h_count  300',
    'h_sum  1.5',
    'level large 1e+300',
    'level nan NaN',
    's 0.5 4',
    's_count  3',
    's_sum  2',
    'up  1',
  ])
})
