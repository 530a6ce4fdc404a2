/**
 * A block: the chunks of up to 1,024 series that were cut together, the unit that goes to disk.
 *
 * Its columns are the series in id order, 64 to a strip; a strip is one row of the chunk database and
 * the smallest thing a query reads (about 8 kB). Series of one panel share the block's timestamps;
 * irregular series bring their own, kept per strip.
 *
 * Strip bytes: crc32 of the rest, 16-bit length in bits per column, bit stream (see xor.ts) with one
 * spare word. A column starts with one bit: 0 when it has a value in every row, else 1, its first row
 * (7 bits), number of rows less one (7 bits) and whether rows between are absent (1 bit).
 */
import { crc32 } from 'node:zlib'
import {
  byteSink,
  readAscending,
  readTimes,
  writeAscending,
  writeTimes,
  written,
} from './varint.ts'
import type { BitStream } from './xor.ts'
import { decodeColumn, encodeColumn, put, readBits } from './xor.ts'

export const rowsPerBlock = 120
export const columnsPerStrip = 64

/** Both halves of "no sample here": a NaN that no hardware and no parser makes. */
export const absent = 0xffffffff

/** What is known of a block without reading it. */
export type BlockHeader = {
  readonly minMs: number
  readonly maxMs: number
  readonly firstSeries: number
  readonly lastSeries: number
  readonly columns: number
  /** Rows of a panel; 0 when the columns have their own timestamps. */
  readonly rows: number
}

export type Strip = { readonly data: Uint8Array; readonly times: Uint8Array | null }

export type Block = BlockHeader & {
  /** The series ids, ascending (writeAscending). */
  readonly series: Uint8Array
  /** The shared timestamps (writeTimes). */
  readonly times: Uint8Array | null
  readonly strips: readonly Strip[]
}

/** What a block is made of: columns in ascending id order, none of them empty. */
export type BlockSource = {
  readonly ids: Int32Array
  /** Set when the columns share their timestamps. */
  readonly timesMs: Float64Array | undefined
  readonly minMs: number
  readonly maxMs: number
  /**
   * Puts the values of column i into `values` (words) and, for an irregular one, its timestamps into
   * `timesMs`; gives the number of rows.
   */
  read(i: number, values: Uint32Array, timesMs: Float64Array): number
}

export function encodeBlock(source: BlockSource): Block {
  const { ids, timesMs } = source
  const strips: Strip[] = []
  const column = {
    values: new Uint32Array(2 * rowsPerBlock),
    times: new Float64Array(rowsPerBlock),
  }
  const stream: BitStream = { words: new Uint32Array(4096), position: 0 }
  for (let from = 0; from < ids.length; from += columnsPerStrip) {
    const to = Math.min(from + columnsPerStrip, ids.length)
    const bits = new Uint16Array(Math.ceil((to - from) / 2) * 2)
    const times = byteSink()
    stream.words.fill(0)
    stream.position = 0
    for (let i = from; i < to; i++) {
      const rows = source.read(i, column.values, column.times)
      if (timesMs === undefined) writeTimes(times, column.times, rows)
      bits[i - from] = writeColumn(stream, column.values, rows)
    }
    strips.push({
      data: sealStrip(bits, stream),
      times: timesMs === undefined ? written(times) : null,
    })
  }
  const header = byteSink()
  writeAscending(header, ids)
  const shared = byteSink()
  if (timesMs !== undefined) writeTimes(shared, timesMs, timesMs.length)
  return {
    minMs: source.minMs,
    maxMs: source.maxMs,
    firstSeries: ids[0] as number,
    lastSeries: ids[ids.length - 1] as number,
    columns: ids.length,
    rows: timesMs?.length ?? 0,
    series: written(header),
    times: timesMs === undefined ? null : written(shared),
    strips,
  }
}

function writeColumn(stream: BitStream, values: Uint32Array, rows: number): number {
  const start = stream.position
  let first = 0
  while (first < rows && values[2 * first + 1] === absent) first++
  let end = rows
  while (end > first && values[2 * end - 1] === absent) end--
  let gaps = 0
  for (let row = first; row < end; row++) if (values[2 * row + 1] === absent) gaps = 1
  if (first === 0 && end === rows && gaps === 0) put(stream, 0, 1)
  else put(stream, (1 << 15) | (first << 8) | ((end - first - 1) << 1) | gaps, 16)
  encodeColumn(stream, values.subarray(2 * first), end - first)
  return stream.position - start
}

function sealStrip(bits: Uint16Array, stream: BitStream): Uint8Array {
  const directory = 4 + bits.byteLength
  const words = (stream.position >>> 5) + 2
  const data = new Uint8Array(directory + 4 * words)
  data.set(new Uint8Array(bits.buffer), 4)
  data.set(new Uint8Array(stream.words.buffer, 0, 4 * words), directory)
  new Uint32Array(data.buffer, 0, 1)[0] = crc32(data.subarray(4))
  return data
}

