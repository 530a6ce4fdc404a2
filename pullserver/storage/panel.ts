/**
 * A panel: up to 1,000 series of one group that share timestamps, as a table of up to 120 scrapes.
 *
 * A row is one scrape, its values side by side, so storing a scrape writes memory in order; a column
 * is one series. Panels of a group are cut into chunks at different scrapes, which keeps each pause
 * to the encoding of 1,000 columns (about 3 ms). Cells without a sample hold the absent bits.
 */
import type { Block, SampleSink } from './block.ts'
import { absent, encodeBlock, indexRange, rowsPerBlock } from './block.ts'

export const columnsPerPanel = 1000

/** Slot numbers are panel << slotBits | column. */
export const slotBits = 10

export class Panel {
  readonly index: number
  readonly owner: object
  width = 0
  /** How many columns its first row is to have room for. */
  expected = 0
  rows = 0
  /** Rows at which to cut; smaller the first time, to spread the panels' cuts. */
  limit: number
  /** When the newest row was, also after a cut. */
  lastRowMs = -Infinity
  /** The log row that has the first of the uncut rows. */
  firstSeq = Infinity
  ids = new Int32Array(8)
  readonly timesMs = new Float64Array(rowsPerBlock)
  /** Row r, column c: words 2 * (r * stride + c) and the one after. */
  bits = new Uint32Array(0)
  stride = 0

  constructor(index: number, owner: object, limit: number) {
    this.index = index
    this.owner = owner
    this.limit = limit
  }

  /** Infinity when there are no rows. */
  get oldestMs(): number {
    return this.rows === 0 ? Infinity : (this.timesMs[0] as number)
  }

  /** -Infinity when there are no rows. */
  get newestMs(): number {
    return this.rows === 0 ? -Infinity : (this.timesMs[this.rows - 1] as number)
  }

  /** Adds a series; its earlier rows are absent. Gives its column. */
  addColumn(id: number): number {
    if (this.width === this.ids.length) {
      const ids = new Int32Array(Math.min(columnsPerPanel, this.width * 2))
      ids.set(this.ids)
      this.ids = ids
    }
    this.ids[this.width] = id
    if (this.rows > 0 && this.width === this.stride) this.#widen()
    return this.width++
  }

  #widen(): void {
    const old = this.bits
    const oldStride = this.stride
    // Doubled, since a new target brings its series one by one; the next cut takes the slack back.
    this.#allocate(2 * this.width + 1)
    this.bits.fill(absent, 0, 2 * this.rows * this.stride)
    for (let row = 0; row < this.rows; row++) {
      const from = 2 * row * oldStride
      this.bits.set(old.subarray(from, from + 2 * oldStride), 2 * row * this.stride)
    }
  }

  #allocate(columns: number): void {
    // An odd number of cache lines: with a power of two the cells of a column would all fall into the
    // same few cache sets, and cutting would be several times slower.
    const lines = Math.ceil(Math.min(columns, columnsPerPanel) / 8) | 1
    this.stride = lines * 8
    this.bits = new Uint32Array(2 * this.stride * rowsPerBlock)
  }

  /** Starts a row whose cells are all absent. */
  openRow(timestampMs: number, seq: number): void {
    if (this.rows === 0) {
      this.firstSeq = seq
      const columns = Math.max(this.width, this.expected)
      this.expected = 0
      if (this.stride < columns) this.#allocate(columns)
    }
    const start = 2 * this.rows * this.stride
    this.bits.fill(absent, start, start + 2 * this.stride)
    this.timesMs[this.rows++] = timestampMs
    this.lastRowMs = timestampMs
  }

  /** The word where the newest row begins. */
  get newestRow(): number {
    return 2 * (this.rows - 1) * this.stride
  }

  /** Takes a series' samples out, oldest first: it goes elsewhere. */
  takeColumn(column: number, each: (timestampMs: number, low: number, high: number) => void): void {
    for (let row = 0; row < this.rows; row++) {
      const at = 2 * (row * this.stride + column)
      const low = this.bits[at] as number
      const high = this.bits[at + 1] as number
      if (high === absent) continue
      each(this.timesMs[row] as number, low, high)
      this.bits[at] = absent
      this.bits[at + 1] = absent
    }
  }

  rowsBetween(startMs: number, endMs: number): number {
    const [from, to] = indexRange(this.timesMs, this.rows, startMs, endMs)
    return to - from
  }

  /** Appends a column's samples in the range; the sink must have room for `rowsBetween`. */
  readColumn(column: number, startMs: number, endMs: number, sink: SampleSink): void {
    const [from, end] = indexRange(this.timesMs, this.rows, startMs, endMs)
    let to = sink.length
    for (let row = from; row < end; row++) {
      const at = 2 * (row * this.stride + column)
      const high = this.bits[at + 1] as number
      if (high === absent) continue
      sink.bits[2 * to] = this.bits[at] as number
      sink.bits[2 * to + 1] = high
      sink.timesMs[to++] = this.timesMs[row] as number
    }
    sink.length = to
  }

  /** Time of the newest sample of a column; -Infinity when it has none. */
  newestOf(column: number): number {
    for (let row = this.rows - 1; row >= 0; row--) {
      const high = this.bits[2 * (row * this.stride + column) + 1]
      if (high !== absent) return this.timesMs[row] as number
    }
    return -Infinity
  }

  /** The rows as a block; undefined when no cell has a sample. Changes nothing. */
  encode(): Block | undefined {
    const columns: number[] = []
    for (let c = 0; c < this.width; c++) if (this.newestOf(c) !== -Infinity) columns.push(c)
    if (columns.length === 0) return undefined
    columns.sort((a, b) => (this.ids[a] as number) - (this.ids[b] as number))
    const rows = this.rows
    return encodeBlock({
      ids: Int32Array.from(columns, (c) => this.ids[c] as number),
      timesMs: this.timesMs.subarray(0, rows),
      minMs: this.timesMs[0] as number,
      maxMs: this.newestMs,
      read: (i, values) => {
        let at = 2 * (columns[i] as number)
        for (let word = 0; word < 2 * rows; word += 2) {
          values[word] = this.bits[at] as number
          values[word + 1] = this.bits[at + 1] as number
          at += 2 * this.stride
        }
        return rows
      },
    })
  }

  /** Forgets the rows, now that they are on disk, and keeps only the given columns. */
  clear(keep: (column: number) => boolean): void {
    let width = 0
    for (let column = 0; column < this.width; column++) {
      if (keep(column)) this.ids[width++] = this.ids[column] as number
    }
    this.width = width
    this.rows = 0
    this.limit = rowsPerBlock
    this.firstSeq = Infinity
    // A fifth of it is empty: the next row makes one that fits.
    if (this.stride > 24 && width < 0.8 * this.stride) {
      this.stride = 0
      this.bits = new Uint32Array(0)
    }
  }
}
