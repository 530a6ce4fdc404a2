/**
 * The store's hot loops alone: chunks in and out, a scrape into the head, choosing series by labels.
 * The whole store with disk and restart: `node bench/storage.ts`.
 */
import { test } from 'vitest'
import { Head } from '../pullserver/storage/head.ts'
import { SeriesIndex } from '../pullserver/storage/postings.ts'
import type { BitStream } from '../pullserver/storage/xor.ts'
import { decodeColumn, encodeColumn } from '../pullserver/storage/xor.ts'

const rows = 120

/** As words: constants, counters of both kinds, noisy gauges, in the parts of a node_exporter. */
function columns(count: number): Uint32Array[] {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, (_, i) => {
    const values = new Float64Array(rows)
    const kind = (i % 20) / 20
    let value = Math.floor(random() * 1e6)
    for (let row = 0; row < rows; row++) {
      if (kind >= 0.85) value = Math.round((value + random() - 0.5) * 1000) / 1000
      else if (kind >= 0.7) value += Math.floor(random() * 5000)
      else if (kind >= 0.45) value += random() < 0.1 ? 1 : 0
      values[row] = value
    }
    return new Uint32Array(values.buffer)
  })
}

test('encode and decode 64 columns of 120 samples: divide by 7,680', async ({ bench }) => {
  const strip = columns(64)
  const stream: BitStream = { words: new Uint32Array(65_536), position: 0 }
  await bench('encode', () => {
    stream.words.fill(0, 0, (stream.position >>> 5) + 2)
    stream.position = 0
    for (const column of strip) encodeColumn(stream, column, rows)
  }).run()
  const out = new Uint32Array(2 * rows)
  await bench('decode', () => {
    let position = 0
    for (const _ of strip) position = decodeColumn(stream.words, position, rows, out, 0)
  }).run()
})

test('a scrape of 10,000 series into the head', async ({ bench }) => {
  const head = new Head({
    writeBlock: () => {},
    onCutError: (error) => {
      throw error
    },
    knows: () => true,
    seq: () => 1,
  })
  const n = 10_000
  const refs = Int32Array.from({ length: n }, (_, i) => i + 1)
  const values = new Uint32Array(2 * n).fill(7)
  const owner = {}
  let time = 0
  await bench('store, with its share of cutting', () => {
    time += 15_000
    head.store(owner, time, refs, values, n)
  }).run()
})

test('choosing among 100,000 series', async ({ bench }) => {
  const index = new SeriesIndex()
  for (let i = 0; i < 100_000; i++) {
    index.add(i + 1, [
      { name: '__name__', value: `metric_${i % 500}` },
      { name: 'instance', value: `host-${Math.floor(i / 1000)}` },
      { name: 'job', value: 'node' },
    ])
  }
  const name = { name: '__name__', operator: '=', value: 'metric_7' } as const
  const job = { name: 'job', operator: '=', value: 'node' } as const
  const hosts = { name: 'instance', operator: '=~', value: 'host-1.*' } as const
  await bench('name and job', () => {
    index.select([
      { ...name, matches: (text) => text === name.value },
      { ...job, matches: (text) => text === job.value },
    ])
  }).run()
  await bench('name and hosts by pattern', () => {
    index.select([
      { ...name, matches: (text) => text === name.value },
      { ...hosts, matches: (text) => text.startsWith('host-1') },
    ])
  }).run()
})
