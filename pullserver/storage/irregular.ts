/**
 * Series with timestamps of their own: exposed ones (honor_timestamps), and those that two groups
 * write. Each has its own column of timestamps, so a sample costs 16 bytes in memory, not 8.
 */
import type { Block, SampleSink } from './block.ts'
import { encodeBlock, rowsPerBlock } from './block.ts'
import { dayOf } from './chunk-days.ts'

/** At most this many series are cut at once, to bound the pause. */
const seriesPerCut = 1000
/** Shorter columns wait for the next cut: a chunk of few samples is mostly overhead. */
const shortestCut = 60

export class IrregularColumn {
  readonly id: number
  n = 0
  timesMs = new Float64Array(8)
  bits = new Uint32Array(16)
  /** The log row that has the oldest of these samples. */
  firstSeq = Infinity
  newestMs = -Infinity
  /** Its samples come with timestamps of their own; otherwise it can go back to its group when cut. */
  ownTimes = false

  constructor(id: number) {
    this.id = id
  }

  /** Infinity when all its samples are on disk. */
  get oldestMs(): number {
    return this.n === 0 ? Infinity : (this.timesMs[0] as number)
  }

  /** Different for each 1,000 series, so that they are not all due in the same scrape. */
  get limit(): number {
    return (
      shortestCut + ((Math.floor(this.id / seriesPerCut) * 37) % (rowsPerBlock - shortestCut + 1))
    )
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

  /** Whether the newest sample has these bits; undefined when it is on disk already. */
  newestIs(low: number, high: number): boolean | undefined {
    if (this.n === 0) return undefined
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

/** Those to cut together with `full`: long enough or old, of the same day, a bounded number. */
export function dueWith(
  full: IrregularColumn,
  columns: Iterable<IrregularColumn>,
  oldestMs: number,
): IrregularColumn[] {
  const day = dayOf(full.timesMs[0] as number)
  const due = [full]
  for (const column of columns) {
    if (due.length === seriesPerCut) break
    if (column === full || column.n === 0) continue
    const first = column.timesMs[0] as number
    if (dayOf(first) !== day) continue
    if (column.n >= Math.min(shortestCut, column.limit) || first < oldestMs) due.push(column)
  }
  return due.sort((a, b) => a.id - b.id)
}

export function encodeIrregular(columns: readonly IrregularColumn[]): Block {
  const first = (column: IrregularColumn) => column.timesMs[0] as number
  return encodeBlock({
    ids: Int32Array.from(columns, (column) => column.id),
    timesMs: undefined,
    minMs: columns.reduce((min, column) => Math.min(min, first(column)), Infinity),
    maxMs: columns.reduce((max, column) => Math.max(max, column.newestMs), -Infinity),
    read: (i, values, timesMs) => {
      const column = columns[i] as IrregularColumn
      values.set(column.bits.subarray(0, 2 * column.n))
      timesMs.set(column.timesMs.subarray(0, column.n))
      return column.n
    },
  })
}
