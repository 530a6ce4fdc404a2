/**
 * The chunks on disk: one database per UTC day, so that retention is deleting a file.
 *
 * A block is filed under the day of its first sample and spans at most maxBlockMs, so a query also
 * looks at the day before. Each file also has the labels of its series: it can be read without the
 * others, and the series index can be rebuilt when head.db is damaged.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Block, BlockHeader, OpenStrip } from './block.ts'
import { columnsPerStrip, openStrip, readSeries, readSharedTimes, readStripTimes } from './block.ts'
import type { StoreLog } from './database.ts'
import { isDamage, openDatabase, setAside, transaction } from './database.ts'

export const dayMs = 86_400_000
/** No block is longer: a panel or an irregular series that is older is cut. */
export const maxBlockMs = 7_200_000

export function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / dayMs)
}

export type StoredBlock = BlockHeader & { readonly day: number; readonly id: number }

const mostOpenDays = 40

/** A strip's row is the block's id times this, plus its place in the block. */
const stripsPerBlock = 64

const schema = `
  CREATE TABLE IF NOT EXISTS block (
    id INTEGER PRIMARY KEY,
    min_ms INTEGER NOT NULL,
    max_ms INTEGER NOT NULL,
    first_series INTEGER NOT NULL,
    last_series INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    series BLOB NOT NULL,
    times BLOB
  );
  CREATE TABLE IF NOT EXISTS strip (id INTEGER PRIMARY KEY, data BLOB NOT NULL, times BLOB);
  CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, labels TEXT NOT NULL)`

type Day = {
  readonly day: number
  readonly path: string
  readonly database: DatabaseSync
  readonly insertBlock: StatementSync
  readonly insertStrip: StatementSync
  readonly insertSeries: StatementSync
  readonly readBlock: StatementSync
  readonly readStrip: StatementSync
  /** In the order in which they were cut. */
  readonly blocks: StoredBlock[]
}

export class ChunkDays {
  readonly #folder: string
  readonly #log: StoreLog
  readonly #nowMs: () => number
  /** Days that have a file; undefined while the file is not open. */
  readonly #days = new Map<number, Day | undefined>()
  #openDays = 0

