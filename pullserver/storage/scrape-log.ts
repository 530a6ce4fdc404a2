/**
 * The log that makes samples durable before they are cut into chunks.
 *
 * Each commit adds a row with what was appended since the one before (see log-entries.ts), zstd level
 * 1. A row depends on the rows before it, back to the start of its segment; segments are dropped whole
 * once all their samples are in chunks. The log knows refs, timestamps and values, nothing of how the
 * head is laid out: replay appends again, and what is in a chunk already is refused as out of order.
 */
import type { DatabaseSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Chain, EntrySink } from './log-entries.ts'
import { EntryReader, EntryWriter } from './log-entries.ts'

/** One output buffer of a size that mostly does; 16 kB, the default, would make dozens and join them. */
const level1 = {
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
  chunkSize: 256 << 10,
}

/** A segment ends after this long or this many bytes, whatever comes first. */
const segmentMs = 600_000
const segmentBytes = 32 << 20
/** More than this pending is committed at once: it bounds memory and the length of a commit. */
const pendingWords = 1 << 20

export const logSchema = `
  CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY,
    segment INTEGER NOT NULL,
    min_ms INTEGER NOT NULL,
    data BLOB NOT NULL
  )`

export class ScrapeLog {
  /** The row that what is appended now will be in. */
  nextSeq = 1
  readonly #writer = new EntryWriter()
  #database: DatabaseSync | undefined
  /** The first rows of the segments that are kept, the current one's last. */
  #segments: number[] = []
  #segmentStartMs: number
  #segmentBytes = 0

  constructor(nowMs: number) {
    this.#segmentStartMs = nowMs
  }

  /** Uses a database from here on, after what it has. */
  attach(database: DatabaseSync): void {
    this.#database = database
    const last = database.prepare('SELECT max(seq) AS seq FROM log').get()
    this.nextSeq = Math.max(this.nextSeq, Number(last?.['seq'] ?? 0) + 1)
    const rows = database.prepare('SELECT DISTINCT segment FROM log ORDER BY segment').all()
    this.#segments = rows.map((row) => Number(row['segment']))
    // The chains of before are not known, so this starts a segment.
    this.#startSegment(this.#segmentStartMs)
  }

  get pending(): boolean {
    return this.#writer.length > 0
  }

  /** How much is pending: at 1 the caller should commit now rather than at the next tick. */
  get fullness(): number {
    return this.#writer.length / pendingWords
  }

  /** The oldest timestamp that a replay will meet; Infinity when the log is empty. */
  oldestMs(): number {
    const row = this.#database?.prepare('SELECT min(min_ms) AS ms FROM log').get()
    return Number(row?.['ms'] ?? Infinity)
  }

  /** Adds a scrape: values as words (2i low, 2i+1 high). */
  add(chain: Chain, timestampMs: number, refs: Int32Array, values: Uint32Array, n: number): void {
    this.#writer.add(chain, timestampMs, refs, values, n)
  }

  /** Adds a sample with a timestamp of its own. */
  addSingle(chain: Chain, ref: number, timestampMs: number, low: number, high: number): void {
    this.#writer.addSingle(chain, ref, timestampMs, low, high)
  }

  /** Writes what is pending as a row; inside the caller's transaction. Gives the bytes written. */
  write(): number {
    const { minMs } = this.#writer
    const data = zstdCompressSync(this.#writer.bytes(), level1)
    this.#database
      ?.prepare('INSERT INTO log (seq, segment, min_ms, data) VALUES (?, ?, ?, ?)')
      .run(this.nextSeq, this.#segments.at(-1) ?? 0, minMs, data)
    return data.length
  }

  /** To be called when the transaction of `write` is committed. */
  committed(bytes: number, nowMs: number): void {
    this.nextSeq++
    this.#writer.clear()
    this.#segmentBytes += bytes
    const old = Math.abs(nowMs - this.#segmentStartMs) >= segmentMs
    if (old || this.#segmentBytes >= segmentBytes) this.#startSegment(nowMs)
  }

  #startSegment(nowMs: number): void {
    this.#segments.push(this.nextSeq)
    this.#segmentStartMs = nowMs
    this.#segmentBytes = 0
    this.#writer.startSegment()
  }

  /** Gives up what is pending: the disk takes nothing, and memory must not fill up with it. */
  abandon(nowMs: number): void {
    this.#writer.clear()
    // The next scrapes must not refer to the lost ones.
    this.nextSeq++
    this.#startSegment(nowMs)
  }

  /** Whether there are whole segments before row `seq`; Infinity: all but the current one. */
  canDrop(seq: number): boolean {
    const [, second] = this.#segments
    return second !== undefined && second <= seq
  }

  /** Drops the segments that end before row `seq`. */
  drop(seq: number): void {
    while (this.canDrop(seq)) this.#segments.shift()
    this.#database?.prepare('DELETE FROM log WHERE segment < ?').run(this.#segments[0] ?? 0)
  }

  /**
   * Gives all samples to the sink, in the order of appending; `nextSeq` is the row being read. Throws
   * RangeError when a row is not what was written.
   */
  replay(sink: EntrySink): void {
    const end = this.nextSeq
    let segment: unknown
    let reader = new EntryReader(sink)
    const rows = this.#database?.prepare('SELECT seq, segment, data FROM log ORDER BY seq')
    for (const row of rows?.iterate() ?? []) {
      if (row['segment'] !== segment) reader = new EntryReader(sink)
      segment = row['segment']
      this.nextSeq = Number(row['seq'])
      reader.read(decompress(row['data'] as Uint8Array))
    }
    this.nextSeq = end
  }
}

function decompress(data: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(data, { chunkSize: 1 << 20 })
  } catch (cause) {
    throw new RangeError('log row cannot be decompressed', { cause })
  }
}
