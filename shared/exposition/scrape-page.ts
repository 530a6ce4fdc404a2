/** The bytes of one scraped page and where its entries are; the layout that pages share while it stays. */

import { withRoom } from './hash-chains.ts'

/** Kinds of entries. The three TYPE lines set which label holds a number (see contextOf). */
export const SAMPLE = 0
/** A sample with a timestamp of its own. */
export const TIMED_SAMPLE = 1
/** HELP, UNIT, comments, blank lines. */
export const OTHER_LINE = 2
export const TYPE_OTHER = 3
export const TYPE_HISTOGRAM = 4
export const TYPE_SUMMARY = 5

const LF = 0x0a

/** A large page has little room to spare: twice too much of a page of millions of lines is a lot. */
function roomFor(entries: number): number {
  if (entries > 65_536) return entries + (entries >> 3)
  return 2 ** Math.ceil(Math.log2(Math.max(entries, 64)))
}

/** Two pages take turns: one is read while the other, the last good one, is its template. */
export class Page {
  bytes: Buffer = Buffer.alloc(16)
  view = new DataView(this.bytes.buffer)
  /** Bytes in use; in the text format a line feed is added, as Prometheus does. */
  length = 0
  /** Where reading ends: before the added line feed, when the page has its own. */
  end = 0
  /** Of each entry, and behind the last one: entries follow each other without a gap. */
  starts = new Int32Array(8)
  /** Of each sample. */
  values = new Float64Array(8)
  timestamps = new Float64Array(8)

  /** Takes a copy of a body. */
  load(body: Uint8Array, isText: boolean): void {
    // One byte for the line feed, and zeros: they end any number or name at the end of the page.
    const needed = body.length + 16
    if (this.bytes.length < needed || this.bytes.length > needed * 4 + 65536) {
      this.bytes = Buffer.allocUnsafeSlow(needed + (needed >> 3))
      this.view = new DataView(this.bytes.buffer)
    }
    this.bytes.set(body)
    this.bytes.fill(0, body.length, needed)
    this.length = body.length
    this.end = body.length
    if (!isText || body.length === 0) return
    this.bytes[body.length] = LF
    this.length++
    if (body[body.length - 1] !== LF) this.end++
  }

  /** Makes room for so many entries and the samples among them. */
  reserve(entries: number): void {
    // All of one size, so that the caller has one length to ask for.
    const room = roomFor(entries + 1)
    this.starts = withRoom(this.starts, entries + 1, room)
    this.values = withRoom(this.values, entries + 1, room)
    this.timestamps = withRoom(this.timestamps, entries + 1, room)
  }
}

/** What does not change while a page keeps its series and their order. */
export class Layout {
  format: 'text' | 'openmetrics' = 'text'
  entries = 0
  samples = 0
  /** Some sample has a timestamp of its own. */
  isTimed = false
  duplicates = 0
  /** By entry: bytes that must be the same; of samples those before the value, else the whole line. */
  keyLengths = new Int32Array(8)
  kinds = new Uint8Array(8)
  /** By entry: 0, or for a series with `le` or `quantile` the TYPE it was read under. */
  contexts = new Uint8Array(8)
  /** By entry: its id in the SeriesIndex, and the number of samples before it. */
  ids = new Int32Array(8)
  samplesBefore = new Int32Array(8)
  /** By sample. */
  refs = new Int32Array(8)

  /** Makes room for so many entries and the samples among them. */
  reserve(entries: number): void {
    const room = roomFor(entries)
    this.keyLengths = withRoom(this.keyLengths, entries, room)
    this.kinds = withRoom(this.kinds, entries, room)
    this.contexts = withRoom(this.contexts, entries, room)
    this.ids = withRoom(this.ids, entries, room)
    this.samplesBefore = withRoom(this.samplesBefore, entries, room)
    this.refs = withRoom(this.refs, entries, room)
  }

  /** Becomes the first entries of another layout; their samples are yet to be counted. */
  copyStart(from: Layout, entries: number): void {
    this.reserve(entries)
    this.entries = 0
    this.samples = 0
    this.isTimed = false
    this.duplicates = 0
    this.keyLengths.set(from.keyLengths.subarray(0, entries))
    this.kinds.set(from.kinds.subarray(0, entries))
    this.contexts.set(from.contexts.subarray(0, entries))
    this.ids.set(from.ids.subarray(0, entries))
    this.samplesBefore.set(from.samplesBefore.subarray(0, entries))
  }
}

/** How many of the first `length` bytes are equal, from `at` in one page and from `other` in another. */
export function equalBytes(
  a: DataView,
  at: number,
  b: DataView,
  other: number,
  length: number,
): number {
  // 64 bits at a time: optimised code compares them as integers and makes no BigInt.
  const last = length - 8
  let offset = 0
  if (last >= 0) {
    while (
      offset < last &&
      a.getBigInt64(at + offset, true) === b.getBigInt64(other + offset, true)
    ) {
      offset += 8
    }
    if (offset > last) offset = last
    if (a.getBigInt64(at + offset, true) === b.getBigInt64(other + offset, true)) return length
    const bits = a.getInt32(at + offset, true) ^ b.getInt32(other + offset, true)
    if (bits !== 0) return offset + lowestByte(bits)
    const high = a.getInt32(at + offset + 4, true) ^ b.getInt32(other + offset + 4, true)
    return offset + 4 + lowestByte(high)
  }
  while (offset < length && a.getUint8(at + offset) === b.getUint8(other + offset)) offset++
  return offset
}

/** Index of the lowest byte that is not zero. */
function lowestByte(bits: number): number {
  return (31 - Math.clz32(bits & -bits)) >> 3
}

/** A hash of bytes, well mixed in all its bits. */
export function hashBytes(view: DataView, start: number, length: number): number {
  let hash = length
  if (length < 4) {
    for (let i = 0; i < length; i++) hash = (hash << 8) | view.getUint8(start + i)
    return Math.imul(hash ^ (hash >>> 15), factor)
  }
  const last = start + length - 4
  for (let at = start; at < last; at += 4) {
    hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ view.getInt32(at, true), factor)
  }
  hash = Math.imul(((hash << 13) | (hash >>> 19)) ^ view.getInt32(last, true), factor)
  hash = Math.imul(hash ^ (hash >>> 15), factor)
  return hash ^ (hash >>> 13)
}

const factor = 0x9e3779b1
