/** From the body of one target to the store: each series named once, limits kept, endings marked. */

import {
  ScrapeParseError,
  ScrapeParser,
  type ScrapeResult,
} from '../../shared/exposition/scrape.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { AppendGroup } from '../storage/store.ts'
import type { BodyKind } from './content-type.ts'
import { MetadataTable } from './metadata.ts'
import { checkLabelLimits, SeriesError, seriesLabels } from './series-labels.ts'
import { type ScrapeReport, type Synthetic, syntheticSeries } from './synthetic.ts'
import type { Target } from './target.ts'

/** What a body holds. With an error nothing of it is stored, but the counts are reported. */
export type Reading = {
  readonly result?: ScrapeResult
  readonly error?: Error
  readonly scraped: number
  readonly kept: number
  readonly added: number
  readonly overSampleLimit: boolean
}

/** Samples that were not stored, by reason. The scrape itself is good. */
export type Losses = { duplicates: number; outOfOrder: number; outOfBounds: number }

export const nothingRead: Reading = {
  scraped: 0,
  kept: 0,
  added: 0,
  overSampleLimit: false,
}

export class Intake {
  readonly families = new MetadataTable()
  readonly #target: Target
  readonly #config: ScrapeConfig
  readonly #group: AppendGroup
  readonly #parser = new ScrapeParser()
  readonly #synthetic: Synthetic
  readonly #syntheticRefs: Int32Array
  /** Series of a loop that this one replaces, or with own timestamps, to be marked when not seen. */
  #unseen: Set<number>
  /** Series resolved while one body is read. */
  #fresh: number[] = []
  #beyondLimit = 0

  constructor(
    target: Target,
    config: ScrapeConfig,
    group: AppendGroup,
    inherited: readonly number[],
  ) {
    this.#target = target
    this.#config = config
    this.#group = group
    this.#unseen = new Set(inherited)
    this.#synthetic = syntheticSeries(target.labels, config.extraScrapeMetrics)
    this.#syntheticRefs = Int32Array.from(this.#synthetic.labels, (labels) => group.ref(labels))
  }

