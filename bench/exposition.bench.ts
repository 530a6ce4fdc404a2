/**
 * The exposition's hot paths: a page of 1,000 and of 100,000 series with 40% new values, finding
 * series by label values, writing numbers. Divide by the series count for ns a sample.
 */
import { test } from 'vitest'
import { family } from '../shared/exposition/declare.ts'
import { gzipPage } from '../shared/exposition/gzip.ts'
import { negotiate, textFormat } from '../shared/exposition/negotiate.ts'
import { formatValue, writeValue } from '../shared/exposition/number.ts'
import { Page } from '../shared/exposition/page.ts'
import { Registry, type Series } from '../shared/exposition/registry.ts'

const protobuf = negotiate(
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  { protobuf: true },
)

const labelNames = ['device', 'fstype', 'mountpoint', 'mode'] as const

/** Node-like: families of 25 series with four labels, 122 bytes a line; integers and decimals. */
function machine(seriesCount: number): { registry: Registry; handles: Series[] } {
  const registry = new Registry()
  const handles: Series[] = []
  for (let index = 0; index < seriesCount; index++) {
    const declaration = declare(Math.floor(index / 25))
    handles.push(registry.series(declaration, ...labels(index)))
  }
  for (const [index, handle] of handles.entries()) handle.set(nodeValue(index))
  return { registry, handles }
}

function declare(index: number) {
  return family(
    'gauge',
    `node_bench_subsystem_${index}_bytes`,
    'A family of the bench.',
    labelNames,
  )
}

function labels(index: number): [string, string, string, string] {
  return [`/dev/mapper/vg-${index % 25}`, 'ext4', `/var/lib/containers/${index % 25}`, 'read']
}

/** Small integers, large integers, cpu seconds, ratios, in equal parts. */
function nodeValue(index: number): number {
  switch (index % 4) {
    case 0:
      return index % 1000
    case 1:
      return 1_000_000 + index * 4096
    case 2:
      return Math.round(index * 123.37 * 100) / 100
    default:
      return (index % 997) / 997
  }
}

for (const count of [1000, 100_000]) {
  test(`render ${count} series, 40% changed, kept handles`, async ({ bench }) => {
    const { registry, handles } = machine(count)
    const page = new Page()
    let round = 0
    await bench(`render ${count}`, () => {
      round++
      for (let index = 0; index < count; index += 5) {
        handles[index]?.set(nodeValue(index + round))
        handles[index + 1]?.set(nodeValue(index + round + 1))
      }
      page.render([registry], textFormat)
    }).run()
    await bench(`render ${count} as protobuf`, () => {
      round++
      for (let index = 0; index < count; index += 5) {
        handles[index]?.set(nodeValue(index + round))
        handles[index + 1]?.set(nodeValue(index + round + 1))
      }
      page.render([registry], protobuf)
    }).run()
    await bench(`render ${count} as protobuf, values as they are`, () => {
      page.render([registry], protobuf)
    }).run()
  })
}

test('set and render 1000 series in a round, by label values', async ({ bench }) => {
  const declarations = Array.from({ length: 40 }, (_, index) => declare(index))
  const registry = new Registry()
  const page = new Page()
  for (let index = 0; index < 1000; index++) {
    registry.add(declarations[index % 40] ?? declare(0), 1, ...labels(index))
  }
  // Equal to the strings the registry keeps, but not the same ones, as after reading /proc.
  const values = Array.from({ length: 25 }, (_, index) => labels(index))
  await bench('add by label values 1000', () => {
    registry.begin()
    for (const declaration of declarations) {
      for (const [device, fstype, mountpoint, mode] of values) {
        registry.add(declaration, 1, device, fstype, mountpoint, mode)
      }
    }
    registry.end()
  }).run()
  await bench('render after add 1000', () => page.render([registry], textFormat)).run()
})

test('numbers, 1000 node-like values', async ({ bench }) => {
  const target = new Uint8Array(64)
  const values = Float64Array.from({ length: 1000 }, (_, index) => nodeValue(index))
  await bench('writeValue 1000', () => {
    for (const value of values) writeValue(value, target, 0)
  }).run()
  await bench('formatValue 1000', () => {
    let length = 0
    for (const value of values) length += formatValue(value).length
    return length
  }).run()
})

test('gzip a page of 1000 series', async ({ bench }) => {
  const { registry } = machine(1000)
  const bytes = Buffer.from(new Page().render([registry], textFormat))
  await bench(`gzip ${bytes.length} bytes`, () => gzipPage(bytes)).run()
})
