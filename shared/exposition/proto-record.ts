/**
 * The tables of a scraped protobuf page from where it has no longer the families of the template. Metrics
 * that the template has keep their refs, wherever they are now; others are resolved.
 */
import type { LabelPair } from './family.ts'
import { HashChains } from './hash-chains.ts'
import { checkUnique, finderOf, hashMetric, haveSameLabels, isSameSample } from './proto-same.ts'
import { type MetricSample, type MetricSamples, readFields } from './proto-samples.ts'
import { lengthSize, metricTag, readHead, shortLength } from './proto-scraped-family.ts'
import { Shape } from './proto-shape.ts'
import type { ProtoSide } from './proto-side.ts'
import type { ScrapedFamily } from './proto-table.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { equalBytes } from './scrape-page.ts'

export type Resolve = (name: string, labels: readonly LabelPair[]) => number

export class ProtoRecord {
  /** Series that were resolved and not dropped. */
  added = 0
  readonly #old: ProtoSide
  readonly #next: ProtoSide
  readonly #resolve: Resolve
  readonly #shape = new Shape()
  /** Metrics of this page that the template does not have, by their hash. */
  readonly #born = new HashChains()
  readonly #bornMetrics: number[] = []
  /** The metric of the template to compare with next. */
  #template: number

  /** The tables of `next` have what was followed already. */
  constructor(old: ProtoSide, next: ProtoSide, resolve: Resolve) {
    this.#old = old
    this.#next = next
    this.#resolve = resolve
    this.#template = next.table.metrics
  }

  /** Reads all families from an offset on. Throws ScrapeParseError, or what `resolve` throws. */
  read(offset: number): void {
    const { table, reader } = this.#next
    for (let at = offset; at < table.length; ) {
      const end = this.#messageEnd(at)
      this.#readFamily(reader.at, end)
      at = end
    }
  }

