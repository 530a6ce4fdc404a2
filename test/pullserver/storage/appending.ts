/**
 * A process that appends until it is killed: `node appending.ts FOLDER FIRST_ROW FLUSH_MS`.
 *
 * Row r is a scrape of 2,600 series at start + r * 15 s, where a tenth of the series lives for 200 rows
 * only, plus 30 series with timestamps of their own. With FLUSH_MS 0 it commits every fifth row itself
 * and then prints the row; otherwise it leaves that to the store's timer and prints `row time`.
 */
import type { Labels } from '../../../pullserver/labels.ts'
import { bitsOf, writeStale } from '../../../pullserver/storage/stale.ts'
import { openStore } from '../../../pullserver/storage/store.ts'

export const firstMs = Date.parse('2026-11-20T22:00:00Z')
export const stepMs = 15_000
export const seriesCount = 2600
export const ownCount = 30

/** A column is another series every 200 rows when its number ends in 7. */
export function labelsAt(i: number, row: number): Labels {
  const life = i % 10 === 7 ? Math.floor(row / 200) : 0
  return [
    { name: '__name__', value: 'scraped' },
    { name: 'i', value: String(i) },
    { name: 'life', value: `l${life}` },
  ]
}

/** Sample i of a row; every 50th row of some series is a staleness marker. */
export function fillRow(values: Float64Array, row: number): void {
  for (let i = 0; i < values.length; i++) {
    if (i % 100 === 3 && row % 50 === 49) writeStale(values, i)
    else values[i] = i % 3 === 0 ? i : i % 3 === 1 ? i + row : Math.sin(i * row)
  }
}

export function ownTime(i: number, row: number): number {
  return firstMs + row * stepMs + i * 7
}

async function appendUntilKilled(path: string, firstRow: number, flushMs: number): Promise<void> {
  let row = firstRow
  const store = openStore({
    path,
    retentionMs: 365 * 86_400_000,
    log: { info: () => {}, warn: console.error, error: console.error },
    nowMs: () => firstMs + row * stepMs,
    flushIntervalMs: flushMs === 0 ? 1e9 : flushMs,
  })
  const group = store.group('target')
  const own = Array.from({ length: ownCount }, (_, i) =>
    group.ref([
      { name: '__name__', value: 'own' },
      { name: 'i', value: String(i) },
    ]),
  )
  const refs = new Int32Array(seriesCount)
  const values = new Float64Array(seriesCount)
  const again = bitsOf(values)
  const appendOwn = (row: number) => {
    for (let i = 0; i < ownCount; i++) group.appendAt(own[i] ?? -1, ownTime(i, row), i * row)
  }
  // The process before may have been killed between a scrape and these.
  if (firstRow > 0) appendOwn(firstRow - 1)
  for (; ; row++) {
    for (let i = 0; i < seriesCount; i++) {
      if (row === firstRow || (i % 10 === 7 && row % 200 === 0)) {
        refs[i] = group.ref(labelsAt(i, row))
      }
    }
    fillRow(values, row)
    group.append(firstMs + row * stepMs, refs, values, again.length / 2)
    appendOwn(row)
    if (row % 20 === 0) store.maintain()
    if (flushMs === 0 && row % 5 === 0) {
      store.flush()
      process.stdout.write(`${row}\n`)
    } else if (flushMs > 0) process.stdout.write(`${row} ${Date.now()}\n`)
    // Timers and signals get their turn.
    await new Promise((resolve) => setTimeout(resolve, flushMs > 0 ? 5 : 0))
  }
}

if (import.meta.main) {
  const [path = '', firstRow, flushMs] = process.argv.slice(2)
  await appendUntilKilled(path, Number(firstRow), Number(flushMs))
}
