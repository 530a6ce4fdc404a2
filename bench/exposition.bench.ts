/**
 * The exposition's hot paths: a page of 1,000 and of 100,000 series with 40% new values, finding
 * series by label values, writing numbers. Divide by the series count for ns a sample.
 */
import { test } from 'vitest'
import { gzipPage } from '../shared/exposition/gzip.ts'
import { negotiate, textFormat } from '../shared/exposition/negotiate.ts'
import { formatValue } from '../shared/exposition/number.ts'
import { Page } from '../shared/exposition/page.ts'
import { Registry } from '../shared/exposition/registry.ts'
import { writeValue } from '../shared/exposition/write-number.ts'
import { declare, labels, machine, nodeValue } from './machine.ts'

const protobuf = negotiate(
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  { protobuf: true },
)

for (const count of [1000, 100_000]) {
  test(`render ${count} series, 40% changed, kept handles`, async ({ bench }) => {
    const { registry, change } = machine(count)
    const page = new Page()
    let round = 0
    await bench(`render ${count}`, () => {
      change(++round)
      page.render([registry], textFormat)
    }).run()
    await bench(`render ${count} as protobuf`, () => {
      change(++round)
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
    for (let index = 0; index < values.length; index++) writeValue(values, index, target, 0)
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
