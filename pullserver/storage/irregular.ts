/**
 * Series with timestamps of their own: exposed ones (honor_timestamps), and those that two groups
 * write. Each has its own column of timestamps, so a sample costs 16 bytes in memory, not 8.
 */
import type { Block, SampleSink } from './block.ts'
import { encodeBlock, rowsPerBlock } from './block.ts'
import { dayOf, maxBlockMs } from './chunk-days.ts'

/** At most this many series are cut at once, to bound the pause. */
const seriesPerCut = 1000
/** Shorter columns wait for the next cut: a chunk of few samples is mostly overhead. */
const shortestCut = 60

export type StoreResult = 'ok' | 'same' | 'duplicate' | 'out-of-order' | 'full'

export class IrregularColumn {
  readonly id: number
  n = 0
  timesMs = new Float64Array(8)
  bits = new Uint32Array(16)
  /** The log row that has the oldest of these samples. */
  firstSeq = Infinity
  newestMs: number
  /** Its samples come with timestamps of their own; otherwise it can go back to its group when cut. */
  ownTimes = false

  constructor(id: number, newestMs: number) {
    this.id = id
    this.newestMs = newestMs
  }

  /** Infinity when all its samples are on disk. */
  get oldestMs(): number {
    return this.n === 0 ? Infinity : (this.timesMs[0] as number)
  }

  /** Different for each 1,000 series, so that they are not all due in the same scrape. */
  get limit(): number {
    const spread = rowsPerBlock - shortestCut + 1
    return shortestCut + ((Math.floor(this.id / seriesPerCut) * 37) % spread)
  }

  push(timestampMs: number, low: number, high: number, seq: number): void {
    if (this.n === this.timesMs.length) {
      const capacity = Math.min(rowsPerBlock, this.n * 2)
      const { timesMs, bits } = this
      this.timesMs = new Float64Array(capacity)
      this.timesMs.set(timesMs)
      this.bits = new Uint32Array(2 * capacity)
      this.bits.set(bits)
    }
    if (this.n === 0) this.firstSeq = seq
    this.timesMs[this.n] = timestampMs
    this.bits[2 * this.n] = low
    this.bits[2 * this.n + 1] = high
    this.n++
    this.newestMs = timestampMs
  }

  /** Whether the newest sample has these bits; false when it is on disk already. */
  newestIs(low: number, high: number): boolean {
    if (this.n === 0) return false
    return this.bits[2 * this.n - 2] === low >>> 0 && this.bits[2 * this.n - 1] === high >>> 0
  }

  read(startMs: number, endMs: number, sink: SampleSink): void {
    let to = sink.length
    for (let i = 0; i < this.n; i++) {
      const time = this.timesMs[i] as number
      if (time < startMs || time > endMs) continue
      sink.timesMs[to] = time
      sink.bits[2 * to] = this.bits[2 * i] as number
      sink.bits[2 * to + 1] = this.bits[2 * i + 1] as number
      to++
    }
    sink.length = to
  }
}

export type IrregularOptions = {
  /** Commits a block; false when the disk refused. */
  readonly write: (block: Block) => boolean
  /** Told of a series that has no place here any more, and of its newest sample. */
  readonly released: (id: number, newestMs: number) => void
  readonly seq: () => number
}

export class Irregular {
  readonly #options: IrregularOptions
  readonly #columns = new Map<number, IrregularColumn>()

  constructor(options: IrregularOptions) {
    this.#options = options
  }

  get(id: number): IrregularColumn | undefined {
    return this.#columns.get(id)
  }

  columns(): Iterable<IrregularColumn> {
    return this.#columns.values()
  }

  get size(): number {
    return this.#columns.size
  }

  /** Takes a series in; samples must be newer than `newestMs`. */
  add(id: number, newestMs: number): IrregularColumn {
    const column = new IrregularColumn(id, newestMs)
    this.#columns.set(id, column)
    return column
  }

  /** Stores a sample of a series that is here; it may be cut before, but stays. */
  store(column: IrregularColumn, timestampMs: number, low: number, high: number): StoreResult {
    if (timestampMs < column.newestMs) return 'out-of-order'
    if (timestampMs === column.newestMs) return column.newestIs(low, high) ? 'same' : 'duplicate'
    const old = timestampMs - column.oldestMs > maxBlockMs
    if (column.n >= column.limit || old) {
      const cut = this.#cut(column, timestampMs - maxBlockMs, column)
      if (!cut && (column.n === rowsPerBlock || old)) return 'full'
    }
    column.push(timestampMs, low, high, this.#options.seq())
    return 'ok'
  }

  /** As Head.cutOlderThan. */
  cutOlderThan(oldestMs: number): boolean {
    for (const column of this.#columns.values()) {
      if (column.oldestMs < oldestMs) return this.#cut(column, oldestMs)
      if (column.n === 0 && column.newestMs < oldestMs) this.#release(column)
    }
    return false
  }

  #cut(full: IrregularColumn, oldestMs: number, staying?: IrregularColumn): boolean {
    const due = this.#dueWith(full, oldestMs)
    if (!this.#options.write(encodeIrregular(due))) return false
    for (const column of due) {
      column.n = 0
      column.firstSeq = Infinity
      if (column !== staying && !column.ownTimes) this.#release(column)
    }
    return true
  }

  #release(column: IrregularColumn): void {
    this.#columns.delete(column.id)
    this.#options.released(column.id, column.newestMs)
  }

  /** Those to cut together: long enough or old, of the same day, a bounded number; by id. */
  #dueWith(full: IrregularColumn, oldestMs: number): IrregularColumn[] {
    const day = dayOf(full.oldestMs)
    const due = [full]
    for (const column of this.#columns.values()) {
      if (due.length === seriesPerCut) break
      if (column === full || column.n === 0 || dayOf(column.oldestMs) !== day) continue
      if (column.n >= shortestCut || column.oldestMs < oldestMs) due.push(column)
    }
    return due.sort((a, b) => a.id - b.id)
  }
}

function encodeIrregular(columns: readonly IrregularColumn[]): Block {
  return encodeBlock({
    ids: Int32Array.from(columns, (column) => column.id),
    timesMs: undefined,
    minMs: columns.reduce((min, column) => Math.min(min, column.oldestMs), Infinity),
    maxMs: columns.reduce((max, column) => Math.max(max, column.newestMs), -Infinity),
    read: (i, values, timesMs) => {
      const column = columns[i] as IrregularColumn
      values.set(column.bits.subarray(0, 2 * column.n))
      timesMs.set(column.timesMs.subarray(0, column.n))
      return column.n
    },
  })
}
