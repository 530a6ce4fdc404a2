/** Reading: the chunks of the selected series and what the head has of them, merged in time order. */
import type { Labels, Matcher } from '../labels.ts'
import type { Rows, SampleSink } from './block.ts'
import { columnsPerStrip, indexRange, readColumn, rowsPerBlock } from './block.ts'
import { type ChunkDays, dayMs } from './chunk-days.ts'
import type { StoredBlock } from './day-file.ts'
import type { Head } from './head.ts'
import type { SeriesTable } from './series-table.ts'
import { bitsOf } from './stale.ts'
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
  const room = Float64Array.from(ids, (id) => head.count(id, startMs, endMs))
  const hits: Hit[] = []
  for (const block of days.blocks(startMs, endMs)) {
    const hit = findIn(days, block, ids, startMs, endMs)
    if (hit === undefined) continue
    hits.push(hit)
    for (const wanted of hit.wanted) room[wanted] = (room[wanted] as number) + hit.room
  }
  const sinks = newSinks(room)
  for (const hit of hits) readHit(days, hit, startMs, endMs, sinks)
  const found: number[] = []
  for (const [i, sink] of sinks.entries()) {
    head.read(ids[i] as number, startMs, endMs, sink)
    if (sink.length > sink.start) found.push(i)
  }
  const compare = table.index.order(found.length)
  found.sort((a, b) => compare(ids[a] as number, ids[b] as number))
  return found.flatMap((i) => {
    const labels = table.index.labelsOf(ids[i] as number)
    const sink = sinks[i]
    return labels === undefined || sink === undefined ? [] : [samplesOf(labels, sink)]
  })
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

/**
 * The same, but of those that chunks and the head show to have something in the range. For ranges of
 * more than two days the days of {@link idsIn} are near enough, and reading every block's list is not.
 */
export function idsPresentIn(
  from: SelectFrom,
  matchers: readonly Matcher[],
  startMs: number,
  endMs: number,
): readonly number[] {
  const ids = idsIn(from, matchers, startMs, endMs)
  if (endMs - startMs > 2 * dayMs) return ids
  const { head, days } = from
  if (ids.every((id) => head.mayHave(id, startMs, endMs))) return ids
  const stored = new Set<number>()
  for (const block of days.blocks(startMs, endMs)) {
    for (const id of days.readBlock(block)?.series ?? []) stored.add(id)
  }
  return ids.filter((id) => stored.has(id) || head.mayHave(id, startMs, endMs))
}

/** Which of the wanted series (by index) are which columns of a block. */
type Hit = {
  readonly block: StoredBlock
  readonly wanted: readonly number[]
  readonly columns: readonly number[]
  /** The shared timestamps and the wanted rows; undefined for irregular columns. */
  readonly rows: Rows | undefined
  /** At most how many samples a column gives. */
  readonly room: number
}

function findIn(
  days: ChunkDays,
  block: StoredBlock,
  ids: Int32Array,
  startMs: number,
  endMs: number,
): Hit | undefined {
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
  if (wanted.length === 0) return undefined
  const rows = lists.timesMs && rowsOf(lists.timesMs, startMs, endMs)
  return { block, wanted, columns, rows, room: rows ? rows.to - rows.from : rowsPerBlock }
}

function rowsOf(timesMs: Float64Array, startMs: number, endMs: number): Rows {
  const [from, to] = indexRange(timesMs, timesMs.length, startMs, endMs)
  return { timesMs, from, to, scratch: new Uint32Array(2 * rowsPerBlock) }
}

function readHit(
  days: ChunkDays,
  { block, rows, wanted, columns }: Hit,
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
    const own = strip.timesMs?.[inStrip]
    const its = rows ?? (own && rowsOf(own, startMs, endMs))
    const sink = sinks[wanted[k] as number]
    if (its !== undefined && sink !== undefined) readColumn(strip, inStrip, its, sink)
  }
}

/** A stretch of arrays that all series of an answer share: from `start` to `length`. */
type Sink = SampleSink & { readonly start: number; readonly values: Float64Array }

/** One pair of arrays for all: an answer of 100,000 series would else be 300,000 small arrays. */
function newSinks(room: Float64Array): Sink[] {
  const values = new Float64Array(room.reduce((sum, n) => sum + n, 0))
  const bits = bitsOf(values)
  const timesMs = new Float64Array(values.length)
  let start = 0
  return Array.from(room, (n) => {
    const sink = { values, bits, timesMs, start, length: start }
    start += n
    return sink
  })
}

function samplesOf(labels: Labels, sink: Sink): SeriesSamples {
  const { timesMs, values, start, length } = sink
  for (let i = start + 1; i < length; i++) {
    if ((timesMs[i] as number) <= (timesMs[i - 1] as number)) return sorted(labels, sink)
  }
  const timestampsMs = timesMs.subarray(start, length)
  return { labels, timestampsMs, values: values.subarray(start, length) }
}

/**
 * Blocks of one series do not overlap, with one exception: the series went from group to group and
 * back within two hours. Then its samples are sorted here, and of two at one time the first stays.
 */
function sorted(labels: Labels, { timesMs, bits, start, length }: Sink): SeriesSamples {
  const order = Array.from({ length: length - start }, (_, i) => start + i)
  const time = (i: number) => timesMs[i] as number
  order.sort((a, b) => time(a) - time(b))
  const once = order.filter((i, k) => k === 0 || time(i) !== time(order[k - 1] as number))
  const values = new Float64Array(once.length)
  const words = bitsOf(values)
  for (const [to, i] of once.entries()) words.set(bits.subarray(2 * i, 2 * i + 2), 2 * to)
  return { labels, timestampsMs: Float64Array.from(once, time), values }
}
