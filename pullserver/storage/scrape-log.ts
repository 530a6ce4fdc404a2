/**
 * The log that makes samples durable before they are cut into chunks.
 *
 * What was appended since the last commit is one row: for each scrape its refs and values xor those
 * of the group's scrape before, which is mostly zeros, then zstd. A row so depends on the rows before
 * it, back to the start of its segment, where every group starts afresh; segments are dropped whole
 * once all their samples are in chunks. A row knows refs and timestamps only, nothing of how the head
 * is laid out: replay appends again, and what is in a chunk already is refused as out of order.
 *
 * Row content, in 32-bit words, entry by entry: kind | chain number << 2, count n, timestamp (2 words,
 * a double), then n refs, n low halves, n high halves. Kinds: 0 names a chain (n bytes of UTF-8 follow),
 * 1 plain values, 2 xor with the chain's last entry of kind 2, 3 single samples: like 2, with n low and
 * n high halves of timestamps after the refs.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

const kindName = 0
const kindPlain = 1
const kindChained = 2
const kindSingle = 3

const level1 = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A segment ends after this long or this many bytes, whatever comes first. */
const segmentMs = 600_000
const segmentBytes = 32 << 20
/** More than this pending is committed at once: it bounds memory and the length of a commit. */
const pendingWords = 1 << 20

/** What a group keeps for the log: its last scrape. */
export type Chain = {
  readonly key: string
  segment: number
  number: number
  n: number
  refs: Int32Array
  values: Uint32Array
}

export function newChain(key: string): Chain {
  return { key, segment: -1, number: 0, n: 0, refs: new Int32Array(0), values: new Uint32Array(0) }
}

