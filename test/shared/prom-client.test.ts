import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry, Summary } from 'prom-client'
import { expect, test } from 'vitest'
import type { Clash } from '../../shared/exposition/clash.ts'
import { family } from '../../shared/exposition/declare.ts'
import type { Format } from '../../shared/exposition/negotiate.ts'
import { negotiate, textFormat } from '../../shared/exposition/negotiate.ts'
import { Page } from '../../shared/exposition/page.ts'
import { Registry as OwnRegistry } from '../../shared/exposition/registry.ts'
import { adoptPromClient, type PromClientRegistry } from '../../shared/prom-client.ts'

const openMetrics = negotiate('application/openmetrics-text; version=1.0.0', { openMetrics: true })

async function pageOf(
  client: PromClientRegistry,
  format: Format = textFormat,
  signal?: AbortSignal,
): Promise<{ text: string; clashes: Clash[] }> {
  const clashes: Clash[] = []
  const page = new Page({ onClash: (clash) => clashes.push(clash) })
  const bytes = page.render([await adoptPromClient(client).refresh(signal)], format)
  return { text: Buffer.from(bytes).toString(), clashes }
}

/** The sample lines that these metrics give in the text format. */
async function check(fill: (registers: Registry[]) => void, samples: string[]): Promise<void> {
  const client = new Registry()
  fill([client])
  const { text, clashes } = await pageOf(client)
  expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(samples)
  expect(clashes).toEqual([])
}

const help = 'A metric of a test.'

test('label values become strings, escaped once, in the order of the names', async () => {
  await check(
    (registers) => {
      const labelNames = ['b', 'a']
      const gauge = new Gauge({ name: 'x', help, labelNames, registers })
      gauge.set({ b: 'say "hi"\n', a: 'C:\\temp' }, 1)
      gauge.set({ b: 404, a: '' }, 2)
      gauge.set({ b: true, a: null } as never, 3)
      gauge.set({ b: '\ud83d\ude00é' }, 4)
    },
    [
      'x{b="😀é"} 4',
      'x{a="",b="404"} 2',
      'x{a="C:\\\\temp",b="say \\"hi\\"\\n"} 1',
      'x{a="null",b="true"} 3',
    ],
  )
})

test('numbers are written as Go writes them', async () => {
  await check(
    (registers) => {
      const gauge = new Gauge({ name: 'x', help, labelNames: ['of'], registers })
      gauge.set({ of: '1' }, Number.NaN)
      gauge.set({ of: '2' }, Number.POSITIVE_INFINITY)
      gauge.set({ of: '3' }, Number.NEGATIVE_INFINITY)
      gauge.set({ of: '4' }, 1e6)
      gauge.set({ of: '5' }, 1e21)
    },
    ['x{of="1"} NaN', 'x{of="2"} +Inf', 'x{of="3"} -Inf', 'x{of="4"} 1e+06', 'x{of="5"} 1e+21'],
  )
})

test('histograms and summaries keep their series apart, with le and quantile last', async () => {
  await check(
    (registers) => {
      const labelNames = ['path', 'zone']
      const buckets = [0.5, 1]
      const wait = new Histogram({ name: 'wait_seconds', help, labelNames, buckets, registers })
      wait.observe({ path: '/a', zone: 'z' }, 0.75)
      wait.observe({ path: '/a:1:z' }, 7)
      const size = new Summary({
        ...{ name: 'size_bytes', help, labelNames: ['kind'], percentiles: [0.5, 1], registers },
      })
      size.observe({ kind: 'in' }, 20)
    },
    [
      'size_bytes{kind="in",quantile="0.5"} 20',
      'size_bytes{kind="in",quantile="1"} 20',
      'size_bytes_sum{kind="in"} 20',
      'size_bytes_count{kind="in"} 1',
      'wait_seconds_bucket{path="/a:1:z",le="0.5"} 0',
      'wait_seconds_bucket{path="/a:1:z",le="1"} 0',
      'wait_seconds_bucket{path="/a:1:z",le="+Inf"} 1',
      'wait_seconds_sum{path="/a:1:z"} 7',
      'wait_seconds_count{path="/a:1:z"} 1',
      'wait_seconds_bucket{path="/a",zone="z",le="0.5"} 0',
      'wait_seconds_bucket{path="/a",zone="z",le="1"} 1',
      'wait_seconds_bucket{path="/a",zone="z",le="+Inf"} 1',
      'wait_seconds_sum{path="/a",zone="z"} 0.75',
      'wait_seconds_count{path="/a",zone="z"} 1',
    ],
  )
})

