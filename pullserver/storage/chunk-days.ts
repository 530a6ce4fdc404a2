/**
 * The chunks on disk: a file per UTC day, so that retention is deleting a file.
 *
 * A block is filed under the day of its first sample and spans at most maxBlockMs, so a query also
 * looks at the day before. A damaged file is put aside, never deleted, and the other days are served.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Block } from './block.ts'
import { columnsPerStrip } from './block.ts'
import type { StoreLog } from './database.ts'
import { isDamage, setAside } from './database.ts'
import type { StoredBlock, StoredLabels } from './day-file.ts'
import { DayFile } from './day-file.ts'

export const dayMs = 86_400_000
/** No block is longer: a panel or an irregular series that is older is cut. */
export const maxBlockMs = 7_200_000

export function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / dayMs)
}

/** A year's worth of open files would be too many. */
const mostOpenFiles = 40

export class ChunkDays {
  readonly #folder: string
  readonly #log: StoreLog
  readonly #nowMs: () => number
  /** Days that have a file; undefined while the file is not open. */
  readonly #files = new Map<number, DayFile | undefined>()

  constructor(folder: string, log: StoreLog, nowMs: () => number) {
    this.#folder = folder
    this.#log = log
    this.#nowMs = nowMs
    mkdirSync(folder, { recursive: true })
    for (const name of readdirSync(folder)) {
      const day = dayOfFile(name)
      if (day !== undefined) this.#files.set(day, undefined)
    }
  }

  /** Days that have a file, oldest first. */
  days(): number[] {
    return [...this.#files.keys()].sort((a, b) => a - b)
  }

  /**
   * Commits a block, and the labels of those of its series that the day has not seen. A damaged file
   * is put aside for a new one. Throws when the disk takes nothing.
   */
  write(block: Block, newSeries: readonly StoredLabels[]): void {
    const day = dayOf(block.minMs)
    try {
      this.#open(day).write(block, newSeries)
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#setAside(day, error)
      this.#open(day).write(block, newSeries)
    }
  }

  /** Blocks that overlap a range of time, by their first sample. */
  blocks(startMs: number, endMs: number): StoredBlock[] {
    const found: StoredBlock[] = []
    for (const day of this.days()) {
      if ((day + 1) * dayMs + maxBlockMs < startMs || day * dayMs > endMs) continue
      for (const block of this.#reading(day, (file) => file.blocks) ?? []) {
        if (block.minMs <= endMs && block.maxMs >= startMs) found.push(block)
      }
    }
    return found.sort((a, b) => a.minMs - b.minMs)
  }

  /** See DayFile; undefined when the block's file, or this row of it, is damaged. */
  readBlock(block: StoredBlock): ReturnType<DayFile['readBlock']> | undefined {
    return this.#reading(block.day, (file) => file.readBlock(block))
  }

  /** See DayFile; undefined when the block's file, or this row of it, is damaged. */
  readStrip(block: StoredBlock, i: number): ReturnType<DayFile['readStrip']> | undefined {
    return this.#reading(block.day, (file) => file.readStrip(block, i))
  }

  /** The labels that a day keeps of its series. */
  seriesOf(day: number): StoredLabels[] {
    return this.#reading(day, (file) => file.series()) ?? []
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

  /** Works on a day's file; undefined when there is none or it is found to be damaged. */
  #reading<T>(day: number, work: (file: DayFile) => T): T | undefined {
    if (!this.#files.has(day)) return undefined
    try {
      return work(this.#open(day))
    } catch (error) {
      if (isDamage(error)) this.#setAside(day, error)
      else if (error instanceof RangeError) this.#logDamagedRow(day, error)
      else throw error
      return undefined
    }
  }

  /** Only some bytes are wrong: SQLite found its pages in order. */
  #logDamagedRow(day: number, error: RangeError): void {
    this.#log.error(
      'a row of a chunk file is damaged: its samples are missing from this answer. Check the disk; the file can be replaced by a backup while the server is stopped',
      { file: this.#path(day), error: error.message },
    )
  }

  #setAside(day: number, cause: unknown): void {
    this.#shut(day)
    this.#files.delete(day)
    const aside = setAside(this.#path(day), this.#nowMs())
    this.#log.error(
      'chunk file is damaged and was put aside; its day is missing from queries, the others are served. Restore it from a backup under its old name, or try `sqlite3 FILE .recover`, then restart',
      { file: this.#path(day), aside, error: String(cause) },
    )
  }

  /** The file of a day, made when there is none. Throws what SQLite throws when it is damaged. */
  #open(day: number): DayFile {
    const open = this.#files.get(day)
    if (open !== undefined) return open
    const file = new DayFile(this.#path(day), day)
    const others = this.days().filter((number) => this.#files.get(number) !== undefined)
    // The oldest days are asked for least.
    if (others.length >= mostOpenFiles) this.#shut(others[0] ?? day)
    this.#files.set(day, file)
    return file
  }

  #path(day: number): string {
    return join(this.#folder, `chunks-${new Date(day * dayMs).toISOString().slice(0, 10)}.db`)
  }

  /** Deletes a day's file. */
  drop(day: number): void {
    this.#shut(day)
    this.#files.delete(day)
    for (const side of ['', '-wal', '-shm']) rmSync(this.#path(day) + side, { force: true })
  }

  /** Closes the files of days that are over: their WAL files go, and memory is given back. */
  closeBefore(day: number): void {
    for (const number of this.#files.keys()) if (number < day) this.#shut(number)
  }

  #shut(day: number): void {
    const file = this.#files.get(day)
    if (file === undefined) return
    file.close()
    this.#files.set(day, undefined)
  }

  /** Brings the commits so far onto the disk itself, so that the log may forget them. */
  checkpoint(): void {
    for (const [day, file] of this.#files) {
      if (file !== undefined) this.#reading(day, () => file.checkpoint())
    }
  }

  close(): void {
    this.closeBefore(Infinity)
  }
}

function dayOfFile(name: string): number | undefined {
  const date = /^chunks-([+-]?\d{4,6}-\d\d-\d\d)\.db$/.exec(name)?.[1]
  return date === undefined ? undefined : dayOf(Date.parse(`${date}T00:00:00Z`))
}
