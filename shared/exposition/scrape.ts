/** Scraped pages, text and OpenMetrics, to samples by Prometheus' rules; one parser for each target. */

import type { LabelPair } from './family.ts'
import type { Entry } from './scrape-entry.ts'
import { EntryReader } from './scrape-entry.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { type BoundType, readHelp, readSeriesLabels, readText } from './scrape-labels.ts'
import { OpenMetricsLexer } from './scrape-openmetrics.ts'
import { TextLexer } from './scrape-text.ts'

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

type Known = { ref: number; seen: number }

export class ScrapeParser {
  #known = new Map<string, Known>()
  /** Refs without own timestamp in the last good scrape. */
  #tracked = new Set<number>()
  #metadata = new Map<string, string>()
  #scrape = 0

  /** The refs of the last good scrape, which is forgotten: after a failed one all series are stale. */
  reset(): number[] {
    const refs = [...this.#tracked]
    this.#tracked.clear()
    this.#known.clear()
    return refs
  }

  parse(body: Uint8Array, contentType: 'text' | 'openmetrics', sink: ScrapeSink): ScrapeResult {
    const run = new Run(body, contentType, sink, this.#known, ++this.#scrape)
    const result = run.result(this.#tracked)
    this.#known = run.known
    this.#tracked = run.tracked
    if (sink.metadata !== undefined) {
      for (const [key, [family, kind, text]] of run.metadata) {
        if (this.#metadata.get(key) !== text) sink.metadata(family, kind, text)
        this.#metadata.set(key, text)
      }
    }
    return result
  }
}

class Run {
  readonly known = new Map<string, Known>()
  readonly tracked = new Set<number>()
  readonly metadata = new Map<string, [string, 'type' | 'help' | 'unit', string]>()
  readonly #body: Uint8Array
  readonly #reader: EntryReader
  readonly #sink: ScrapeSink
  readonly #before: ReadonlyMap<string, Known>
  readonly #scrape: number
  readonly #isText: boolean
  #type: BoundType = 'other'
  #refs: number[] = []
  #values: number[] = []
  #timestamps: number[] = []
  #seen = new Set<number>()
  #duplicates = 0
  #added = 0

  constructor(
    body: Uint8Array,
    contentType: 'text' | 'openmetrics',
    sink: ScrapeSink,
    before: ReadonlyMap<string, Known>,
    scrape: number,
  ) {
    this.#isText = contentType === 'text'
    this.#body = this.#isText ? Buffer.concat([body, Buffer.from('\n')]) : body
    this.#reader = new EntryReader(this.#isText ? new TextLexer() : new OpenMetricsLexer())
    this.#sink = sink
    this.#before = before
    this.#scrape = scrape
  }

  result(tracked: ReadonlySet<number>): ScrapeResult {
    try {
      if (this.#body.length > 0) this.#readAll()
    } catch (error) {
      if (error instanceof ScrapeParseError) error.samples += this.#refs.length
      throw error
    }
    return {
      n: this.#refs.length,
      refs: Int32Array.from(this.#refs),
      values: Float64Array.from(this.#values),
      timestamps: this.#timestamps.some((ts) => !Number.isNaN(ts))
        ? Float64Array.from(this.#timestamps)
        : undefined,
      duplicates: this.#duplicates,
      added: this.#added,
      gone: [...tracked].filter((ref) => !this.tracked.has(ref)),
    }
  }

  #readAll(): void {
    for (let at = 0; ; ) {
      const entry = this.#reader.read(this.#body, this.#body.length, at)
      if (entry.kind === 'end') return
      if (entry.kind === 'sample') this.#addSample(entry)
      else if (entry.kind !== 'other') this.#addMetadata(entry, entry.kind)
      at = entry.end
    }
  }

  #addMetadata(entry: Entry, kind: 'type' | 'help' | 'unit'): void {
    const [nameStart = 0, nameEnd = 0] = entry.marks
    const family = readText(this.#body, nameStart, nameEnd)
    const { textStart, textEnd } = entry
    let text =
      kind === 'help'
        ? readHelp(this.#body, textStart, textEnd, this.#isText ? 'text' : 'openmetrics')
        : readText(this.#body, textStart, textEnd)
    if (kind === 'type') {
      this.#type = text === 'histogram' || text === 'summary' ? text : 'other'
      if (text === 'untyped') text = 'unknown'
    }
    this.metadata.set(`${kind} ${family}`, [family, kind, text])
  }

  #addSample(entry: Entry): void {
    const { marks, value, timestampMs, start, valueStart } = entry
    const key = Buffer.from(this.#body.subarray(start, valueStart)).toString('latin1') + this.#type
    let series = this.known.get(key) ?? this.#before.get(key)
    if (series === undefined) {
      const { name, labels } = readSeriesLabels(this.#body, marks, this.#type)
      series = { ref: this.#sink.resolve(name, labels), seen: 0 }
      if (series.ref >= 0) this.#added++
    }
    this.known.set(key, series)
    series.seen = this.#scrape
    let { ref } = series
    const own = !Number.isNaN(timestampMs)
    if (ref >= 0 && this.#seen.has(ref) && !own) {
      this.#duplicates++
      ref = -1
    }
    if (ref >= 0) this.#seen.add(ref)
    if (ref >= 0 && !own) this.tracked.add(ref)
    this.#refs.push(ref)
    this.#values.push(value)
    this.#timestamps.push(timestampMs)
  }
}