export type ReplaySink = {
  scrape(key: string, timestampMs: number, refs: Int32Array, values: Float64Array): void
  single(ref: number, timestampMs: number, low: number, high: number): void
}

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
  #database: DatabaseSync | undefined
  #insert: StatementSync | undefined
  #pending = new Uint32Array(4096)
  #length = 0
  #minMs = Infinity
  #segment = 1
  /** The first rows of the segments that are kept, the current one's last. */
  #segments: number[] = []
  #segmentStartMs: number
  #segmentBytes = 0
  #chains = 0
  #singles = {
    n: 0,
    refs: new Int32Array(64),
    times: new Float64Array(64),
    values: new Uint32Array(128),
  }
  readonly #singleChain = newChain('')
  #singleTimes = new Uint32Array(0)
  readonly #double = new Float64Array(1)
  readonly #doubleWords = new Uint32Array(this.#double.buffer)

  constructor(nowMs: number) {
    this.#segmentStartMs = nowMs
  }

  /** Uses a database from here on, after what it has. */
  attach(database: DatabaseSync): void {
    this.#database = database
    this.#insert = database.prepare(
      'INSERT INTO log (seq, segment, min_ms, data) VALUES (?, ?, ?, ?)',
    )
    const last = database.prepare('SELECT max(seq) AS seq FROM log').get()
    this.nextSeq = Math.max(this.nextSeq, Number(last?.['seq'] ?? 0) + 1)
    const rows = database.prepare('SELECT DISTINCT segment FROM log ORDER BY segment').all()
    this.#segments = rows.map((row) => Number(row['segment']))
    // The chains of before are not known, so this starts a segment.
    this.#startSegment(this.#segmentStartMs)
  }

  get pending(): boolean {
    return this.#length > 0 || this.#singles.n > 0
  }

  /** How much is pending: at 1 the caller should commit now rather than at the next tick. */
  get fullness(): number {
    return (this.#length + 8 * this.#singles.n) / pendingWords
  }

  /** The oldest timestamp that a replay will meet; Infinity when the log is empty. */
  oldestMs(): number {
    const row = this.#database?.prepare('SELECT min(min_ms) AS ms FROM log').get()
    return Number(row?.['ms'] ?? Infinity)
  }

  add(chain: Chain, timestampMs: number, refs: Int32Array, values: Uint32Array, n: number): void {
    if (chain.segment !== this.#segment) this.#nameChain(chain)
    // The few synthetic samples and staleness markers must not take the place of the scrape.
    const chained = 2 * n > chain.n
    const at = this.#entry(chained ? kindChained : kindPlain, chain.number, n, timestampMs, 3 * n)
    const out = this.#pending
    if (!chained) {
      for (let i = 0; i < n; i++) {
        out[at + i] = refs[i] as number
        out[at + n + i] = values[2 * i] as number
        out[at + 2 * n + i] = values[2 * i + 1] as number
      }
      return
    }
    resizeChain(chain, n)
    const beforeRefs = chain.refs
    const before = chain.values
    for (let i = 0; i < n; i++) {
      const ref = refs[i] as number
      out[at + i] = ref ^ (beforeRefs[i] as number)
      beforeRefs[i] = ref
      const low = values[2 * i] as number
      out[at + n + i] = low ^ (before[2 * i] as number)
      before[2 * i] = low
      const high = values[2 * i + 1] as number
      out[at + 2 * n + i] = high ^ (before[2 * i + 1] as number)
      before[2 * i + 1] = high
    }
  }

  addSingle(ref: number, timestampMs: number, low: number, high: number): void {
    const singles = this.#singles
    if (singles.n === singles.refs.length) {
      singles.refs = grown(singles.refs, new Int32Array(singles.n * 2))
      singles.times = grown(singles.times, new Float64Array(singles.n * 2))
      singles.values = grown(singles.values, new Uint32Array(singles.n * 4))
    }
    singles.refs[singles.n] = ref
    singles.times[singles.n] = timestampMs
    singles.values[2 * singles.n] = low
    singles.values[2 * singles.n + 1] = high
    singles.n++
    this.#minMs = Math.min(this.#minMs, timestampMs)
  }

  #nameChain(chain: Chain): void {
    const name = Buffer.from(chain.key)
    chain.segment = this.#segment
    chain.number = ++this.#chains
    chain.n = 0
    chain.refs.fill(0)
    chain.values.fill(0)
    const at = this.#entry(kindName, chain.number, name.length, 0, Math.ceil(name.length / 4))
    this.#pending.fill(0, at, this.#length)
    new Uint8Array(this.#pending.buffer).set(name, at * 4)
  }

  /** Makes room for an entry and writes its head; gives where its body starts. */
  #entry(kind: number, chain: number, n: number, timestampMs: number, bodyWords: number): number {
    const at = this.#length
    const needed = at + 4 + bodyWords
    if (needed > this.#pending.length) {
      this.#pending = grown(
        this.#pending,
        new Uint32Array(Math.max(needed, this.#pending.length * 2)),
      )
    }
    this.#double[0] = timestampMs
    this.#pending[at] = kind | (chain << 2)
    this.#pending[at + 1] = n
    this.#pending[at + 2] = this.#doubleWords[0] as number
    this.#pending[at + 3] = this.#doubleWords[1] as number
    this.#length = needed
    if (kind === kindPlain || kind === kindChained) this.#minMs = Math.min(this.#minMs, timestampMs)
    return at + 4
  }

  #addSingles(): void {
    const { n, refs, times, values } = this.#singles
    if (n === 0) return
    const chain = this.#singleChain
    if (chain.segment !== this.#segment) {
      chain.segment = this.#segment
      chain.refs.fill(0)
      chain.values.fill(0)
      this.#singleTimes.fill(0)
    }
    resizeChain(chain, n)
    this.#singleTimes = longer(this.#singleTimes, 2 * n)
    const at = this.#entry(kindSingle, 0, n, 0, 5 * n)
    const timeWords = new Uint32Array(times.buffer, 0, 2 * n)
    for (let i = 0; i < n; i++) {
      xorInto(this.#pending, at + i, refs, i, chain.refs)
      xorInto(this.#pending, at + n + i, timeWords, 2 * i, this.#singleTimes)
      xorInto(this.#pending, at + 2 * n + i, timeWords, 2 * i + 1, this.#singleTimes)
      xorInto(this.#pending, at + 3 * n + i, values, 2 * i, chain.values)
      xorInto(this.#pending, at + 4 * n + i, values, 2 * i + 1, chain.values)
    }
    this.#singles.n = 0
  }

  /** Writes what is pending as a row; inside the caller's transaction. Gives the bytes written. */
  write(): number {
    this.#addSingles()
    const bytes = new Uint8Array(this.#pending.buffer, 0, this.#length * 4)
    const data = zstdCompressSync(bytes, level1)
    this.#insert?.run(this.nextSeq, this.#segment, this.#minMs, data)
    return data.length
  }

  /** To be called when the transaction of `write` is committed. */
  committed(bytes: number, nowMs: number): void {
    this.nextSeq++
    this.#length = 0
    this.#minMs = Infinity
    this.#segmentBytes += bytes
    const old = Math.abs(nowMs - this.#segmentStartMs) >= segmentMs
    if (old || this.#segmentBytes >= segmentBytes) this.#startSegment(nowMs)
  }

  #startSegment(nowMs: number): void {
    this.#segment = this.nextSeq
    this.#segments.push(this.#segment)
    this.#segmentStartMs = nowMs
    this.#segmentBytes = 0
    this.#chains = 0
  }

  /** Gives up what is pending: the disk takes nothing, and memory must not fill up with it. */
  abandon(nowMs: number): void {
    this.#length = 0
    this.#singles.n = 0
    this.#minMs = Infinity
    // The next scrapes must not refer to the lost ones.
    this.nextSeq++
    this.#startSegment(nowMs)
  }

  /** Whether there are whole segments before row `seq`. */
  canDrop(seq: number): boolean {
    return (this.#segments[1] ?? Infinity) <= seq
  }

  /** Drops the segments that end before row `seq`. */
  drop(seq: number): void {
    while (this.canDrop(seq)) this.#segments.shift()
    this.#database?.prepare('DELETE FROM log WHERE segment < ?').run(this.#segments[0] ?? 0)
  }

  /** Gives all samples to the sink, in the order of appending; `nextSeq` is the row being read. */
  replay(sink: ReplaySink): void {
    const end = this.nextSeq
    let segment = -1
    let reader = new RowReader(sink)
    const rows = this.#database
      ?.prepare('SELECT seq, segment, data FROM log ORDER BY seq')
      .iterate()
    for (const row of rows ?? []) {
      if (row['segment'] !== segment) {
        segment = Number(row['segment'])
        reader = new RowReader(sink)
      }
      this.nextSeq = Number(row['seq'])
      reader.read(zstdDecompressSync(row['data'] as Uint8Array))
    }
    this.nextSeq = end
  }
}

function xorInto(
  out: Uint32Array,
  at: number,
  from: Uint32Array | Int32Array,
  i: number,
  before: Uint32Array | Int32Array,
): void {
  const word = from[i] as number
  out[at] = word ^ (before[i] as number)
  before[i] = word
}

/** Reads the rows of one segment: the other side of ScrapeLog.write. */
class RowReader {
  readonly #sink: ReplaySink
  readonly #chains = new Map<number, Chain>()
  readonly #singles = newChain('')
  #singleTimes = new Uint32Array(0)

  constructor(sink: ReplaySink) {
    this.#sink = sink
  }

  read(row: Buffer): void {
    const aligned = row.byteOffset % 4 === 0 ? row : new Uint8Array(row)
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, row.length / 4)
    const heads = new Float64Array(1)
    const headWords = new Uint32Array(heads.buffer)
    for (let at = 0; at < words.length; ) {
      const kind = (words[at] as number) & 3
      const number = (words[at] as number) >>> 2
      const n = words[at + 1] as number
      headWords[0] = words[at + 2] as number
      headWords[1] = words[at + 3] as number
      const body = at + 4
      if (kind === kindName) {
        const key = Buffer.from(aligned.buffer, aligned.byteOffset + body * 4, n).toString()
        this.#chains.set(number, newChain(key))
        at = body + Math.ceil(n / 4)
      } else if (kind === kindSingle) {
        this.#readSingles(words, body, n)
        at = body + 5 * n
      } else {
        this.#readScrape(words, body, n, kind, number, heads[0] as number)
        at = body + 3 * n
      }
    }
  }

  #readScrape(
    words: Uint32Array,
    body: number,
    n: number,
    kind: number,
    number: number,
    timestampMs: number,
  ): void {
    const chain = this.#chains.get(number)
    if (chain === undefined) throw new RangeError(`log row uses chain ${number} before naming it`)
    const last = kind === kindChained ? chain : newChain(chain.key)
    resizeChain(last, n)
    for (let i = 0; i < n; i++) {
      last.refs[i] = (last.refs[i] as number) ^ (words[body + i] as number)
      last.values[2 * i] = (last.values[2 * i] as number) ^ (words[body + n + i] as number)
      last.values[2 * i + 1] =
        (last.values[2 * i + 1] as number) ^ (words[body + 2 * n + i] as number)
    }
    const values = new Float64Array(last.values.buffer, 0, n)
    this.#sink.scrape(chain.key, timestampMs, last.refs.subarray(0, n), values)
  }

  #readSingles(words: Uint32Array, body: number, n: number): void {
    const { refs, values } = resizeChain(this.#singles, n)
    this.#singleTimes = longer(this.#singleTimes, 2 * n)
    const timeWords = this.#singleTimes
    const times = new Float64Array(timeWords.buffer)
    const unxor = (into: Uint32Array | Int32Array, i: number, at: number) => {
      into[i] = (into[i] as number) ^ (words[at] as number)
    }
    for (let i = 0; i < n; i++) {
      unxor(refs, i, body + i)
      unxor(timeWords, 2 * i, body + n + i)
      unxor(timeWords, 2 * i + 1, body + 2 * n + i)
      unxor(values, 2 * i, body + 3 * n + i)
      unxor(values, 2 * i + 1, body + 4 * n + i)
      this.#sink.single(
        refs[i] as number,
        times[i] as number,
        values[2 * i] as number,
        values[2 * i + 1] as number,
      )
    }
  }
}

/** Makes room for n and notes it; what is beyond the old n is zero or stays from a longer scrape. */
function resizeChain(chain: Chain, n: number): Chain {
  chain.n = n
  if (n > chain.refs.length) {
    chain.refs = grown(chain.refs, new Int32Array(n))
    chain.values = grown(chain.values, new Uint32Array(2 * n))
  }
  return chain
}

function longer(words: Uint32Array<ArrayBuffer>, n: number): Uint32Array<ArrayBuffer> {
  return n <= words.length ? words : grown(words, new Uint32Array(n))
}

function grown<A extends Int32Array | Uint32Array | Float64Array>(old: A, bigger: A): A {
  bigger.set(old)
  return bigger
}