  constructor(folder: string, log: StoreLog, nowMs: () => number) {
    this.#folder = folder
    this.#log = log
    this.#nowMs = nowMs
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder)) {
      const day = dayOfFile(name)
      if (day !== undefined) this.#days.set(day, undefined)
    }
  }

  /** Days that have a file, oldest first. */
  days(): number[] {
    return [...this.#days.keys()].sort((a, b) => a - b)
  }

  /**
   * Commits a block, and the labels of those of its series that the day has not seen. A damaged file
   * is put aside for a new one. Throws when the disk takes nothing.
   */
  write(block: Block, newSeries: readonly { id: number; labels: string }[]): void {
    const number = dayOf(block.minMs)
    try {
      this.#write(this.#open(number) ?? this.#make(number), block, newSeries)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#setAside(number, this.#path(number), error)
      this.#write(this.#make(number), block, newSeries)
    }
  }

  #write(day: Day, block: Block, newSeries: readonly { id: number; labels: string }[]): void {
    const id = (day.blocks.at(-1)?.id ?? 0) + 1
    const { minMs, maxMs, firstSeries, lastSeries, columns, rows, series, times } = block
    transaction(day.database, () => {
      for (const { id, labels } of newSeries) day.insertSeries.run(id, labels)
      day.insertBlock.run(id, minMs, maxMs, firstSeries, lastSeries, columns, rows, series, times)
      for (const [i, strip] of block.strips.entries()) {
        day.insertStrip.run(id * stripsPerBlock + i, strip.data, strip.times)
      }
    })
    day.blocks.push({ minMs, maxMs, firstSeries, lastSeries, columns, rows, day: day.day, id })
  }

  /** Blocks that overlap a range of time, oldest first sample first. */
  blocks(startMs: number, endMs: number): StoredBlock[] {
    const found: StoredBlock[] = []
    for (const number of this.days()) {
      if ((number + 1) * dayMs + maxBlockMs < startMs || number * dayMs > endMs) continue
      for (const block of this.#reading(number, (day) => day.blocks) ?? []) {
        if (block.minMs <= endMs && block.maxMs >= startMs) found.push(block)
      }
    }
    return found.sort((a, b) => a.minMs - b.minMs)
  }

  /** A block's series, ascending, and shared timestamps; undefined when its file is damaged. */
  readBlock(
    block: StoredBlock,
  ): { series: Int32Array; timesMs: Float64Array | undefined } | undefined {
    return this.#read(block, (day) => {
      const row = found(day.readBlock.get(block.id))
      const times = row['times'] as Uint8Array | null
      return {
        series: readSeries(row['series'] as Uint8Array),
        timesMs: times === null ? undefined : readSharedTimes(times, block.rows),
      }
    })
  }

  /** The series of a block and the newest sample that each can have in it. */
  *newestOf(block: StoredBlock): Iterable<[id: number, newestMs: number]> {
    const series = this.readBlock(block)?.series ?? new Int32Array(0)
    for (let from = 0; from < series.length; from += columnsPerStrip) {
      const times =
        block.rows > 0 ? undefined : this.readStrip(block, from / columnsPerStrip)?.timesMs
      for (const [i, id] of series.subarray(from, from + columnsPerStrip).entries()) {
        yield [id, times?.[i]?.at(-1) ?? block.maxMs]
      }
    }
  }

  /** Strip i of a block; undefined when it or its file is damaged. */
  readStrip(
    block: StoredBlock,
    i: number,
  ): (OpenStrip & { timesMs: Float64Array[] | undefined }) | undefined {
    const columns = Math.min(columnsPerStrip, block.columns - i * columnsPerStrip)
    return this.#read(block, (day) => {
      const row = found(day.readStrip.get(block.id * stripsPerBlock + i))
      const times = row['times'] as Uint8Array | null
      return {
        ...openStrip(row['data'] as Uint8Array, columns),
        timesMs: times === null ? undefined : readStripTimes(times, columns),
      }
    })
  }

  #read<T>(block: StoredBlock, read: (day: Day) => T): T | undefined {
    return this.#reading(block.day, (day) => {
      try {
        return read(day)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        // Only these bytes are wrong: SQLite found its pages in order.
        this.#logDamagedRow(day.path, block.id, error)
        return undefined
      }
    })
  }

  /** Works on a day's file; undefined when there is none or it is found to be damaged. */
  #reading<T>(number: number, work: (day: Day) => T): T | undefined {
    try {
      const day = this.#open(number)
      return day && work(day)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#setAside(number, this.#path(number), error)
      return undefined
    }
  }

  #logDamagedRow(file: string, block: number, error: RangeError): void {
    this.#log.error(
      'a row of a chunk file is damaged: its samples are missing from this answer. Check the disk; the file can be replaced by a backup while the server is stopped',
      { file, block, error: error.message },
    )
  }

  /** The labels that a day keeps of its series: for when head.db is lost. */
  seriesOf(number: number): { id: number; labels: string }[] {
    const rows = this.#reading(number, (day) =>
      day.database.prepare('SELECT id, labels FROM series ORDER BY id').all(),
    )
    return (rows ?? []).map((row) => ({ id: Number(row['id']), labels: String(row['labels']) }))
  }

  /** Deletes a day's file. */
  drop(number: number): void {
    this.#shut(number)
    this.#days.delete(number)
    const path = this.#path(number)
    for (const side of ['', '-wal', '-shm']) rmSync(path + side, { force: true })
  }

  /** Closes the files of days that are over: their WAL files go, and memory is given back. */
  closeBefore(day: number): void {
    for (const number of this.#days.keys()) if (number < day) this.#shut(number)
  }

  #shut(number: number): void {
    const day = this.#days.get(number)
    if (day === undefined) return
    day.database.close()
    this.#days.set(number, undefined)
    this.#openDays--
  }

  /** Brings the commits so far onto the disk itself (fsync), so that the log may forget them. */
  checkpoint(): void {
    for (const [number, day] of this.#days) {
      if (day === undefined) continue
      this.#reading(number, () => day.database.exec('PRAGMA wal_checkpoint(passive)'))
    }
  }

  close(): void {
    this.closeBefore(Infinity)
  }

  #path(number: number): string {
    const date = new Date(number * dayMs).toISOString().slice(0, 10)
    return join(this.#folder, `chunks-${date}.db`)
  }

  /** The day's file if there is one. Throws what SQLite throws when it is damaged. */
  #open(number: number): Day | undefined {
    const known = this.#days.get(number)
    return known ?? (this.#days.has(number) ? this.#make(number) : undefined)
  }

  #make(number: number): Day {
    const path = this.#path(number)
    const database = openDatabase(path, schema)
    try {
      const day: Day = { day: number, path, database, ...statements(database), blocks: [] }
      for (const block of storedBlocks(database, number)) day.blocks.push(block)
      this.#limitOpenDays()
      this.#days.set(number, day)
      this.#openDays++
      return day
    } catch (error) {
      database.close()
      throw error
    }
  }

  /** A year's worth of open files would be too many; the oldest day is asked for least. */
  #limitOpenDays(): void {
    if (this.#openDays < mostOpenDays) return
    const oldest = this.days().find((number) => this.#days.get(number) !== undefined)
    if (oldest !== undefined) this.#shut(oldest)
  }

  #setAside(number: number, path: string, cause: unknown): void {
    this.#shut(number)
    this.#days.delete(number)
    const aside = setAside(path, this.#nowMs())
    this.#log.error(
      'chunk file is damaged and was put aside; its day is missing from queries, the others are served. Restore it from a backup under its old name, or try `sqlite3 FILE .recover`, then restart',
      { file: path, aside, error: String(cause) },
    )
  }
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new RangeError('row is missing')
  return row
}

function dayOfFile(name: string): number | undefined {
  const date = /^chunks-([+-]?\d{4,6}-\d\d-\d\d)\.db$/.exec(name)?.[1]
  return date === undefined ? undefined : dayOf(Date.parse(`${date}T00:00:00Z`))
}

function statements(database: DatabaseSync) {
  return {
    insertBlock: database.prepare('INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    insertStrip: database.prepare('INSERT INTO strip (id, data, times) VALUES (?, ?, ?)'),
    insertSeries: database.prepare('INSERT OR IGNORE INTO series (id, labels) VALUES (?, ?)'),
    readBlock: database.prepare('SELECT series, times FROM block WHERE id = ?'),
    readStrip: database.prepare('SELECT data, times FROM strip WHERE id = ?'),
  }
}

function* storedBlocks(database: DatabaseSync, day: number): Iterable<StoredBlock> {
  const rows = database.prepare(
    'SELECT id, min_ms, max_ms, first_series, last_series, columns, rows FROM block ORDER BY id',
  )
  for (const row of rows.iterate()) {
    yield {
      day,
      id: Number(row['id']),
      minMs: Number(row['min_ms']),
      maxMs: Number(row['max_ms']),
      firstSeries: Number(row['first_series']),
      lastSeries: Number(row['last_series']),
      columns: Number(row['columns']),
      rows: Number(row['rows']),
    }
  }
}