test('a bucket for Infinity and the one for +Inf are one', async () => {
  await check(
    (registers) => {
      const buckets = [1, Number.POSITIVE_INFINITY]
      new Histogram({ name: 'x', help, buckets, registers }).observe(2)
    },
    ['x_bucket{le="1"} 0', 'x_bucket{le="+Inf"} 1', 'x_sum 2', 'x_count 1'],
  )
})

test('default labels stand on every series that has no such label of its own', async () => {
  const client = new Registry()
  client.setDefaultLabels({ app: 'shop', zone: 1 })
  const registers = [client]
  new Counter({ name: 'a_total', help, labelNames: ['app'], registers }).inc({ app: 'own' })
  new Histogram({ name: 'b', help, buckets: [1], registers }).observe(0.5)
  const { text } = await pageOf(client)
  expect(text).toContain('a_total{app="own",zone="1"} 1\n')
  expect(text).toContain('b_bucket{app="shop",zone="1",le="1"} 1\n')
})

test('families without series are left out, and come when they have one', async () => {
  const client = new Registry()
  const counter = new Counter({ name: 'a_total', help, labelNames: ['of'], registers: [client] })
  const source = adoptPromClient(client)
  const page = new Page()
  const render = async () =>
    Buffer.from(page.render([await source.refresh()], textFormat)).toString()
  expect(await render()).toBe('')
  counter.inc({ of: 'it' })
  new Gauge({ name: 'late', help, registers: [client] })
  const header = (name: string, type: string) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
  expect(await render()).toBe(
    `${header('a_total', 'counter')}a_total{of="it"} 1\n${header('late', 'gauge')}late 0\n`,
  )
})

