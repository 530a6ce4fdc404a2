/** The store in one folder: head.db (series and log), a chunk file per day, and the head in memory. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Labels, Matcher } from '../labels.ts'
import type { Block } from './block.ts'
import { readSeries } from './block.ts'
import { ChunkDays, dayOf } from './chunk-days.ts'
import type { StoreLog } from './database.ts'
import { isBusy, isDamage, openDatabase, setAside, transaction } from './database.ts'
import { Group } from './group.ts'
import { Head } from './head.ts'
import { dropOldDays, nextDropMs } from './retention.ts'
import { logSchema, ScrapeLog } from './scrape-log.ts'
import { compareLabels, idsIn, select } from './select.ts'
import { SeriesTable, seriesSchema } from './series-table.ts'
import type { AppendGroup, MatcherSets, SeriesSamples, Store, StoreStats } from './store.ts'

export type LocalStoreOptions = {
  readonly path: string
  readonly retentionMs: number
  readonly log: StoreLog
  readonly nowMs: () => number
  readonly flushIntervalMs: number
}

const maintenanceMs = 5_000
/** So much pending, in commits that failed, is given up. */
const hopelessFullness = 16

export class LocalStore implements Store {
  readonly #options: LocalStoreOptions
  readonly #database: DatabaseSync
  readonly #days: ChunkDays
  readonly #table: SeriesTable
  readonly #log: ScrapeLog
  readonly #head: Head
  readonly #groups = new Map<string, Group>()
  readonly #maintenance: NodeJS.Timeout
  #flushTimer: NodeJS.Timeout | undefined
  #samples = 0
  #chunks = 0
  #nextDropMs = -Infinity
  #lastComplaintMs = -Infinity

