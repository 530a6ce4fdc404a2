/** The store in one folder: head.db (series and log), a chunk file per day, and the head in memory. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Labels, Matcher } from '../labels.ts'
import type { Block } from './block.ts'
import { readSeries } from './block.ts'
import { ChunkDays, dayOf, maxBlockMs } from './chunk-days.ts'
import type { StoreLog } from './database.ts'
import { isDamage } from './database.ts'
import { Group } from './group.ts'
import { Head } from './head.ts'
import { HeadFile } from './head-file.ts'
import { dropOldDays, nextDropMs } from './retention.ts'
import { idsPresentIn, select } from './select.ts'
import type { SeriesTable } from './series-table.ts'
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
  readonly #file: HeadFile
  readonly #days: ChunkDays
  readonly #table: SeriesTable
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
    this.#file = new HeadFile(join(options.path, 'head.db'), options.log, options.nowMs)
    this.#table = this.#file.table
    this.#days = new ChunkDays(options.path, options.log, options.nowMs)
    if (this.#table.index.size === 0) this.#restoreSeries()
    this.#head = new Head({
      writeBlock: (block) => this.#writeBlock(block),
      onCutError: (error) => this.#complain('cannot write chunks, new samples are refused', error),
      knows: (id) => this.#table.index.labelsOf(id) !== undefined,
      seq: () => this.#file.log.nextSeq,
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
        log: this.#file.log,
        nowMs: this.#options.nowMs,
        retentionMs: this.#options.retentionMs,
        ref: (labels) => this.#table.ref(labels, dayOf(this.#options.nowMs())),
        appended: (samples) => this.#appended(samples),
        shown: (ref) => this.#table.touch(ref, dayOf(this.#options.nowMs())),
      })
      this.#groups.set(key, group)
    }
    return group
  }

  #appended(samples: number): void {
    this.#samples += samples
    if (this.#options.flushIntervalMs <= 0 || this.#file.log.fullness >= 1) this.#tryFlush()
    else
      this.#flushTimer ??= setTimeout(() => this.#tryFlush(), this.#options.flushIntervalMs).unref()
  }

  #tryFlush(): void {
    try {
      this.flush()
    } catch (error) {
      this.#complain('cannot commit, what was scraped since is in memory only', error)
      const { log } = this.#file
      if (log.fullness > hopelessFullness) log.abandon(this.#options.nowMs())
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
    try {
      this.#file.commit()
    } catch (error) {
      if (!isDamage(error)) throw error
      this.#replaceFile(error)
      this.#file.commit()
    }
  }

  /** The log is lost, so what the head has goes to the chunk files now, however long that takes. */
  #replaceFile(cause: unknown): void {
    this.#file.replace(cause)
    while (this.#head.cutOlderThan(Infinity));
  }

  #writeBlock(block: Block): void {
    // The log first, so that a crash between the two leaves no scrape that only some series have. It
    // is no reason not to write the block when that fails.
    try {
      this.#file.commit()
    } catch (error) {
      this.#complain('cannot commit, what was scraped since is in memory only', error)
    }
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

  /** head.db is new, and when there are chunks all the same, their files know the labels. */
  #restoreSeries(): void {
    const days = this.#days.days()
    if (days.length === 0) return
    const found = days.flatMap((day) => this.#days.seriesOf(day).map((one) => ({ ...one, day })))
    this.#table.restore(found.sort((a, b) => a.id - b.id))
    const series = this.#table.index.size
    this.#options.log.warn('head.db was empty: series restored from the chunk files', { series })
  }

  #replay(): void {
    const { log } = this.#file
    try {
      // A series' samples that are in chunks already are in the log too, and must be refused.
      const oldestMs = Math.min(log.oldestMs(), this.#options.nowMs() - 2 * maxBlockMs)
      for (const block of this.#days.blocks(oldestMs, Infinity)) {
        this.#table.skipTo(block.lastSeries + 1)
        for (const [id, newestMs] of this.#days.newestOf(block)) this.#head.noteStored(id, newestMs)
      }
      log.replay({
        scrape: (key, timestampMs, refs, values) => {
          this.#group(key).replay(timestampMs, refs, values, refs.length)
        },
        single: (_, ref, timestampMs, low, high) => {
          this.#head.storeAt(ref, timestampMs, low, high)
        },
      })
    } catch (error) {
      // RangeError: SQLite found its pages in order, but a row is not what was written.
      if (!isDamage(error) && !(error instanceof RangeError)) throw error
      this.#replaceFile(error)
    }
  }

  /** What a timer does every few seconds; each call is short, but for the one of a new day. */
  maintain(): void {
    const now = this.#options.nowMs()
    try {
      this.#head.cutOlderThan(now - maxBlockMs - 60_000)
      this.#dropLog()
      if (now >= this.#nextDropMs) this.#forget(now)
    } catch (error) {
      this.#complain('cannot tidy up, will try again', error)
    }
  }

  #dropLog(): void {
    const seq = this.#head.oldestSeq()
    if (!this.#file.log.canDrop(seq)) return
    // The chunks must be on the disk itself before the log forgets their samples.
    this.#days.checkpoint()
    this.#file.log.drop(seq)
  }

  #forget(now: number): void {
    const { retentionMs } = this.#options
    const firstKept = dropOldDays(this.#days, now, retentionMs)
    this.#days.closeBefore(dayOf(now) - 1)
    this.flush()
    this.#file.forgetBefore(firstKept, (id) => this.#head.has(id))
    for (const [key, group] of this.#groups) {
      const idle = group.newestMs < now - maxBlockMs
      if (idle && !this.#head.hasOwner(group)) this.#groups.delete(key)
    }
    this.#nextDropMs = nextDropMs(firstKept, retentionMs)
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSamples[] {
    return select(this.#sources, matchers, startMs, endMs)
  }

  get #sources() {
    return { table: this.#table, head: this.#head, days: this.#days }
  }

  #ids(matcherSets: MatcherSets, startMs: number, endMs: number): Iterable<number> {
    const sets = matcherSets.length === 0 ? [[]] : matcherSets
    const lists = sets.map((matchers) => idsPresentIn(this.#sources, matchers, startMs, endMs))
    return lists.length === 1 ? (lists[0] ?? []) : new Set(lists.flat())
  }

  series(matcherSets: MatcherSets, startMs: number, endMs: number): Labels[] {
    const { index } = this.#table
    const ids = [...this.#ids(matcherSets, startMs, endMs)]
    return ids.sort(index.order(ids.length)).map((id) => index.labelsOf(id) ?? [])
  }

  labelNames(matcherSets: MatcherSets, startMs: number, endMs: number): string[] {
    const names = new Set<string>()
    for (const id of this.#ids(matcherSets, startMs, endMs)) {
      for (const { name } of this.#table.index.labelsOf(id) ?? []) names.add(name)
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
    this.#file.close()
  }
}
