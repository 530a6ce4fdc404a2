/** Reading: the chunks of the selected series and what the head has of them, merged in time order. */
import type { Labels, Matcher } from '../labels.ts'
import type { SampleSink } from './block.ts'
import { columnsPerStrip, readColumn, rowsPerBlock } from './block.ts'
import type { ChunkDays } from './chunk-days.ts'
import type { StoredBlock } from './day-file.ts'
import type { Head } from './head.ts'
import type { SeriesTable } from './series-table.ts'
import type { SeriesSamples } from './store.ts'

export type SelectFrom = {
  readonly table: SeriesTable
  readonly head: Head
  readonly days: ChunkDays
}

/** See Store.select. */
export function select(
  from: SelectFrom,
  matchers: readonly Matcher[],
  startMs: number,
  endMs: number,
): SeriesSamples[] {
  const { table, head, days } = from
  const ids = Int32Array.from(idsIn(from, matchers, startMs, endMs))
  if (ids.length === 0) return []
  const room = Uint32Array.from(ids, (id) => head.count(id))
  const hits: Hit[] = []
  for (const block of days.blocks(startMs, endMs)) {
    const hit = findIn(days, block, ids)
    if (hit === undefined) continue
    hits.push(hit)
    for (const wanted of hit.wanted) {
      room[wanted] = (room[wanted] as number) + (block.rows || rowsPerBlock)
    }
  }
  const sinks = Array.from(room, newSink)
  for (const hit of hits) readHit(days, hit, startMs, endMs, sinks)
  const found: SeriesSamples[] = []
  for (const [i, sink] of sinks.entries()) {
    const id = ids[i] as number
    head.read(id, startMs, endMs, sink)
    const labels = table.index.labelsOf(id)
    if (sink.length > 0 && labels !== undefined) found.push({ labels, ...samplesOf(sink) })
  }
  return found.sort((a, b) => compareLabels(a.labels, b.labels))
}

/** Ids, ascending, of the matching series that may have samples in the range. */
export function idsIn(
  { table, head }: SelectFrom,
  matchers: readonly Matcher[],
  startMs: number,
  endMs: number,
): readonly number[] {
  return table.index
    .select(matchers)
    .filter((id) => head.mayHave(id, startMs, endMs) || table.mayHave(id, startMs, endMs))
}

/** Which of the wanted series (by index) are which columns of a block. */
type Hit = {
  readonly block: StoredBlock
  readonly timesMs: Float64Array | undefined
  readonly wanted: readonly number[]
  readonly columns: readonly number[]
}

function findIn(days: ChunkDays, block: StoredBlock, ids: Int32Array): Hit | undefined {
  const last = ids.length - 1
  if (block.firstSeries > (ids[last] as number)) return undefined
  if (block.lastSeries < (ids[0] as number)) return undefined
  const lists = days.readBlock(block)
  if (lists === undefined) return undefined
  const wanted: number[] = []
  const columns: number[] = []
  let i = 0
  for (const [column, series] of lists.series.entries()) {
    while (i < ids.length && (ids[i] as number) < series) i++
    if (i === ids.length) break
    if (ids[i] !== series) continue
    wanted.push(i)
    columns.push(column)
  }
  return wanted.length === 0 ? undefined : { block, timesMs: lists.timesMs, wanted, columns }
}

function readHit(
  days: ChunkDays,
  { block, timesMs, wanted, columns }: Hit,
  startMs: number,
  endMs: number,
  sinks: readonly Sink[],
): void {
  let open = -1
  let strip: ReturnType<ChunkDays['readStrip']>
  for (const [k, column] of columns.entries()) {
    const number = Math.floor(column / columnsPerStrip)
    if (number !== open) {
      open = number
      strip = days.readStrip(block, number)
    }
    if (strip === undefined) continue
    const inStrip = column - number * columnsPerStrip
    const its = timesMs ?? strip.timesMs?.[inStrip]
    const sink = sinks[wanted[k] as number]
    if (its === undefined || sink === undefined) continue
    readColumn(strip, inStrip, its, its.length, startMs, endMs, sink)
  }
}

type Sink = SampleSink & { readonly values: Float64Array }

function newSink(room: number): Sink {
  const values = new Float64Array(room)
  return {
    values,
    bits: new Uint32Array(values.buffer),
    timesMs: new Float64Array(room),
    length: 0,
  }
}

function samplesOf(sink: Sink): { timestampsMs: Float64Array; values: Float64Array } {
  const { timesMs, values, length } = sink
  for (let i = 1; i < length; i++) {
    if ((timesMs[i] as number) <= (timesMs[i - 1] as number)) return sorted(sink)
  }
  return { timestampsMs: timesMs.subarray(0, length), values: values.subarray(0, length) }
}

/**
 * Blocks of one series do not overlap, with one exception: the series went from group to group and
 * back within two hours. Then its samples are sorted here, and of two at one time the first stays.
 */
function sorted({ timesMs, bits, length }: Sink): {
  timestampsMs: Float64Array
  values: Float64Array
} {
  const order = Array.from({ length }, (_, i) => i)
  const time = (i: number) => timesMs[i] as number
  order.sort((a, b) => time(a) - time(b))
  const once = order.filter((i, k) => k === 0 || time(i) !== time(order[k - 1] as number))
  const out = newSink(once.length)
  for (const [to, i] of once.entries()) {
    out.timesMs[to] = time(i)
    out.bits[2 * to] = bits[2 * i] as number
    out.bits[2 * to + 1] = bits[2 * i + 1] as number
  }
  return { timestampsMs: out.timesMs, values: out.values }
}

/** Label by label, name then value; a shorter set comes before the longer one it starts. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a[i]
    const y = b[i]
    // Equal pairs of the index are the same object.
    if (x === y || x === undefined || y === undefined) continue
    if (x.name !== y.name) return x.name < y.name ? -1 : 1
    if (x.value !== y.value) return x.value < y.value ? -1 : 1
  }
  return a.length - b.length
}