  constructor(options: LocalStoreOptions) {
    this.#options = options
    mkdirSync(options.path, { recursive: true })
    const { database, lost } = openHead(join(options.path, 'head.db'), options)
    this.#database = database
    this.#days = new ChunkDays(options.path, options.log, options.nowMs)
    this.#table = new SeriesTable(database)
    if (lost && this.#days.days().length > 0) this.#restoreSeries()
    this.#log = new ScrapeLog(database, options.nowMs())
    this.#head = new Head({
      writeBlock: (block) => this.#writeBlock(block),
      onCutError: (error) => this.#complain('cannot write chunks, new samples are refused', error),
      seq: () => this.#log.nextSeq,
    })
    this.#replay()
    this.#maintenance = setInterval(() => this.maintain(), maintenanceMs).unref()
  }

  group(key: string): AppendGroup {
    return this.#group(key)
  }

  #group(key: string): Group {
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = new Group({
        key,
        head: this.#head,
        log: this.#log,
        nowMs: this.#options.nowMs,
        retentionMs: this.#options.retentionMs,
        ref: (labels) => this.#table.ref(labels, dayOf(this.#options.nowMs())),
        appended: (samples) => this.#appended(samples),
      })
      this.#groups.set(key, group)
    }
    return group
  }

  #appended(samples: number): void {
    this.#samples += samples
    if (this.#options.flushIntervalMs <= 0 || this.#log.fullness >= 1) this.#tryFlush()
    else
      this.#flushTimer ??= setTimeout(() => this.#tryFlush(), this.#options.flushIntervalMs).unref()
  }

  #tryFlush(): void {
    try {
      this.flush()
    } catch (error) {
      if (isDamage(error)) throw error
      this.#complain('cannot commit, what was scraped since is in memory only', error)
      if (this.#log.fullness > hopelessFullness) this.#log.abandon(this.#options.nowMs())
    }
  }

  /** At most one line a minute: the disk stays full for a while. */
  #complain(message: string, error: unknown): void {
    const now = this.#options.nowMs()
    if (Math.abs(now - this.#lastComplaintMs) < 60_000) return
    this.#lastComplaintMs = now
    this.#options.log.error(`${message}; check that the disk has room`, {
      path: this.#options.path,
      error: String(error),
    })
  }

  flush(): void {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    if (!this.#log.pending && this.#table.unsaved === 0) return
    let bytes = 0
    transaction(this.#database, () => {
      this.#table.save()
      if (this.#log.pending) bytes = this.#log.write()
    })
    this.#table.saved()
    if (bytes > 0) this.#log.committed(bytes, this.#options.nowMs())
  }

  #writeBlock(block: Block): void {
    const day = dayOf(block.minMs)
    const ids = readSeries(block.series)
    const table = this.#table
    const fresh = [...ids].filter((id) => !table.hasDay(id, day))
    this.#days.write(
      block,
      fresh.map((id) => ({ id, labels: table.storedLabels(id) ?? '[]' })),
    )
    for (const id of fresh) table.noteDay(id, day)
    this.#chunks += block.columns
  }

  /** head.db is new although there are chunks: their files know the labels. */
  #restoreSeries(): void {
    for (const day of this.#days.days()) {
      for (const { id, labels } of this.#days.seriesOf(day)) this.#table.restore(id, labels, day)
    }
    this.#options.log.info('series were restored from the chunk files', {
      series: this.#table.index.size,
    })
  }

  #replay(): void {
    const oldestMs = this.#log.oldestMs()
    for (const block of this.#days.blocks(oldestMs, Infinity)) {
      this.#table.skipTo(block.lastSeries + 1)
      for (const [id, newestMs] of this.#days.newestOf(block)) this.#head.noteStored(id, newestMs)
    }
    try {
      this.#log.replay({
        scrape: (key, timestampMs, refs, values) => {
          this.#group(key).replay(timestampMs, refs, values, refs.length)
        },
        single: (ref, timestampMs, low, high) => {
          this.#head.storeAt(ref, timestampMs, low, high)
        },
      })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#options.log.error('part of the scrape log is damaged and was left out', {
        file: join(this.#options.path, 'head.db'),
        error: error.message,
      })
    }
  }

  /** What a timer does every few seconds; each call is short. */
  maintain(): void {
    const { nowMs, retentionMs } = this.#options
    const now = nowMs()
    this.#head.cutIdle(now)
    this.#dropLog()
    if (now < this.#nextDropMs) return
    const firstKept = dropOldDays(this.#days, now, retentionMs)
    this.#nextDropMs = nextDropMs(firstKept, retentionMs)
    this.flush()
    transaction(this.#database, () => {
      this.#table.forgetBefore(firstKept, (id) => this.#head.has(id))
    })
    for (const [key, group] of this.#groups) {
      if (!this.#head.hasOwner(group)) this.#groups.delete(key)
    }
  }

  #dropLog(): void {
    const seq = this.#head.oldestSeq()
    if (!this.#log.canDrop(seq)) return
    // The chunks must be on the disk itself before the log forgets their samples.
    this.#days.checkpoint()
    this.#log.drop(seq)
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSamples[] {
    return select(this.#sources, matchers, startMs, endMs)
  }

  get #sources() {
    return { table: this.#table, head: this.#head, days: this.#days }
  }

  #ids(matcherSets: MatcherSets, startMs: number, endMs: number): Iterable<number> {
    const sets = matcherSets.length === 0 ? [[]] : matcherSets
    const lists = sets.map((matchers) => idsIn(this.#sources, matchers, startMs, endMs))
    return lists.length === 1 ? (lists[0] ?? []) : new Set(lists.flat())
  }

  series(matcherSets: MatcherSets, startMs: number, endMs: number): Labels[] {
    const found: Labels[] = []
    for (const id of this.#ids(matcherSets, startMs, endMs)) {
      const labels = this.#table.index.labelsOf(id)
      if (labels !== undefined) found.push(labels)
    }
    return found.sort(compareLabels)
  }

  labelNames(matcherSets: MatcherSets, startMs: number, endMs: number): string[] {
    const names = new Set<string>()
    for (const labels of this.series(matcherSets, startMs, endMs)) {
      for (const { name } of labels) names.add(name)
    }
    return [...names].sort()
  }

  labelValues(name: string, matcherSets: MatcherSets, startMs: number, endMs: number): string[] {
    const wanted = new Set(this.#ids(matcherSets, startMs, endMs))
    const values: string[] = []
    for (const { value, ids } of this.#table.index.values(name)) {
      if (ids.some((id) => wanted.has(id))) values.push(value)
    }
    return values.sort()
  }

  stats(): StoreStats {
    return { ...this.#head.stats(), samples: this.#samples, chunks: this.#chunks }
  }

  close(): void {
    clearInterval(this.#maintenance)
    this.flush()
    this.#days.close()
    this.#database.close()
  }
}

/** Opens head.db; a damaged one is put aside and a new one made, whose series are then `lost`. */
function openHead(
  path: string,
  { log, nowMs }: LocalStoreOptions,
): { database: DatabaseSync; lost: boolean } {
  const schema = `${seriesSchema}; ${logSchema}`
  try {
    const database = openDatabase(path, schema, true)
    const row = database.prepare('SELECT count(*) AS n FROM series').get()
    return { database, lost: Number(row?.['n']) === 0 }
  } catch (error) {
    if (isBusy(error)) {
      throw new Error(
        `cannot open ${JSON.stringify(path)}: another process uses this folder; stop it, or start this one with its own --storage.tsdb.path`,
        { cause: error },
      )
    }
    if (!isDamage(error)) throw error
    const aside = setAside(path, nowMs())
    log.error(
      'head.db is damaged and was put aside; series are restored from the chunk files, samples of the last two hours may be missing. Restore it from a backup, or try `sqlite3 FILE .recover`, then restart',
      { file: path, aside, error: String(error) },
    )
    return { database: openDatabase(path, schema, true), lost: true }
  }
}