/** A strip read back: the bit stream and where each of its columns starts. */
export type OpenStrip = { readonly words: Uint32Array; readonly starts: Uint32Array }

/** Throws RangeError when the bytes are not what was written. */
export function openStrip(data: Uint8Array, columns: number): OpenStrip {
  // Views of words need an aligned start; SQLite's blobs have one, a copy has one for sure.
  const bytes = data.byteOffset % 4 === 0 ? data : data.slice()
  const directory = 4 + Math.ceil(columns / 2) * 4
  if (bytes.length < directory + 8 || bytes.length % 4 !== 0) {
    throw new RangeError(`strip of ${columns} columns cannot have ${bytes.length} bytes`)
  }
  const [sum] = new Uint32Array(bytes.buffer, bytes.byteOffset, 1)
  if (sum !== crc32(bytes.subarray(4))) throw new RangeError('strip does not match its checksum')
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset + 4, columns)
  const starts = new Uint32Array(columns)
  for (let i = 1; i < columns; i++) starts[i] = (starts[i - 1] as number) + (bits[i - 1] as number)
  const offset = bytes.byteOffset + directory
  return { words: new Uint32Array(bytes.buffer, offset, (bytes.length - directory) / 4), starts }
}

/** Where decoded samples of one series go: the next one to index `length`. */
export type SampleSink = {
  readonly timesMs: Float64Array
  /** The words of the values' array. */
  readonly bits: Uint32Array
  length: number
}

/** The half-open range of indexes of n ascending whole timestamps with startMs <= t <= endMs. */
export function indexRange(
  timesMs: Float64Array,
  n: number,
  startMs: number,
  endMs: number,
): [from: number, to: number] {
  const from = firstFrom(timesMs, 0, n, startMs)
  return [from, firstFrom(timesMs, from, n, Math.floor(endMs) + 1)]
}

/** The first index in [low, high) with a timestamp of at least `ms`, high when there is none. */
function firstFrom(timesMs: Float64Array, low: number, high: number, ms: number): number {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((timesMs[middle] as number) < ms) from = middle + 1
    else to = middle
  }
  return from
}

/** A column's timestamps, the rows of them that are wanted, and a place to decode others into. */
export type Rows = {
  readonly timesMs: Float64Array
  readonly from: number
  readonly to: number
  readonly scratch: Uint32Array
}

/** Appends the samples of one column in the wanted rows; the sink must have room for all of these. */
export function readColumn(
  strip: OpenStrip,
  column: number,
  { timesMs, from, to, scratch }: Rows,
  sink: SampleSink,
): void {
  let position = strip.starts[column] as number
  let first = 0
  let count = timesMs.length
  let gaps = false
  if (readBits(strip.words, position, 1) === 1) {
    const shape = readBits(strip.words, position, 16)
    first = (shape >>> 8) & 127
    count = ((shape >>> 1) & 127) + 1
    gaps = (shape & 1) === 1
    position += 15
  }
  const at = sink.length
  if (from <= first && to >= first + count) {
    decodeColumn(strip.words, position + 1, count, sink.bits, 2 * at)
  } else {
    const end = Math.min(to - first, count)
    if (end <= 0) return
    // What is after the wanted rows need not be decoded.
    decodeColumn(strip.words, position + 1, end, scratch, 0)
    const skip = Math.max(0, from - first)
    if (skip >= end) return
    sink.bits.set(scratch.subarray(2 * skip, 2 * end), 2 * at)
    first += skip
    count = end - skip
  }
  sink.timesMs.set(timesMs.subarray(first, first + count), at)
  sink.length = at + count
  if (gaps) dropAbsent(sink, at)
}

function dropAbsent(sink: SampleSink, from: number): void {
  let to = from
  for (let i = from; i < sink.length; i++) {
    if (sink.bits[2 * i + 1] === absent) continue
    sink.bits[2 * to] = sink.bits[2 * i] as number
    sink.bits[2 * to + 1] = sink.bits[2 * i + 1] as number
    sink.timesMs[to] = sink.timesMs[i] as number
    to++
  }
  sink.length = to
}

/** The series of a block, ascending. */
export function readSeries(series: Uint8Array): Int32Array {
  return readAscending({ bytes: series, offset: 0 })
}

/** The timestamps of a panel's block. */
export function readSharedTimes(times: Uint8Array, rows: number): Float64Array {
  const out = new Float64Array(rows)
  readTimes({ bytes: times, offset: 0 }, out, 0)
  return out
}

/** The timestamps of the columns of an irregular strip, column by column. */
export function readStripTimes(times: Uint8Array, columns: number): Float64Array[] {
  const source = { bytes: times, offset: 0 }
  const room = new Float64Array(rowsPerBlock)
  return Array.from({ length: columns }, () => room.slice(0, readTimes(source, room, 0)))
}
