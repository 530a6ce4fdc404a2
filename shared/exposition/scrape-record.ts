/** Writes down a scraped page entry by entry, with its own layout, once it is not laid out as the one before. */

import { LF } from './scrape-lexer.ts'
import {
  equalBytes,
  type Layout,
  type Page,
  SAMPLE,
  TIMED_SAMPLE,
  TYPE_OTHER,
} from './scrape-page.ts'
import type { LineScanner } from './scrape-scan.ts'
import type { SeriesIndex } from './series-index.ts'

export class PageRecord {
  readonly #page: Page
  readonly #layout: Layout
  readonly #index: SeriesIndex
  readonly #scrape: number
  /** TYPE in force: 0 for none that matters, else as in Layout.contexts less 1. */
  type = 0
  followedTo = 0

  /** `scrape` is a number no other scrape of the target had. */
  constructor(page: Page, layout: Layout, index: SeriesIndex, scrape: number) {
    this.#page = page
    this.#layout = layout
    this.#index = index
    this.#scrape = scrape
  }

  /** Begins with entries that were found to be the same as those of another layout. */
  copy(from: Layout, entries: number): void {
    const { values, timestamps, starts } = this.#page
    this.#layout.copyStart(from, entries)
    for (let entry = 0; entry < entries; entry++) {
      const sample = this.#layout.samples
      const isTimed = from.kinds[entry] === TIMED_SAMPLE
      const timestampMs = isTimed ? (timestamps[sample] ?? 0) : Number.NaN
      const id = from.ids[entry] ?? 0
      const keyLength = from.keyLengths[entry] ?? 0
      this.append(id, starts[entry] ?? 0, keyLength, values[sample] ?? 0, timestampMs)
    }
  }

  /** Adds an entry that was read. */
  append(id: number, at: number, keyLength: number, value: number, timestampMs: number): void {
    const page = this.#page
    const layout = this.#layout
    const index = this.#index
    const { entries: entry, samples: sample } = layout
    if (entry >= layout.ids.length || entry + 1 >= page.starts.length) this.#reserve(at)
    let kind = index.kinds[id] ?? 0
    index.seen[id] = this.#scrape
    if (kind === SAMPLE) {
      if (!Number.isNaN(timestampMs)) kind = TIMED_SAMPLE
      layout.refs[sample] = this.#refOnce(id, kind === TIMED_SAMPLE)
      page.values[sample] = value
      page.timestamps[sample] = timestampMs
      if (kind === TIMED_SAMPLE) layout.isTimed = true
      layout.samples = sample + 1
    } else if (kind >= TYPE_OTHER) {
      this.type = kind - TYPE_OTHER
    }
    page.starts[entry] = at
    layout.ids[entry] = id
    layout.kinds[entry] = kind
    layout.keyLengths[entry] = keyLength
    layout.contexts[entry] = index.contexts[id] ?? 0
    layout.samplesBefore[entry] = sample
    layout.entries = entry + 1
  }

  /** Room for the lines from here on, so that the arrays grow once. */
  #reserve(at: number): void {
    const { bytes, length } = this.#page
    let lines = 1
    for (let end = bytes.indexOf(LF, at); end !== -1 && end < length; lines++) {
      end = bytes.indexOf(LF, end + 1)
    }
    this.#layout.reserve(this.#layout.entries + lines)
    this.#page.reserve(this.#layout.entries + lines)
  }

  /** The ref of a series; -1 for dropped ones and for a repeated sample without its own timestamp. */
  #refOnce(id: number, isTimed: boolean): number {
    const index = this.#index
    const slot = index.slots[id] ?? -1
    if (slot === -1) return -1
    if (!isTimed && index.slotSeen[slot] === this.#scrape) {
      this.#layout.duplicates++
      return -1
    }
    index.slotSeen[slot] = this.#scrape
    if (!isTimed) index.slotTracked[slot] = this.#scrape
    return index.slotRefs[slot] ?? -1
  }

  /**
   * Adds the entries from `offset` on as long as they are those of the template from `first` on: the
   * same as append() for each, in one loop. Gives the offset behind them, and `followedTo` says which
   * entry of the template comes next.
   */
  follow(template: Page, old: Layout, first: number, scanner: LineScanner, offset: number): number {
    const page = this.#page
    const { view, end } = page
    const { kinds, contexts, keyLengths, ids, samplesBefore } = old
    const { starts: oldStarts, view: oldView } = template
    let at = offset
    let entry = first
    for (; entry < old.entries && at < end; entry++) {
      const context = contexts[entry] ?? 0
      if (context !== 0 && context !== this.type + 1) break
      const from = oldStarts[entry] ?? 0
      const length = (oldStarts[entry + 1] ?? 0) - from
      const kind = kinds[entry] ?? 0
      const keyLength = keyLengths[entry] ?? 0
      const equal = equalBytes(view, at, oldView, from, Math.min(length, end - at))
      let next = at + length
      let value = 0
      let timestampMs = Number.NaN
      if (equal === length) {
        const sample = samplesBefore[entry] ?? 0
        value = template.values[sample] ?? 0
        if (kind === TIMED_SAMPLE) timestampMs = template.timestamps[sample] ?? 0
      } else {
        if (kind > TIMED_SAMPLE || equal < keyLength) break
        next = scanner.rest(page.bytes, at + keyLength)
        if (next === -1) break
        value = scanner.value
        timestampMs = scanner.timestampMs
      }
      this.append(ids[entry] ?? 0, at, keyLength, value, timestampMs)
      at = next
    }
    this.followedTo = entry
    return at
  }
}
