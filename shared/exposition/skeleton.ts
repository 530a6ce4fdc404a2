/**
 * Reads a target's pages with the last good one as the template. Most pages have the lines of the one
 * before with a few other values, so line k is compared with line k, and only a value that changed is
 * parsed: no string or object is made for a series that stays. After a line that does not fit, its
 * series is looked up by its bytes, and the comparison goes on behind that series.
 */

import type { LabelPair } from './family.ts'
import { type Entry, EntryReader } from './scrape-entry.ts'
import { type BoundType, LabelReader } from './scrape-labels.ts'
import { HASH, LF } from './scrape-lexer.ts'
import { OpenMetricsLexer } from './scrape-openmetrics.ts'
import {
  equalBytes,
  hashBytes,
  Layout,
  OTHER_LINE,
  Page,
  SAMPLE,
  TIMED_SAMPLE,
  TYPE_HISTOGRAM,
  TYPE_OTHER,
  TYPE_SUMMARY,
} from './scrape-page.ts'
import { PageRecord } from './scrape-record.ts'
import { isBoundName, LineScanner } from './scrape-scan.ts'
import { TextLexer } from './scrape-text.ts'
import { SeriesIndex } from './series-index.ts'

type Format = 'text' | 'openmetrics'
type Resolve = (name: string, labels: readonly LabelPair[]) => number

const boundTypes: readonly BoundType[] = ['other', 'histogram', 'summary']

