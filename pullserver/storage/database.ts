/** SQLite files: opened the same way everywhere, and put aside, never deleted, when damaged. */
import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** What the store needs of a logger; shared/log.ts fits. */
export type StoreLog = {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** How long to wait for another process, somebody's sqlite3 or backup: nothing else runs meanwhile. */
const busyMs = 200

/** Versions the tables of all files; a file of a newer Narthex is refused, not guessed at. */
const formatVersion = 1

/**
 * Opens or makes a database with our settings. Throws what SQLite throws when the file is damaged
 * (isDamage) or another process has it, and RangeError for a file of a newer version.
 *
 * WAL with synchronous=NORMAL: a commit is a write without fsync, so it survives the death of the
 * process; checkpoints sync. Pages of 4 kB: a strip of about 8 kB leaves 8% of its pages empty, in
 * pages of 8 kB 12%, in pages of 16 kB 34%.
 */
export function openDatabase(path: string, schema: string, exclusive = false): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: busyMs })
    if (exclusive) database.exec('PRAGMA locking_mode = exclusive')
    database.exec('PRAGMA page_size = 4096; PRAGMA journal_mode = wal')
    database.exec(
      'PRAGMA synchronous = normal; PRAGMA cache_size = -1024; PRAGMA journal_size_limit = 4194304',
    )
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
    if (version > formatVersion) {
      throw new RangeError(
        `storage file ${JSON.stringify(path)} has format ${version}, this program knows up to ${formatVersion}; start the newer program again`,
      )
    }
    database.exec('BEGIN IMMEDIATE')
    database.exec(schema)
    database.exec(`PRAGMA user_version = ${formatVersion}`)
    database.exec('COMMIT')
    return database
  } catch (error) {
    database?.close()
    if (isDamage(error) || isBusy(error) || error instanceof RangeError) throw error
    throw new Error(
      `cannot open ${JSON.stringify(path)}: ${String(error)}; check room and rights`,
      {
        cause: error,
      },
    )
  }
}

const sqliteBusy = 5
const sqliteCorrupt = 11
const sqliteNotADatabase = 26

export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === sqliteCorrupt || code === sqliteNotADatabase
}

export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === sqliteBusy
}

/** SQLite's primary result code of an error, undefined for other errors. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

/** Runs `work` as one transaction; undone when it throws. */
export function transaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** Renames a damaged database and its side files out of the way; gives the new name. */
export function setAside(path: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  let aside = `${path}.damaged-${stamp}`
  for (let i = 2; existsSync(aside); i++) aside = `${path}.damaged-${stamp}-${i}`
  for (const side of ['-wal', '-shm', '']) {
    if (existsSync(path + side)) renameSync(path + side, aside + side)
  }
  return aside
}