test('OpenMetrics has exemplars and the names of counters, and text is the same after it', async () => {
  const client = new Registry()
  // Exemplars want a registry of this kind; its types know only the other one.
  client.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
  const registers = [client]
  const counter = new Counter({ name: 'a_total', help, enableExemplars: true, registers })
  counter.inc({ value: 2, exemplarLabels: { trace_id: 'abc' } })
  const histogram = new Histogram({
    ...{ name: 'b', help, buckets: [1], enableExemplars: true, registers },
  })
  histogram.observe({ value: 7, exemplarLabels: { trace_id: 'def' } })
  const before = await pageOf(client)
  const { text, clashes } = await pageOf(client, openMetrics)
  expect(clashes).toEqual([])
  expect(text).toContain('# TYPE a counter\n')
  expect(text).toMatch(/^a_total 2\.0 # \{trace_id="abc"\} 2\.0 \d\.\d+e\+09$/m)
  expect(text).toMatch(/^b_bucket\{le="\+Inf"\} 1 # \{trace_id="def"\} 7\.0 \d\.\d+e\+09$/m)
  expect(text.endsWith('# EOF\n')).toBe(true)
  expect(await pageOf(client)).toEqual(before)
  expect(before.text).toContain('# TYPE a_total counter\na_total 2\n')
})

test('the default metrics give a page without a clash', async () => {
  const client = new Registry()
  collectDefaultMetrics({ register: client, eventLoopMonitoringPrecision: 1000 })
  const { text, clashes } = await pageOf(client)
  expect(clashes).toEqual([])
  expect(text).toMatch(/^process_cpu_seconds_total \d/m)
  expect(text).toMatch(/^nodejs_eventloop_lag_mean_seconds (NaN|\d)/m)
})

test('a metric that cannot be read is left out and named, the others are there', async () => {
  const client = new Registry()
  const registers = [client]
  new Gauge({ name: 'good', help, registers })
  const collect = () => {
    throw new Error('the database is away')
  }
  new Gauge({ name: 'thrower', help, collect, registers })
  new Gauge({ name: 'hanger', help, collect: () => new Promise(() => undefined), registers })
  new Gauge({ name: 'reserved', help, labelNames: ['__name__'], registers }).set(
    { __name__: 'y' },
    1,
  )
  new Histogram({ name: 'unsorted', help, buckets: [5, 1], registers }).observe(1)
  client.registerMetric({ name: 'stranger' } as never)
  const { text, clashes } = await pageOf(client, textFormat, AbortSignal.timeout(50))
  expect(text).toBe(`# HELP good ${help}\n# TYPE good gauge\ngood 0\n`)
  const leftOut = (name: string, why: string): Clash => ({
    family: name,
    reason: `prom-client metric ${name} is left out: ${why}`,
  })
  expect(clashes).toEqual([
    leftOut('thrower', 'the database is away'),
    leftOut('hanger', 'its collect() was not ready in time'),
    leftOut('reserved', 'its label __name__ is reserved for Prometheus'),
    leftOut(
      'unsorted',
      'histogram unsorted needs its bucket bounds in ascending order, got 1 behind 5',
    ),
    leftOut('stranger', 'it has no get() as prom-client 13 and newer give it'),
  ])
})

test('what cannot be read is reported only by pages that show it, and until it can', async () => {
  const client = new Registry()
  let isAway = true
  const collect = () => {
    if (isAway) throw new Error('away')
  }
  new Gauge({ name: 'x', help, collect, registers: [client] })
  const source = adoptPromClient(client)
  const other = new OwnRegistry()
  other.add(family('gauge', 'other', help, []), 1)
  let clashes = 0
  const page = new Page({ onClash: () => clashes++ })
  await source.refresh()
  page.render([other, source.registry], textFormat)
  expect(clashes).toBe(1)
  page.render([other], textFormat)
  expect(clashes).toBe(1)
  isAway = false
  await source.refresh()
  page.render([other, source.registry], textFormat)
  expect(clashes).toBe(1)
})

test('names of two sources that collide: the first is kept, each clash has its reason', async () => {
  const client = new Registry()
  const registers = [client]
  new Histogram({ name: 'work', help, buckets: [1], registers }).observe(1)
  new Counter({ name: 'other_type', help, registers }).inc()
  new Gauge({ name: 'other_help', help: 'Different.', registers })
  new Gauge({ name: 'same', help, labelNames: ['of'], registers }).set({ of: 'a' }, 5)
  const own = new OwnRegistry()
  own.add(family('gauge', 'other_type', help, []), 1)
  own.add(family('gauge', 'other_help', help, []), 1)
  own.add(family('gauge', 'same', help, ['of']), 1, 'a')
  own.add(family('counter', 'work_count', help, []), 1)
  const clashes: Clash[] = []
  const page = new Page({ onClash: (clash) => clashes.push(clash) })
  const bytes = page.render([own, await adoptPromClient(client).refresh()], textFormat)
  expect(Buffer.from(bytes).toString()).toBe(
    ['other_help', 'other_type', 'same', 'work_count']
      .map((name) => {
        const type = name === 'work_count' ? 'counter' : 'gauge'
        const labels = name === 'same' ? '{of="a"}' : ''
        return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} 1\n`
      })
      .join(''),
  )
  expect(clashes.map((clash) => clash.family)).toEqual(['other_help', 'other_type', 'same', 'work'])
})
