/**
 * One chunk file: the blocks whose first sample is of one UTC day.
 *
 * It also has the labels of its series, so it can be read without the other files, and the series
 * can be found again when head.db is lost.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Block, BlockHeader, OpenStrip } from './block.ts'
import { columnsPerStrip, openStrip, readSeries, readSharedTimes, readStripTimes } from './block.ts'
import { openDatabase, transaction } from './database.ts'

export type StoredBlock = BlockHeader & { readonly day: number; readonly id: number }

export type StoredLabels = { readonly id: number; readonly labels: string }

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

/** Every method throws what SQLite throws when the file is damaged or the disk takes nothing. */
export class DayFile {
  readonly path: string
  /** In the order in which they were cut. */
  readonly blocks: StoredBlock[]
  readonly #day: number
  readonly #database: DatabaseSync
  readonly #statements: ReturnType<typeof prepare>

  constructor(path: string, day: number) {
    this.path = path
    this.#day = day
    this.#database = openDatabase(path, schema)
    try {
      this.#statements = prepare(this.#database)
      this.blocks = [...storedBlocks(this.#database, day)]
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /** Commits a block and the labels that are new to the file. */
  write(block: Block, newSeries: readonly StoredLabels[]): void {
    const { insertSeries, insertBlock, insertStrip } = this.#statements
    const id = (this.blocks.at(-1)?.id ?? 0) + 1
    const { minMs, maxMs, firstSeries, lastSeries, columns, rows, series, times } = block
    transaction(this.#database, () => {
      for (const { id, labels } of newSeries) insertSeries.run(id, labels)
      insertBlock.run(id, minMs, maxMs, firstSeries, lastSeries, columns, rows, series, times)
      for (const [i, strip] of block.strips.entries()) {
        insertStrip.run(id * stripsPerBlock + i, strip.data, strip.times)
      }
    })
    this.blocks.push({ minMs, maxMs, firstSeries, lastSeries, columns, rows, day: this.#day, id })
  }

  /** The series of a block, ascending, and its shared timestamps. RangeError: the row is damaged. */
  readBlock(block: StoredBlock): { series: Int32Array; timesMs: Float64Array | undefined } {
    const row = found(this.#statements.readBlock.get(block.id))
    const times = row['times'] as Uint8Array | null
    return {
      series: readSeries(row['series'] as Uint8Array),
      timesMs: times === null ? undefined : readSharedTimes(times, block.rows),
    }
  }

  /** Strip i of a block, with the timestamps of irregular columns. RangeError: the row is damaged. */
  readStrip(block: StoredBlock, i: number): OpenStrip & { timesMs: Float64Array[] | undefined } {
    const row = found(this.#statements.readStrip.get(block.id * stripsPerBlock + i))
    const columns = Math.min(columnsPerStrip, block.columns - i * columnsPerStrip)
    const times = row['times'] as Uint8Array | null
    return {
      ...openStrip(row['data'] as Uint8Array, columns),
      timesMs: times === null ? undefined : readStripTimes(times, columns),
    }
  }

  /** The labels of all its series, as they were written. */
  series(): StoredLabels[] {
    const rows = this.#database.prepare('SELECT id, labels FROM series').all()
    return rows.map((row) => ({ id: Number(row['id']), labels: String(row['labels']) }))
  }

  /** Brings the commits so far onto the disk itself (fsync). */
  checkpoint(): void {
    this.#database.exec('PRAGMA wal_checkpoint(passive)')
  }

  close(): void {
    this.#database.close()
  }
}

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new RangeError('row is missing')
  return row
}

function prepare(database: DatabaseSync) {
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