  read(body: Uint8Array, kind: BodyKind): Reading {
    this.#fresh = []
    this.#beyondLimit = 0
    // An empty page is a good one without samples, in OpenMetrics too, where # EOF is missing.
    if (body.length === 0) return nothingRead
    let result: ScrapeResult
    try {
      result = this.#parser.parse(body, kind, this)
    } catch (error) {
      return this.#failed(error)
    }
    let dropped = 0
    for (let i = 0; i < result.n; i++) if ((result.refs[i] ?? -1) < 0) dropped++
    const kept = result.n - dropped + result.duplicates + this.#beyondLimit
    const limit = this.#config.limits.samples
    const counts = { scraped: result.n, kept, added: this.#fresh.length + this.#beyondLimit }
    if (limit > 0 && kept > limit) {
      const seen = `${kept} samples after relabeling, sample_limit is ${limit}`
      const error = new Error(`sample limit exceeded\n${seen}`)
      return { ...counts, error, result, overSampleLimit: true }
    }
    return { ...counts, result, overSampleLimit: false }
  }

  #failed(error: unknown): Reading {
    const cause = error instanceof Error ? error : new Error(String(error))
    const scraped = cause instanceof ScrapeParseError ? cause.samples : 0
    // Nobody counted what the rules dropped before the error: it is in `kept` as in `scraped`.
    const kept = cause instanceof SeriesError ? scraped - 1 : scraped
    return { error: cause, scraped, kept, added: this.#fresh.length, overSampleLimit: false }
  }

  /** ScrapeSink: the place of a series that this target did not have so far, -1 to drop it. */
  resolve(name: string, scraped: readonly { name: string; value: string }[]): number {
    const { honorLabels, metricRelabelConfigs, limits } = this.#config
    const target = this.#target.labels
    const labels = seriesLabels(name, scraped, target, honorLabels, metricRelabelConfigs)
    if (labels === undefined) return -1
    checkLabelLimits(labels, limits)
    // The scrape is lost already; the store shall not get to know a flood of new series.
    if (limits.samples > 0 && this.#fresh.length >= limits.samples) {
      this.#beyondLimit++
      return -1
    }
    const ref = this.#group.ref(labels)
    this.#fresh.push(ref)
    return ref
  }

  /** Stores a reading and the report on it. A failed one ends every series of the target. */
  store(timestampMs: number, reading: Reading, report: ScrapeReport): Losses {
    const losses = { duplicates: 0, outOfOrder: 0, outOfBounds: 0 }
    const { result, error } = reading
    const good = error === undefined ? result : undefined
    const ended =
      good === undefined ? this.#allPresent(result) : this.#append(timestampMs, good, losses)
    const values = this.#synthetic.values(report)
    this.#group.append(timestampMs, this.#syntheticRefs, values, values.length)
    if (ended.length > 0) this.#group.markStale(timestampMs, ended)
    return losses
  }

  metadata(family: string, kind: 'type' | 'help' | 'unit', text: string): void {
    this.families.set(family, kind, text)
  }

  /** Marks all its series, the synthetic ones too, as ended: the target is gone. */
  end(timestampMs: number): void {
    this.#group.markStale(timestampMs, [...this.#allPresent(), ...this.#syntheticRefs])
  }

  /** The series that whoever takes over this target has to mark when it does not see them. */
  handOver(): readonly number[] {
    return [...this.#allPresent(), ...this.#syntheticRefs]
  }

  /** Series of the last good scrape. They are forgotten, as none of them lives on. */
  #allPresent(rejected?: ScrapeResult): number[] {
    const fresh = new Set(rejected === undefined ? [] : this.#fresh)
    const present = [...this.#parser.reset(), ...(rejected?.gone ?? []), ...this.#unseen]
    this.#unseen = new Set()
    return present.filter((ref) => ref >= 0 && !fresh.has(ref))
  }

  /** Gives the series that ended with this scrape. */
  #append(timestampMs: number, result: ScrapeResult, losses: Losses): number[] {
    const { values, n, timestamps } = result
    const unseen = this.#unseen
    if (unseen.size > 0) for (let i = 0; i < n; i++) unseen.delete(result.refs[i] ?? -1)
    this.#unseen = new Set()
    losses.duplicates += result.duplicates
    const refs =
      timestamps === undefined ? result.refs : this.#takeTimestamped(result, timestamps, losses)
    let wanted = 0
    for (let i = 0; i < n; i++) if ((refs[i] ?? -1) >= 0) wanted++
    const taken = this.#group.append(timestampMs, refs, values, n)
    // The store takes nothing when the clock went back behind the last scrape.
    if (taken === 0) losses.outOfOrder += wanted
    else losses.duplicates += wanted - taken
    return [...result.gone, ...unseen]
  }

  /** Handles samples with own timestamps; gives the refs that are left for the scrape's own time. */
  #takeTimestamped(result: ScrapeResult, timestamps: Float64Array, losses: Losses): Int32Array {
    const { honorTimestamps, trackTimestampsStaleness } = this.#config
    const refs = result.refs.slice(0, result.n)
    for (let i = 0; i < result.n; i++) {
      const ref = refs[i] ?? -1
      const ownMs = timestamps[i] ?? Number.NaN
      if (ref < 0 || Number.isNaN(ownMs)) continue
      const seenBefore = this.#unseen.has(ref)
      if (!honorTimestamps || trackTimestampsStaleness) this.#unseen.add(ref)
      if (honorTimestamps) {
        const outcome = this.#group.appendAt(ref, ownMs, result.values[i] ?? Number.NaN)
        if (outcome === 'duplicate') losses.duplicates++
        if (outcome === 'out-of-order') losses.outOfOrder++
        if (outcome === 'out-of-bounds') losses.outOfBounds++
        refs[i] = -1
      } else if (seenBefore) {
        // Without their timestamps two samples of a series are one too many.
        losses.duplicates++
        refs[i] = -1
      }
    }
    return refs
  }
}
