/**
 * All series there are samples of: their ids, labels, and the first and last day they have chunks in.
 *
 * Kept in head.db, changes with the next commit. Ids are never used twice, so a ref that somebody
 * still holds cannot come to mean another series.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Label, Labels } from '../labels.ts'
import { dayMs, maxBlockMs } from './chunk-days.ts'
import { SeriesIndex } from './postings.ts'

export const seriesSchema = `
  CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    labels TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL
  )`

type Statements = {
  readonly save: StatementSync
  readonly delete: StatementSync
  readonly load: StatementSync
  readonly lastId: StatementSync
}

const noDay = -0x80000000

export class SeriesTable {
  readonly index = new SeriesIndex()
  #statements: Statements | undefined
  readonly #unsaved = new Set<number>()
  #firstDay = new Int32Array(1024)
  #lastDay = new Int32Array(1024)
  /** The day whose file got the labels of a series from this process last. */
  #inDay = new Int32Array(1024).fill(noDay)
  #nextId = 1

  /** Uses a database from here on. */
  attach(database: DatabaseSync): void {
    this.#statements = {
      save: database.prepare(
        'INSERT OR REPLACE INTO series (id, labels, first_day, last_day) VALUES (?, ?, ?, ?)',
      ),
      delete: database.prepare('DELETE FROM series WHERE id = ?'),
      load: database.prepare('SELECT id, labels, first_day, last_day FROM series ORDER BY id'),
      lastId: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'series'"),
    }
    // Arrays, not objects: half the time at 100,000 series.
    this.#statements.load.setReturnArrays(true)
  }

  /** Reads what the database has. */
  load(): void {
    for (const row of (this.#statements?.load.iterate() ?? []) as Iterable<unknown>) {
      const [id, labels, firstDay, lastDay] = row as [number, string, number, number]
      this.index.add(id, parseLabels(labels))
      this.#reserve(id)
      this.#firstDay[id] = firstDay
      this.#lastDay[id] = lastDay
      this.#nextId = id + 1
    }
    this.skipTo(Number(this.#statements?.lastId.get()?.['seq'] ?? 0) + 1)
  }

  /** Leaves out ids below `id`: chunks refer to them. */
  skipTo(id: number): void {
    this.#nextId = Math.max(this.#nextId, id)
  }

  /** The id of a series, made when it is new. */
  ref(labels: Labels, day: number): number {
    const known = this.index.find(labels)
    if (known !== undefined) return known
    const id = this.#nextId
    this.index.add(id, labels)
    this.#nextId = id + 1
    this.#note(id, day, day)
    return id
  }

  /** Fills an empty table with what the chunk files remember; ids must ascend. */
  restore(found: readonly { id: number; labels: string; day: number }[]): void {
    for (const { id, labels, day } of found) {
      this.skipTo(id + 1)
      if (this.index.labelsOf(id) !== undefined) {
        this.noteDay(id, day)
        continue
      }
      const parsed = parseLabels(labels)
      // The same labels under two ids: a power cut took the first id's row, and its first chunks.
      if (this.index.find(parsed) !== undefined) continue
      this.index.add(id, parsed)
      this.#note(id, day, day)
    }
  }

  #note(id: number, firstDay: number, lastDay: number): void {
    this.#reserve(id)
    this.#firstDay[id] = firstDay
    this.#lastDay[id] = lastDay
    this.#unsaved.add(id)
  }

  #reserve(id: number): void {
    if (id < this.#lastDay.length) return
    const length = Math.max(id + 1, 2 * this.#lastDay.length)
    const firstDay = new Int32Array(length)
    firstDay.set(this.#firstDay)
    this.#firstDay = firstDay
    const lastDay = new Int32Array(length)
    lastDay.set(this.#lastDay)
    this.#lastDay = lastDay
    const inDay = new Int32Array(length).fill(noDay)
    inDay.set(this.#inDay)
    this.#inDay = inDay
  }

  /** Notes that a series has a chunk in a day's file. */
  noteDay(id: number, day: number): void {
    const first = this.#firstDay[id] as number
    const last = this.#lastDay[id] as number
    this.#inDay[id] = day
    if (day >= first && day <= last) return
    this.#note(id, Math.min(first, day), Math.max(last, day))
  }

  /** Keeps a series from being forgotten before the retention has passed from this day on. */
  touch(id: number, day: number): void {
    if (day > (this.#lastDay[id] ?? day)) this.#note(id, this.#firstDay[id] as number, day)
  }

  /** Whether the day's file is known to have the labels of the series. */
  hasDay(id: number, day: number): boolean {
    return this.#inDay[id] === day
  }

  /** Whether a series may have chunks with samples in a range of time. */
  mayHave(id: number, startMs: number, endMs: number): boolean {
    return (
      (this.#firstDay[id] as number) * dayMs <= endMs &&
      ((this.#lastDay[id] as number) + 1) * dayMs + maxBlockMs >= startMs
    )
  }

  /** The labels of a series as they are stored. */
  storedLabels(id: number): string | undefined {
    const labels = this.index.labelsOf(id)
    return labels && JSON.stringify(labels.flatMap(({ name, value }) => [name, value]))
  }

  get unsaved(): number {
    return this.#unsaved.size
  }

  /** Writes what changed; inside the caller's transaction, which calls `saved` when it is committed. */
  save(): void {
    for (const id of this.#unsaved) {
      const labels = this.storedLabels(id)
      if (labels === undefined) continue
      this.#statements?.save.run(
        id,
        labels,
        this.#firstDay[id] as number,
        this.#lastDay[id] as number,
      )
    }
  }

  /** Makes the next save write all series. */
  saveAll(): void {
    for (const id of this.index.ids()) this.#unsaved.add(id)
  }

  saved(): void {
    this.#unsaved.clear()
  }

  /**
   * Forgets the series that have no chunks since before a day and that nobody else needs; inside the
   * caller's transaction. Gives their number.
   */
  forgetBefore(day: number, needed: (id: number) => boolean): number {
    const gone = new Set<number>()
    for (const id of this.index.ids()) {
      if ((this.#lastDay[id] as number) < day && !needed(id)) gone.add(id)
    }
    for (const id of gone) this.#statements?.delete.run(id)
    this.index.remove(gone)
    return gone.size
  }
}

function parseLabels(stored: string): Labels {
  const flat = JSON.parse(stored) as string[]
  const labels: Label[] = []
  for (let i = 0; i < flat.length; i += 2) {
    labels.push({ name: flat[i] ?? '', value: flat[i + 1] ?? '' })
  }
  return labels
}
