/** Scraped pages, text and OpenMetrics, to samples by Prometheus' rules; one parser for each target. */

import type { LabelPair } from './family.ts'
import { type Entry, EntryReader } from './scrape-entry.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { readHelp, readText } from './scrape-labels.ts'
import { OpenMetricsLexer } from './scrape-openmetrics.ts'
import { TIMED_SAMPLE } from './scrape-page.ts'
import { TextLexer } from './scrape-text.ts'
import { Skeleton } from './skeleton.ts'

export { ScrapeParseError }

export interface ScrapeSink {
  /**
   * Called once for each series text when it first appears, not again while it stays. Gives the ref
   * to append to, or -1 to drop it. Labels as written, `le` and `quantile` normalised. What it
   * throws fails the scrape.
   */
  resolve(name: string, labels: readonly LabelPair[]): number
  /** Called for metadata that is new or changed, after the page was read without an error. */
  metadata?(family: string, kind: 'type' | 'help' | 'unit', text: string): void
}

export type ScrapeResult = {
  /** Samples in this scrape, with the dropped ones (ref -1) and duplicates. */
  n: number
  /** [0, n), valid until the next parse, as the arrays below. */
  refs: Int32Array
  values: Float64Array
  /** Milliseconds, NaN where a sample has none; undefined when no sample has one. */
  timestamps: Float64Array | undefined
  /** Samples whose ref came before in this scrape and that have no timestamp: their ref is -1. */
  duplicates: number
  /** Series texts that were resolved in this scrape and not dropped. */
  added: number
  /** Refs of the previous scrape that this one lacks, for stale markers; timestamped ones left out. */
  gone: readonly number[]
}

/**
 * Knows the series of one target from scrape to scrape. ~70 ns a sample while a page keeps its lines,
 * whatever their number; see skeleton.ts for how.
 */
export class ScrapeParser {
  readonly #skeleton = new Skeleton()
  readonly #readers = {
    text: new EntryReader(new TextLexer()),
    openmetrics: new EntryReader(new OpenMetricsLexer()),
  }
  /** Metadata the sink was told, by kind and family, and whether that may be out of date. */
  #told = new Map<string, string>()
  #isOutdated = true

  /** Samples that the last parse read; when it threw, those before the error. */
  get samples(): number {
    return this.#skeleton.samples
  }

  /**
   * Reads one page. Throws ScrapeParseError, or what the sink throws: then nothing of the page may be
   * used, and the next one is compared with the last good one. The body is copied.
   */
  parse(body: Uint8Array, contentType: 'text' | 'openmetrics', sink: ScrapeSink): ScrapeResult {
    const skeleton = this.#skeleton
    try {
      skeleton.read(body, contentType, (name, labels) => sink.resolve(name, labels))
    } catch (error) {
      if (error instanceof ScrapeParseError) error.samples += skeleton.samples
      throw error
    }
    if (skeleton.metadataMoved) this.#isOutdated = true
    if (this.#isOutdated && sink.metadata !== undefined) this.#tellMetadata(sink)
    const { page, layout, added, gone } = skeleton
    return {
      n: layout.samples,
      refs: layout.refs,
      values: page.values,
      timestamps: layout.isTimed ? page.timestamps : undefined,
      duplicates: layout.duplicates,
      added,
      gone,
    }
  }

  /** Forgets the target's series: after a failed scrape all are stale. Gives the refs to mark so. */
  reset(): number[] {
    this.#isOutdated = true
    return this.#skeleton.reset()
  }

  /** Of several lines about one family the last counts. */
  #tellMetadata(sink: ScrapeSink): void {
    const { page, layout } = this.#skeleton
    const reader = this.#readers[layout.format]
    const now = new Map<string, { family: string; kind: MetadataKind; text: string }>()
    for (let index = 0; index < layout.entries; index++) {
      if ((layout.kinds[index] ?? 0) <= TIMED_SAMPLE) continue
      const entry = reader.read(page.bytes, page.length, page.starts[index] ?? 0)
      const { kind } = entry
      if (kind !== 'help' && kind !== 'type' && kind !== 'unit') continue
      const family = readText(page.bytes, entry.marks[0] ?? 0, entry.marks[1] ?? 0)
      now.set(`${kind} ${family}`, {
        family,
        kind,
        text: metadataText(page.bytes, entry, layout.format),
      })
    }
    for (const [key, { family, kind, text }] of now) {
      if (this.#told.get(key) !== text) sink.metadata?.(family, kind, text)
    }
    this.#told = new Map([...now].map(([key, { text }]) => [key, text]))
    this.#isOutdated = false
  }
}

type MetadataKind = 'type' | 'help' | 'unit'

function metadataText(bytes: Uint8Array, entry: Entry, format: 'text' | 'openmetrics'): string {
  if (entry.kind === 'help') return readHelp(bytes, entry.textStart, entry.textEnd, format)
  const text = readText(bytes, entry.textStart, entry.textEnd)
  return entry.kind === 'type' && text === 'untyped' ? 'unknown' : text
}
