/** What the rest of the pull server sees of the storage. */
import type { Labels, Matcher } from '../labels.ts'
import type { StoreLog } from './database.ts'
import { LocalStore } from './local-store.ts'

/** One series of an answer, ascending in time; staleness markers are included (see stale.ts). */
export type SeriesSamples = {
  readonly labels: Labels
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
}

/** Several selectors, of which a series has to match one; none at all means every series. */
export type MatcherSets = readonly (readonly Matcher[])[]

export type StoreStats = {
  /** Series that have samples in memory. */
  readonly series: number
  /** Samples taken since the process started. */
  readonly samples: number
  /** Chunks written since the process started. */
  readonly chunks: number
  /** Oldest and newest sample in memory; NaN when there is none. */
  readonly minTimeMs: number
  readonly maxTimeMs: number
}

/**
 * Everything is synchronous and for one thread.
 *
 * Durability: `append` puts samples into memory and into the pending log row, which is committed at
 * most `flushIntervalMs` (1 s) later. So what was appended more than about a second ago survives
 * `kill -9`; the last second may be lost. A power cut may lose the last few commits more
 * (synchronous=NORMAL), never corrupt the files. `flush()` commits at once.
 */
export interface Store {
  /** The series that share timestamps: a target, a rule group. The key is stable over restarts. */
  group(key: string): AppendGroup
  /**
   * Samples with startMs <= t <= endMs of the series that match all matchers; only series with at
   * least one sample; sorted by labels.
   */
  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSamples[]
  /** Label sets of the series with samples in or near the range; by day where it is over two days. */
  series(matcherSets: MatcherSets, startMs: number, endMs: number): Labels[]
  /** Label names of those series, sorted. */
  labelNames(matcherSets: MatcherSets, startMs: number, endMs: number): string[]
  /** Values of one label of those series, sorted. */
  labelValues(name: string, matcherSets: MatcherSets, startMs: number, endMs: number): string[]
  stats(): StoreStats
  /** Commits everything appended so far. */
  flush(): void
  /** Commits and closes; the store cannot be used afterwards. */
  close(): void
}

export type AppendResult = 'ok' | 'out-of-order' | 'duplicate' | 'out-of-bounds'

export interface AppendGroup {
  /**
   * The number of the series with these labels, made when it is new. It stays valid while the series
   * gets at least one sample per retention period; ask again for a series that comes back.
   */
  ref(labels: Labels): number
  /**
   * Stores values[i] for series refs[i], i < n, at one time; a negative ref is skipped. Gives the
   * number of samples taken. Called again with the same timestamp (the synthetic series), it adds to
   * that scrape, and the first value of a series stays. A timestamp older than the group's newest
   * takes nothing and returns 0.
   */
  append(timestampMs: number, refs: Int32Array, values: Float64Array, n: number): number
  /** One sample with its own timestamp (honor_timestamps), by the rules of Prometheus' head. */
  appendAt(ref: number, timestampMs: number, value: number): AppendResult
  /** Writes staleness markers; series that already have a sample at this time keep it. */
  markStale(timestampMs: number, refs: readonly number[]): void
}

export type StoreOptions = {
  /** The folder; made when it is missing. */
  readonly path: string
  /** Days that ended longer ago are deleted, a whole day's file at a time. */
  readonly retentionMs: number
  readonly log: StoreLog
  readonly nowMs?: () => number
  /** How long appended samples may wait for their commit; 0 commits each append. */
  readonly flushIntervalMs?: number
}

/**
 * Opens the store of a folder and reads back what was not in chunks yet. Damaged files are put aside
 * under another name and logged; the rest is served. Throws Error when another process has the folder.
 */
export function openStore(options: StoreOptions): LocalStore {
  return new LocalStore({ nowMs: Date.now, flushIntervalMs: 1000, ...options })
}