export class Skeleton {
  /** The last good page, and the one that is being read. */
  page = new Page()
  #next = new Page()
  layout = new Layout()
  /** Filled only when a page leaves the layout of the one before. */
  #nextLayout = new Layout()
  #index = new SeriesIndex()
  readonly #labels = new LabelReader()
  readonly #formats = {
    text: { scanner: new LineScanner('text'), reader: new EntryReader(new TextLexer()) },
    openmetrics: {
      scanner: new LineScanner('openmetrics'),
      reader: new EntryReader(new OpenMetricsLexer()),
    },
  }

  /** Outcome of the last read: series texts that were new and not dropped, refs that are missing. */
  added = 0
  gone: number[] = []
  /** Metadata lines came, went or moved, so what the page says of a family may have changed. */
  metadataMoved = false

  #format: Format = 'text'
  #resolve: Resolve = () => -1
  #scrape = 0
  /** Ids that were added in this scrape, to be taken back if it fails. */
  #born: number[] = []
  /** The page has its own layout from here on; undefined while it has that of the one before. */
  #record: PageRecord | undefined
  /** The page before can be compared with: it is of the same format. */
  #hasTemplate = true
  /** The template's entry that is compared with next, and the samples read before there is a record. */
  #template = 0
  #samples = 0
  /** TYPE in force while there is no record. */
  #type = 0

  /** Samples read so far; of a failed read those before the error. */
  get samples(): number {
    return this.#record === undefined ? this.#samples : this.#nextLayout.samples
  }

  /** Reads a page. When this throws, the last good page stays the template. */
  read(body: Uint8Array, format: Format, resolve: Resolve): void {
    this.#start(body, format, resolve)
    try {
      // An empty body is a good scrape in either format.
      if (body.length > 0) this.#readFrom(this.#followLayout())
    } catch (error) {
      for (const id of this.#born) this.#index.remove(id)
      throw error
    }
    if (this.#template < this.layout.entries) this.#ownRecord()
    if (this.#record !== undefined) this.#takeLayout()
    const good = this.#next
    this.#next = this.page
    this.page = good
  }

  /** Forgets everything; gives the refs the last good page had without timestamps of their own. */
  reset(): number[] {
    this.#start(new Uint8Array(), this.layout.format, this.#resolve)
    this.#ownRecord()
    this.#takeLayout()
    this.#index = new SeriesIndex()
    return this.gone
  }

  #start(body: Uint8Array, format: Format, resolve: Resolve): void {
    this.#scrape++
    this.#format = format
    this.#resolve = resolve
    this.#born = []
    this.#record = undefined
    this.#template = 0
    this.#samples = 0
    this.#type = 0
    this.added = 0
    this.gone = []
    this.metadataMoved = false
    this.#labels.startPage()
    this.#labelsFrom = -1
    this.#formats[format].scanner.startPage()
    this.#next.load(body, format === 'text')
    this.#reserve(body.length)
    this.#hasTemplate = format === this.layout.format
    if (!this.#hasTemplate) this.#ownRecord()
  }

  /** Room for the lines there probably are, so that the first page of a target grows nothing. */
  #reserve(bodyBytes: number): void {
    const entries = this.layout.entries > 0 ? this.layout.entries : bodyBytes >> 7
    this.#next.reserve(entries)
    if (this.layout.entries > 0) return
    this.#nextLayout.reserve(entries)
    this.#index.reserve(entries)
  }

  /**
   * Compares entry by entry with the template while they are the same ones. Gives the offset of the
   * first entry that is not, or of the end.
   */
  #followLayout(): number {
    const { layout, page: template } = this
    const page = this.#next
    const { scanner } = this.#formats[this.#format]
    const { view, starts, values, timestamps, end } = page
    const { view: oldView, starts: oldStarts } = template
    const { kinds, keyLengths, isTimed } = layout
    const entries = this.#hasTemplate ? layout.entries : 0
    let at = 0
    let sample = 0
    let entry = 0
    for (; entry < entries && at < end; entry++) {
      const from = oldStarts[entry] ?? 0
      const length = (oldStarts[entry + 1] ?? 0) - from
      const kind = kinds[entry] ?? 0
      const equal = equalBytes(view, at, oldView, from, Math.min(length, end - at))
      let next = at + length
      if (equal === length) {
        if (kind <= TIMED_SAMPLE) {
          values[sample] = template.values[sample] ?? 0
          if (isTimed) timestamps[sample] = template.timestamps[sample] ?? 0
        }
      } else {
        const keyLength = keyLengths[entry] ?? 0
        if (kind > TIMED_SAMPLE || equal < keyLength) break
        next = scanner.rest(page.bytes, at + keyLength)
        if (next === -1 || Number.isNaN(scanner.timestampMs) !== (kind === SAMPLE)) break
        values[sample] = scanner.value
        if (isTimed) timestamps[sample] = scanner.timestampMs
      }
      if (kind <= TIMED_SAMPLE) sample++
      else if (kind >= TYPE_OTHER) this.#type = kind - TYPE_OTHER
      starts[entry] = at
      at = next
    }
    starts[entry] = at
    this.#template = entry
    this.#samples = sample
    return at
  }

  /** Reads the rest of the page, whatever it has: a line, then what follows it in the template. */
  #readFrom(offset: number): void {
    const { layout, page: template } = this
    const page = this.#next
    const { scanner } = this.#formats[this.#format]
    let at = offset
    while (this.#format === 'openmetrics' || at < page.end) {
      at = page.bytes[at] === HASH ? this.#readHashLine(at) : this.#readSample(at)
      if (at === -1) return
      const record = this.#ownRecord()
      if (this.#hasTemplate) {
        at = record.follow(template, layout, this.#template, scanner, at)
        this.#template = record.followedTo
      }
      page.starts[this.#nextLayout.entries] = at
    }
  }

  #readHashLine(at: number): number {
    const page = this.#next
    const lineEnd = page.bytes.indexOf(LF, at) + 1
    // A line that was read before, in this format, needs no second reading.
    if (this.#hasTemplate && lineEnd > at && lineEnd <= page.end) {
      const id = this.#find(at, lineEnd - at, 0)
      if (id !== -1) {
        this.#addEntry(id, at, lineEnd - at, 0, Number.NaN)
        return lineEnd
      }
    }
    return this.#readExactly(at)
  }

  #readSample(at: number): number {
    const page = this.#next
    const { scanner } = this.#formats[this.#format]
    const valueStart = scanner.series(page, at)
    const next = valueStart === -1 ? -1 : scanner.rest(page.bytes, valueStart)
    if (next === -1) return this.#readExactly(at)
    const { marks, markCount, hasBound, value, timestampMs } = scanner
    this.#addSample(at, valueStart - at, marks, markCount, hasBound, value, timestampMs)
    return next
  }

  /** Reads one entry token by token. Gives -1 at the end of the page. */
  #readExactly(at: number): number {
    const page = this.#next
    const { reader } = this.#formats[this.#format]
    const entry = reader.read(page.bytes, page.length, at)
    if (entry.kind === 'end') return -1
    if (entry.kind === 'sample') {
      const { marks, valueStart, value, timestampMs } = entry
      const hasBound = hasBoundName(page.bytes, marks)
      this.#addSample(at, valueStart - at, marks, marks.length, hasBound, value, timestampMs)
      return entry.end
    }
    const kind = kindOf(entry, page.bytes)
    const end = entry.kind === 'other' ? this.#endOfOthers(entry.end) : entry.end
    const id = this.#find(at, end - at, 0)
    this.#addEntry(id === -1 ? this.#add(kind, 0) : id, at, end - at, 0, Number.NaN)
    return end
  }

  /** Blank lines and comments that follow each other are one entry, however many they are. */
  #endOfOthers(from: number): number {
    const { bytes, length, end } = this.#next
    const { reader } = this.#formats[this.#format]
    for (let at = from; ; ) {
      while (at < end && bytes[at] === LF) at++
      if (at >= end || bytes[at] !== HASH) return at
      const entry = reader.read(bytes, length, at)
      if (entry.kind !== 'other') return at
      at = entry.end
    }
  }

  #addSample(
    at: number,
    keyLength: number,
    marks: ArrayLike<number>,
    markCount: number,
    hasBound: boolean,
    value: number,
    timestampMs: number,
  ): void {
    const inForce = this.#record === undefined ? this.#type : this.#record.type
    const context = hasBound ? inForce + 1 : 0
    let id = this.#find(at, keyLength, context)
    if (id === -1) {
      const type = boundTypes[inForce] ?? 'other'
      const { scanner } = this.#formats[this.#format]
      // The scanner may have read lines of known series in between.
      const shared = this.#labelsFrom === scanner.sharedFrom ? scanner.sharedMarks : 0
      const { name, labels } = this.#labels.read(this.#next, marks, markCount, type, shared)
      this.#labelsFrom = marks[0] ?? -1
      const ref = this.#resolve(name, labels)
      id = this.#add(SAMPLE, context)
      if (ref >= 0) {
        this.#index.assignRef(id, ref)
        this.added++
      }
    }
    this.#addEntry(id, at, keyLength, value, timestampMs)
  }

  /** Adds an entry that was read, and goes on comparing behind it if the template has it too. */
  #addEntry(id: number, at: number, keyLength: number, value: number, timestampMs: number): void {
    this.#ownRecord().append(id, at, keyLength, value, timestampMs)
    if (this.#hasTemplate && this.#index.born[id] !== this.#scrape) {
      this.#template = (this.#index.entries[id] ?? 0) + 1
    }
  }

  /** The record of this page, started with the entries that were read by the layout before. */
  #ownRecord(): PageRecord {
    if (this.#record === undefined) {
      this.#record = new PageRecord(this.#next, this.#nextLayout, this.#index, this.#scrape)
      this.#record.copy(this.layout, this.#template)
      this.#record.type = this.#type
    }
    return this.#record
  }

  /** Start of the series whose labels were read last. */
  #labelsFrom = -1

  /** Hash of the bytes that #find last looked for. */
  #hash = 0

  /** The id of these bytes under this context, -1 when they are new. */
  #find(at: number, length: number, context: number): number {
    const index = this.#index
    const { view } = this.#next
    const hash = hashBytes(view, at, length)
    this.#hash = hash
    for (let id = index.first(hash); id !== -1; id = index.next(id)) {
      if (index.contexts[id] !== context) continue
      const isNew = index.born[id] === this.#scrape
      const layout = isNew ? this.#nextLayout : this.layout
      const page = isNew ? this.#next : this.page
      const entry = index.entries[id] ?? 0
      if (layout.keyLengths[entry] !== length) continue
      if (equalBytes(view, at, page.view, page.starts[entry] ?? 0, length) === length) return id
    }
    return -1
  }

  /** Adds what #find did not find. */
  #add(kind: number, context: number): number {
    this.#ownRecord()
    const index = this.#index
    const id = index.add(this.#hash, kind, context, this.#scrape, this.#nextLayout.entries)
    this.#born.push(id)
    return id
  }

  /** Makes the new layout the good one: says who is gone and forgets them. */
  #takeLayout(): void {
    const index = this.#index
    const before = this.layout
    const now = this.#nextLayout
    this.metadataMoved = !sameMetadata(before, now)
    for (let entry = 0; entry < before.entries; entry++) {
      const id = before.ids[entry] ?? 0
      const slot = index.slots[id] ?? -1
      const ref = before.refs[before.samplesBefore[entry] ?? 0] ?? -1
      if (slot !== -1 && ref !== -1 && before.kinds[entry] === SAMPLE) {
        if (index.slotTracked[slot] !== this.#scrape) this.gone.push(ref)
        index.slotTracked[slot] = this.#scrape
      }
    }
    for (let entry = 0; entry < before.entries; entry++) {
      const id = before.ids[entry] ?? 0
      if (index.seen[id] === this.#scrape) continue
      index.seen[id] = this.#scrape
      index.remove(id)
    }
    for (let entry = 0; entry < now.entries; entry++) index.entries[now.ids[entry] ?? 0] = entry
    now.format = this.#format
    this.layout = now
    this.#nextLayout = before
  }
}

/** Whether two layouts have the same lines that are not samples, in the same order. */
function sameMetadata(a: Layout, b: Layout): boolean {
  let at = 0
  for (let entry = 0; entry < b.entries; entry++) {
    if ((b.kinds[entry] ?? 0) <= TIMED_SAMPLE) continue
    while (at < a.entries && (a.kinds[at] ?? 0) <= TIMED_SAMPLE) at++
    if (at === a.entries || a.ids[at] !== b.ids[entry]) return false
    at++
  }
  while (at < a.entries && (a.kinds[at] ?? 0) <= TIMED_SAMPLE) at++
  return at === a.entries
}

function hasBoundName(bytes: Uint8Array, marks: readonly number[]): boolean {
  for (let mark = 2; mark < marks.length; mark += 4) {
    if (isBoundName(bytes, marks[mark] ?? 0, marks[mark + 1] ?? 0)) return true
  }
  return false
}

function kindOf(entry: Entry, bytes: Buffer): number {
  if (entry.kind !== 'type') return OTHER_LINE
  const type = bytes.toString('latin1', entry.textStart, entry.textEnd)
  if (type === 'histogram') return TYPE_HISTOGRAM
  return type === 'summary' ? TYPE_SUMMARY : TYPE_OTHER
}
