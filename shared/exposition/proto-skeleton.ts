/**
 * Reads a target's protobuf pages with the last good one as the template. Most pages have the metrics of
 * the one before with a few other values, so metric k is compared with metric k, and its values are read
 * from the places they had. From the first family that does not fit on, the page gets tables of its own.
 *
 * What is valid is Prometheus' decision, word for word: strict about the wire, and all of a page or
 * nothing.
 */
import { ProtoRecord, type Resolve } from './proto-record.ts'
import { countRefs, goneRefs, untimedRefs } from './proto-refs.ts'
import { isSameMetric } from './proto-same.ts'
import type { MetricSamples } from './proto-samples.ts'
import { lengthSize, metricTag, shortLength } from './proto-scraped-family.ts'
import { Shape } from './proto-shape.ts'
import { ProtoSide } from './proto-side.ts'
import type { ProtoTable, ScrapedFamily } from './proto-table.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { equalBytes } from './scrape-page.ts'

export class ProtoSkeleton {
  /** Outcome of the last read: series that were new and not dropped, refs that are missing. */
  added = 0
  gone: number[] = []
  /** A family came, went or changed, so what the page says of one may have changed. */
  metadataMoved = false
  /** The last good page, and the one that is being read. */
  #good = new ProtoSide()
  #next = new ProtoSide()
  readonly #shape = new Shape()
  #samples = 0

  /** The tables of the last good page. */
  get table(): ProtoTable {
    return this.#good.table
  }

  /** Samples read so far; of a failed read those before the error. */
  get samples(): number {
    return this.#samples
  }

  /** Reads a page. When this throws, the last good page stays the template. */
  read(body: Uint8Array, resolve: Resolve): void {
    const old = this.#good
    const next = this.#next
    next.load(body)
    next.table.copy(old.table)
    this.added = 0
    this.gone = []
    this.#samples = 0
    const { families, at } = this.#followFamilies()
    this.metadataMoved = families < old.table.families.length || at < body.length
    if (this.metadataMoved) this.#record(families, at, resolve)
    this.#good = next
    this.#next = old
  }

  /** Forgets everything; gives the refs the last good page had without timestamps of their own. */
  reset(): number[] {
    const refs = untimedRefs(this.#good.table)
    this.#good = new ProtoSide()
    this.#next = new ProtoSide()
    return refs
  }

  /** Reads the page behind so many families that are as before. */
  #record(families: number, at: number, resolve: Resolve): void {
    const { table } = this.#next
    table.truncate(families)
    const record = new ProtoRecord(this.#good, this.#next, resolve)
    try {
      record.read(at)
    } finally {
      this.#samples = table.samples
    }
    countRefs(table)
    this.added = record.added
    this.gone = goneRefs(this.#good.table, table)
  }

  /** Reads the families that are those of the template; gives how many, and the offset behind them. */
  #followFamilies(): { families: number; at: number } {
    const { families } = this.#good.table
    const { length } = this.#next.table
    let at = 0
    for (let index = 0; index < families.length; index++) {
      const family = families[index]
      const end = family !== undefined && at < length ? this.#followFamily(index, family, at) : -1
      if (end === -1) return { families: index, at }
      at = end
    }
    return { families: families.length, at }
  }

  /** Reads a family with the metrics of the template's; the offset behind it, -1 when it has others. */
  #followFamily(index: number, family: ScrapedFamily, offset: number): number {
    const { table: old } = this.#good
    const { table: next } = this.#next
    const { headLength, tailLength } = family
    const length = shortLength(next.bytes, offset, next.length)
    const start = offset + lengthSize(length)
    const end = start + length
    if (length < headLength || headLength < 0) return -1
    const oldStart = old.familyStarts[index] ?? 0
    if (equalBytes(next.view, start, old.view, oldStart, headLength) < headLength) return -1
    const last = old.families[index + 1]?.firstMetric ?? old.metrics
    let at = start + headLength
    for (let metric = family.firstMetric; metric < last; metric++) {
      if (at >= end || next.bytes[at] !== metricTag) return -1
      const metricLength = shortLength(next.bytes, at + 1, end)
      if (metricLength < 0) return -1
      at += 1 + lengthSize(metricLength)
      const sample = old.firstSamples[metric] ?? 0
      const isFollowed =
        next.follow(old, metric, at, metricLength, sample) ||
        this.#readAgain(metric, family, at, metricLength)
      if (!isFollowed) return -1
      next.starts[metric] = at
      next.lengths[metric] = metricLength
      this.#samples = old.samplesEnd(metric)
      at += metricLength
    }
    if (end - at !== tailLength) return -1
    if (tailLength > 0) {
      const oldTail = old.tailStart(index)
      if (equalBytes(next.view, at, old.view, oldTail, tailLength) < tailLength) return -1
    }
    next.familyStarts[index] = start
    return end
  }

  /** Reads a metric whose bytes are others. False when it is not the same series. */
  #readAgain(metric: number, family: ScrapedFamily, start: number, length: number): boolean {
    const { table } = this.#next
    const now = this.#tryRead(family, start, start + length)
    if (now === undefined || !isSameMetric(now, this.#good.readMetric(metric))) return false
    const isRegular = this.#shape.read(table.bytes, start, start + length, family.type)
    if (!table.reshape(metric, isRegular ? this.#shape : undefined)) return false
    const first = table.firstSamples[metric] ?? 0
    for (let index = 0; index < now.samples.length; index++) {
      table.values[first + index] = now.samples[index]?.value ?? 0
      table.timestamps[first + index] = now.timestampMs
    }
    return true
  }

  /** Undefined for a metric that is not valid: the error is thrown when the family is read in order. */
  #tryRead(family: ScrapedFamily, start: number, end: number): MetricSamples | undefined {
    try {
      return this.#next.read(family, start, end)
    } catch (error) {
      if (error instanceof ScrapeParseError) return undefined
      throw error
    }
  }
}