  /** Reads the length of a family; gives its end. */
  #messageEnd(offset: number): number {
    const { table, reader } = this.#next
    const { bytes, length } = table
    let last = offset
    while (last < length && (bytes[last] ?? 0) >= 0x80) last++
    if (last >= length || last > offset + 4) {
      throw new ScrapeParseError('clientpb: invalid varint encountered')
    }
    reader.at = offset
    const end = reader.varint(length) + reader.at
    if (end <= length) return end
    const [wanted, got] = [end - offset, length - offset]
    const problem = `expected at least ${wanted} bytes, got ${got} bytes`
    throw new ScrapeParseError(`clientpb: insufficient length of buffer, ${problem}`)
  }

  #readFamily(start: number, end: number): void {
    const { table, reader } = this.#next
    const alike = this.#alike(start, end)
    if (alike !== undefined) {
      const family = { ...alike, firstMetric: table.metrics }
      table.addFamily(family, start)
      for (let at = start + alike.headLength; at < end - alike.tailLength; ) {
        const length = shortLength(table.bytes, at + 1, end)
        at += 1 + lengthSize(length)
        this.#readMetric(family, at, at + length)
        at += length
      }
      return
    }
    const { family, metrics, check } = readHead(reader, start, end, table.metrics)
    const [first] = metrics
    // Nobody writes these; a body of zeros is all of them.
    if (first === undefined) return
    table.addFamily(family, start)
    readFields(reader, first.start, first.end)
    check()
    for (const range of metrics) this.#readMetric(family, range.start, range.end)
  }

  /** The family of the template that is next, if this one has the same bytes around its metrics. */
  #alike(start: number, end: number): ScrapedFamily | undefined {
    const { table: old } = this.#old
    const { table } = this.#next
    if (this.#template >= old.metrics) return undefined
    const index = old.familyOf[this.#template] ?? 0
    const family = this.#old.familyOf(this.#template)
    const { headLength, tailLength } = family
    const tail = end - tailLength
    if (headLength < 0 || start + headLength >= tail) return undefined
    const oldStart = old.familyStarts[index] ?? 0
    const same = equalBytes(table.view, start, old.view, oldStart, headLength)
    if (same < headLength) return undefined
    const oldTail = old.tailStart(index)
    if (equalBytes(table.view, tail, old.view, oldTail, tailLength) < tailLength) return undefined
    // Between them are metrics and nothing else.
    let at = start + headLength
    while (at < tail && table.bytes[at] === metricTag) {
      const length = shortLength(table.bytes, at + 1, tail)
      if (length < 0) return undefined
      at += 1 + lengthSize(length) + length
    }
    return at === tail ? family : undefined
  }

  #readMetric(family: ScrapedFamily, start: number, end: number): void {
    const old = this.#old
    const { table } = this.#next
    const isNext = this.#template < old.table.metrics
    if (
      isNext &&
      isSameFamily(old.familyOf(this.#template), family) &&
      table.addFollowed(old.table, this.#template, start, end - start)
    ) {
      this.#template++
      return
    }
    const read = this.#next.read(family, start, end)
    const hash = hashMetric(family.name, read.labels)
    const known = this.#find(family, read.labels, hash)
    const refs = this.#refs(family.name, read, known)
    const isRegular = this.#shape.read(table.bytes, start, end, family.type)
    const sample = table.samples
    const { samples, timestampMs } = read
    const shape = isRegular ? this.#shape : undefined
    table.addMetric(start, end - start, hash, samples.length, timestampMs, shape)
    for (let index = 0; index < samples.length; index++) {
      table.known[sample + index] = refs[index] ?? -1
      table.values[sample + index] = samples[index]?.value ?? 0
    }
    if (known === undefined) {
      this.#born.add(hash)
      this.#bornMetrics.push(table.metrics - 1)
    } else if (known.side === old) this.#template = known.metric + 1
  }

  /** The metric of these labels in the template, or earlier on this page. */
  #find(family: ScrapedFamily, labels: readonly LabelPair[], hash: number): Known | undefined {
    const { table } = this.#old
    if (table.metrics > 0) {
      for (let metric = table.firstWith(hash); metric !== -1; metric = table.nextWith(metric)) {
        const known = knownIf(this.#old, metric, family, labels)
        if (known !== undefined) return known
      }
    }
    for (let id = this.#born.first(hash); id !== -1; id = this.#born.next(id)) {
      const known = knownIf(this.#next, this.#bornMetrics[id] ?? 0, family, labels)
      if (known !== undefined) return known
    }
    return undefined
  }

  /** The refs of a metric's samples; those that the known metric does not have are resolved. */
  #refs(name: string, { labels, samples }: MetricSamples, known: Known | undefined): number[] {
    const { metric = 0, samples: others = [], side } = known ?? {}
    const first = side?.table.firstSamples[metric] ?? 0
    const refs: number[] = []
    const findKnown = finderOf(others)
    const findHere = finderOf(samples)
    for (const [index, sample] of samples.entries()) {
      const same = isSameSample(sample, others[index]) ? index : findKnown(sample)
      // A bound can come twice.
      const earlier = findHere(sample)
      if (side !== undefined && same !== -1) refs.push(side.table.known[first + same] ?? -1)
      else if (earlier < index) refs.push(refs[earlier] ?? -1)
      else refs.push(this.#resolveNew(name, labels, sample))
    }
    return refs
  }

  #resolveNew(name: string, labels: readonly LabelPair[], sample: MetricSample): number {
    const { suffix, bound } = sample
    const all = bound === undefined ? labels : [...labels, bound]
    checkUnique(all)
    const ref = this.#resolve(name + suffix, all)
    if (ref >= 0) this.added++
    return ref
  }
}

type Known = {
  readonly side: ProtoSide
  readonly metric: number
  readonly samples: readonly MetricSample[]
}

function knownIf(
  side: ProtoSide,
  metric: number,
  family: ScrapedFamily,
  labels: readonly LabelPair[],
): Known | undefined {
  if (!isSameFamily(side.familyOf(metric), family)) return undefined
  const read = side.readMetric(metric)
  if (!haveSameLabels(read.labels, labels)) return undefined
  return { side, metric, samples: read.samples }
}

function isSameFamily(a: ScrapedFamily, b: ScrapedFamily): boolean {
  return a.name === b.name && a.type === b.type
}
