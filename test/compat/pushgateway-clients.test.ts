/** Clients that people push with, against ours. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { Counter, Gauge, Histogram, Pushgateway, Registry, Summary } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningProgram, startProgram } from '../programs/program.ts'
import { send } from '../pushgateway/run-http-case.ts'

let gateway: RunningProgram
beforeAll(async () => {
  gateway = await startProgram('pushgateway/main.ts')
})
afterAll(async () => void (await gateway.stop()))

/** The samples of a job, but for the times of pushes and of metrics' creation. */
async function samples(job: string): Promise<string[]> {
  const { body } = await send(gateway.url, ['GET', '/metrics'])
  return body
    .split('\n')
    .filter((line) => line.includes(`job="${job}"`) && !/^push_|_created\{/.test(line))
}

/** A registry with one metric of each type. */
function filled(registry = new Registry()): Registry {
  const registers = [registry]
  new Counter({ name: 'c_total', help: 'c', registers, labelNames: ['l'] }).inc({ l: 'a"\n' }, 2)
  new Gauge({ name: 'g', help: 'g', registers }).set(-0.5)
  new Histogram({ name: 'h', help: 'h', registers, buckets: [1] }).observe(3)
  new Summary({ name: 's', help: 's', registers, percentiles: [0.5] }).observe(4)
  return registry
}

const labels = 'instance="",job="node js",shard="ä"'
const all = [
  `c_total{instance="",job="node js",l="a\\"\\n",shard="ä"} 2`,
  `g{${labels}} -0.5`,
  `h_bucket{${labels},le="1"} 0`,
  `h_bucket{${labels},le="+Inf"} 1`,
  `h_sum{${labels}} 3`,
  `h_count{${labels}} 1`,
  `s{${labels},quantile="0.5"} 4`,
  `s_sum{${labels}} 4`,
  `s_count{${labels}} 1`,
]

test.each([{}, { headers: { 'Content-Encoding': 'gzip' } }])(
  'prom-client pushes, adds and deletes with %j',
  async (options) => {
    const params = { jobName: 'node js', groupings: { shard: 'ä' } }
    const registry = filled()
    const client = new Pushgateway(gateway.url, options, registry)
    await client.push(params)
    expect(await samples('node js')).toEqual(all)
    const added = new Registry()
    new Gauge({ name: 'later', help: 'l', registers: [added] }).set(1)
    const adding = new Pushgateway(gateway.url, options, added)
    await adding.pushAdd(params)
    const one = 'later{instance="",job="node js",shard="ä"} 1'
    expect(await samples('node js')).toHaveLength(all.length + 1)
    await adding.push(params)
    expect(await samples('node js')).toEqual([one])
    await adding.delete(params)
    expect(await samples('node js')).toEqual([])
    // It does not know base64, and an escaped slash splits a path, as in the original.
    const slash = { jobName: 'a/b' }
    await expect(client.push(slash)).rejects.toThrow('push failed with status 400, odd number')
  },
)

test('prom-client pushes OpenMetrics with exemplars', async () => {
  const registry = new Registry()
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
  const registers = [registry]
  const count = new Counter({ name: 'c', help: 'c', registers, enableExemplars: true })
  count.inc({ labels: {}, value: 2, exemplarLabels: { trace: 'a1' } })
  const headers = { 'Content-Type': registry.contentType }
  const client = new Pushgateway(gateway.url, { headers }, registry)
  await client.push({ jobName: 'open' })
  expect(await samples('open')).toEqual(['c_total{instance="",job="open"} 2'])
  const accept =
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=compact-text'
  const { body } = await send(gateway.url, ['GET', '/metrics', '', { Accept: accept }])
  expect(body).toMatch(/name:"c_total".*exemplar:\{label:\{name:"trace" value:"a1"\} +value:2/)
})

const python = '/usr/bin/python3'
const isInstalled = existsSync('/usr/lib/python3/dist-packages/prometheus_client')
const title = "Python's prometheus_client pushes, adds and deletes"

/** One step for each run, so that the test can look in between. */
const script = `
import sys
from prometheus_client import *
url, step = sys.argv[1:]
r = CollectorRegistry()
key = {'instance': 'i/1', 'empty': ''}
if step == 'push':
    Counter('c', 'c', ['l'], registry=r).labels('a"\\n').inc(2)
    Gauge('g', 'g', registry=r).set(float('nan'))
    Histogram('h', 'h', registry=r, buckets=[1]).observe(3)
    Summary('s', 's', registry=r).observe(4)
    Info('i', 'i', registry=r).info({'v': '1'})
    Enum('e', 'e', registry=r, states=['on', 'off']).state('off')
    push_to_gateway(url, 'py/thon', r, key)
elif step == 'add':
    Gauge('g', 'g', registry=r).set_to_current_time()
    Gauge('later', 'l', registry=r).set(1)
    pushadd_to_gateway(url, 'py/thon', r, key)
else:
    delete_from_gateway(url, 'py/thon', key)
`

if (!isInstalled) test.skip(`${title} (python3-prometheus-client is not installed: npm run peers)`)
else {
  test(title, async () => {
    const { host } = new URL(gateway.url)
    const run = (step: string) => promisify(execFile)(python, ['-c', script, host, step])
    const own = 'empty="",instance="i/1",job="py/thon"'
    await run('push')
    expect(await samples('py/thon')).toEqual([
      `c_total{empty="",instance="i/1",job="py/thon",l="a\\"\\n"} 2`,
      `e{e="off",${own}} 1`,
      `e{e="on",${own}} 0`,
      `g{${own}} NaN`,
      `h_bucket{${own},le="1"} 0`,
      `h_bucket{${own},le="+Inf"} 1`,
      `h_sum{${own}} 3`,
      `h_count{${own}} 1`,
      `i_info{empty="",instance="i/1",job="py/thon",v="1"} 1`,
      `s_sum{${own}} 4`,
      `s_count{${own}} 1`,
    ])
    await run('add')
    const added = await samples('py/thon')
    expect(added).toHaveLength(12)
    expect(added).toContain(`later{${own}} 1`)
    expect(added).not.toContain(`g{${own}} NaN`)
    await run('delete')
    expect(await samples('py/thon')).toEqual([])
  }, 30_000)
}
