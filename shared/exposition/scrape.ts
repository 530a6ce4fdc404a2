/** Scraped pages, text, OpenMetrics and protobuf, to samples by Prometheus' rules; one parser for each target. */

import type { LabelPair } from './family.ts'
import { ProtoSkeleton } from './proto-skeleton.ts'
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
  /** Made when the target first sends such a page: most keep to one kind. */
  #text: Skeleton | undefined
  #proto: ProtoSkeleton | undefined
  /** The format of the last good page is protobuf, or of the last one that was tried. */
  #wasProtobuf = false
  #triedProtobuf = false
  /** Metadata the sink was told, by kind and family, and whether that may be out of date. */
  #told = new Map<string, string>()
  #isOutdated = true

  /** Samples that the last parse read; when it threw, those before the error. */
  get samples(): number {
    return this.#triedProtobuf ? this.#protobuf.samples : this.#skeleton.samples
  }

  /**
   * Reads one page. Throws ScrapeParseError, or what the sink throws: then nothing of the page may be
   * used, and the next one is compared with the last good one. The body is copied.
   */
  parse(body: Uint8Array, contentType: ScrapeFormat, sink: ScrapeSink): ScrapeResult {
    const isProtobuf = contentType === 'protobuf'
    const skeleton = isProtobuf ? this.#protobuf : this.#skeleton
    const resolve = (name: string, labels: readonly LabelPair[]) => sink.resolve(name, labels)
    this.#triedProtobuf = isProtobuf
    try {
      if (isProtobuf) this.#protobuf.read(body, resolve)
      else this.#skeleton.read(body, contentType, resolve)
    } catch (error) {
      if (error instanceof ScrapeParseError) error.samples += skeleton.samples
      throw error
    }
    if (skeleton.metadataMoved) this.#isOutdated = true
    const changed = this.#wasProtobuf !== isProtobuf
    const before = changed ? this.reset() : []
    this.#wasProtobuf = isProtobuf
    if (this.#isOutdated && sink.metadata !== undefined) this.#tellMetadata(sink)
    const result = isProtobuf ? protobufResult(this.#protobuf) : textResult(this.#skeleton)
    return changed ? { ...result, gone: missing(before, result) } : result
  }

  /** Forgets the target's series: after a failed scrape all are stale. Gives the refs to mark so. */
  reset(): number[] {
    this.#isOutdated = true
    return this.#wasProtobuf ? this.#protobuf.reset() : this.#skeleton.reset()
  }

  get #skeleton(): Skeleton {
    this.#text ??= new Skeleton()
    return this.#text
  }

  get #protobuf(): ProtoSkeleton {
    this.#proto ??= new ProtoSkeleton()
    return this.#proto
  }

  #tellMetadata(sink: ScrapeSink): void {
    const now = this.#wasProtobuf ? this.#protobufMetadata() : this.#textMetadata()
    for (const [key, { family, kind, text }] of now) {
      if (this.#told.get(key) !== text) sink.metadata?.(family, kind, text)
    }
    this.#told = new Map([...now].map(([key, { text }]) => [key, text]))
    this.#isOutdated = false
  }

  /** Of several lines about one family the last counts. */
  #textMetadata(): Map<string, Metadata> {
    const { page, layout } = this.#skeleton
    const reader = new EntryReader(
      layout.format === 'text' ? new TextLexer() : new OpenMetricsLexer(),
    )
    const now = new Map<string, Metadata>()
    for (let index = 0; index < layout.entries; index++) {
      if ((layout.kinds[index] ?? 0) <= TIMED_SAMPLE) continue
      const entry = reader.read(page.bytes, page.length, page.starts[index] ?? 0)
      const { kind } = entry
      if (kind !== 'help' && kind !== 'type' && kind !== 'unit') continue
      const family = readText(page.bytes, entry.marks[0] ?? 0, entry.marks[1] ?? 0)
      const text = metadataText(page.bytes, entry, layout.format)
      now.set(`${kind} ${family}`, { family, kind, text })
    }
    return now
  }

  #protobufMetadata(): Map<string, Metadata> {
    const now = new Map<string, Metadata>()
    for (const { name: family, type, help, unit } of this.#protobuf.table.families) {
      const texts = { type, help, ...(unit !== '' && { unit }) }
      for (const kind of Object.keys(texts) as MetadataKind[]) {
        now.set(`${kind} ${family}`, { family, kind, text: texts[kind] ?? '' })
      }
    }
    return now
  }
}

export type ScrapeFormat = 'text' | 'openmetrics' | 'protobuf'

type MetadataKind = 'type' | 'help' | 'unit'
type Metadata = { readonly family: string; readonly kind: MetadataKind; readonly text: string }

function textResult({ page, layout, added, gone }: Skeleton): ScrapeResult {
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

function protobufResult({ table, added, gone }: ProtoSkeleton): ScrapeResult {
  const { samples: n, refs, values, timestamps, duplicates, isTimed } = table
  return { n, refs, values, timestamps: isTimed ? timestamps : undefined, duplicates, added, gone }
}

/** The refs of a page in the one format that a page in the other has not, or only with timestamps. */
function missing(before: readonly number[], { n, refs, timestamps }: ScrapeResult): number[] {
  const gone = new Set(before)
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(timestamps?.[i] ?? Number.NaN)) gone.delete(refs[i] ?? -1)
  }
  return [...gone]
}

function metadataText(bytes: Uint8Array, entry: Entry, format: 'text' | 'openmetrics'): string {
  if (entry.kind === 'help') return readHelp(bytes, entry.textStart, entry.textEnd, format)
  const text = readText(bytes, entry.textStart, entry.textEnd)
  return entry.kind === 'type' && text === 'untyped' ? 'unknown' : text
}
