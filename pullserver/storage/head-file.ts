/** head.db: the series and the scrape log in one file, so that one commit has both. */
import type { DatabaseSync } from 'node:sqlite'
import type { StoreLog } from './database.ts'
import { isBusy, isDamage, openDatabase, setAside, transaction } from './database.ts'
import { logSchema, ScrapeLog } from './scrape-log.ts'
import { SeriesTable, seriesSchema } from './series-table.ts'

const schema = `${seriesSchema}; ${logSchema}`

export class HeadFile {
  readonly table: SeriesTable
  readonly log: ScrapeLog
  readonly #path: string
  readonly #messages: StoreLog
  readonly #nowMs: () => number
  #database: DatabaseSync

  /** A damaged file is put aside for an empty one. Throws when another process has the file. */
  constructor(path: string, messages: StoreLog, nowMs: () => number) {
    this.#path = path
    this.#messages = messages
    this.#nowMs = nowMs
    this.table = new SeriesTable()
    this.log = new ScrapeLog(nowMs())
    try {
      this.#database = openExclusive(path)
      this.#attach()
      this.table.load()
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#database = this.#startAgain(error)
    }
  }

  #attach(): void {
    this.table.attach(this.#database)
    this.log.attach(this.#database)
  }

  /**
   * Commits the changes of the table and what is pending in the log. Throws when the disk takes
   * nothing: all of it is then still pending.
   */
  commit(): void {
    if (!this.log.pending && this.table.unsaved === 0) return
    let bytes = 0
    transaction(this.#database, () => {
      this.table.save()
      if (this.log.pending) bytes = this.log.write()
    })
    this.table.saved()
    if (bytes > 0) this.log.committed(bytes, this.#nowMs())
  }

  /** Forgets series, see SeriesTable.forgetBefore. */
  forgetBefore(day: number, needed: (id: number) => boolean): void {
    transaction(this.#database, () => {
      this.table.forgetBefore(day, needed)
    })
  }

  /**
   * Goes on with an empty file after damage was met: the series are saved again with the next commit,
   * but the samples in the log are lost unless the caller cuts what it has in memory.
   */
  replace(cause: unknown): void {
    this.#database.close()
    this.#database = this.#startAgain(cause)
    this.table.saveAll()
    // What is pending says how it differs from rows that are gone.
    this.log.abandon(this.#nowMs())
  }

  #startAgain(cause: unknown): DatabaseSync {
    const aside = setAside(this.#path, this.#nowMs())
    this.#messages.error(
      'head.db is damaged and was put aside; the names of the series are in the chunk files too, but samples of up to the last two hours may be missing. Check the disk; to get more back try `sqlite3 FILE .recover`',
      { file: this.#path, aside, error: String(cause) },
    )
    const database = openExclusive(this.#path)
    this.table.attach(database)
    this.log.attach(database)
    return database
  }

  close(): void {
    this.#database.close()
  }
}

function openExclusive(path: string): DatabaseSync {
  try {
    return openDatabase(path, schema, true)
  } catch (error) {
    if (!isBusy(error)) throw error
    throw new Error(
      `cannot open ${JSON.stringify(path)}: another process uses this folder; stop it, or start this one with a --storage.tsdb.path of its own`,
      { cause: error },
    )
  }
}
