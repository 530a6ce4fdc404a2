/** Name and labels of a scraped series, from the offsets its reader left, with the checks that Prometheus makes when a series is new. */

import { isUtf8 } from 'node:buffer'
import { unescaped } from './escapes.ts'
import type { LabelPair } from './family.ts'
import { quoteBytes, quoteText } from './go-quote.ts'
import { withRoom } from './hash-chains.ts'
import { formatValue, parseValue } from './number.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { BACKSLASH } from './scrape-lexer.ts'
import { equalBytes, hashBytes, type Page } from './scrape-page.ts'

/** The TYPE that was in force where a series stands; it decides which label holds a number. */
export type BoundType = 'histogram' | 'summary' | 'other'

export type SeriesLabels = { readonly name: string; readonly labels: readonly LabelPair[] }

/** Reads the labels of the new series of a page, one after the other. */
export class LabelReader {
  /** Strings of the series before, by position. Neighbours differ in a label value or two. */
  readonly #texts: string[] = []
  #starts = new Int32Array(64)
  #ends = new Int32Array(64)
  #count = 0
  /** Strings made so far, by position and hash: a page has many series and few label values. */
  readonly #tables: (string | undefined)[][] = []

  /** To be called when another page begins: offsets of the one before mean nothing in it. */
  startPage(): void {
    this.#count = 0
  }

  /**
   * Reads `marks` (see Entry). Values of `le` in histograms and of `quantile` in summaries are put in
   * the form OpenMetrics has for them (1 becomes 1.0), as Prometheus does since 3.0 in both formats.
   * Throws ScrapeParseError for what Prometheus refuses to store: no name, a name that is not UTF-8,
   * a label name used twice. The first `sharedMarks` are known to have the bytes of the series that
   * was read before.
   */
  read(
    page: Page,
    marks: ArrayLike<number>,
    markCount: number,
    type: BoundType,
    sharedMarks = 0,
  ): SeriesLabels {
    const before = this.#count
    const count = markCount >> 1
    if (this.#starts.length <= count) {
      this.#starts = withRoom(this.#starts, count + 1)
      this.#ends = withRoom(this.#ends, count + 1)
    }
    let newNames = count !== before
    for (let index = Math.min(before, sharedMarks >> 1); index < count; index++) {
      const start = marks[index * 2] ?? 0
      const end = marks[index * 2 + 1] ?? 0
      if (index < before && this.#isSame(page, index, start, end)) continue
      // Names stand at 0 and at odd places.
      if (index === 0 || (index & 1) === 1) newNames = true
      this.#texts[index] = this.#string(page, index, start, end)
      this.#starts[index] = start
      this.#ends[index] = end
    }
    this.#count = count
    const name = this.#texts[0] ?? ''
    // Of its final size: push() would make room for 17.
    const labels = new Array<LabelPair>((count - 1) >> 1)
    for (let index = 1; index < count; index += 2) {
      const label = this.#texts[index] ?? ''
      const value = this.#texts[index + 1] ?? ''
      labels[index >> 1] = {
        name: label,
        value: type === 'other' ? value : normalize(type, label, value),
      }
    }
    if (newNames) {
      // Until they are found good, the next series must not rely on them.
      this.#count = 0
      check(page.bytes, marks, markCount, name, labels)
      this.#count = count
    }
    return { name, labels }
  }

  #isSame(page: Page, index: number, start: number, end: number): boolean {
    const before = this.#starts[index] ?? 0
    const length = end - start
    return (
      length === (this.#ends[index] ?? 0) - before &&
      equalBytes(page.view, start, page.view, before, length) === length
    )
  }

  #string(page: Page, index: number, start: number, end: number): string {
    const { bytes } = page
    const length = end - start
    if (length > 64) return newString(bytes, start, end)
    // A table for each position: values that never come again wear out their own only.
    this.#tables[index] ??= new Array(256)
    const table = this.#tables[index]
    const slot = hashBytes(page.view, start, length) & 0xff
    const known = table[slot]
    if (known !== undefined && known.length === length) {
      let at = 0
      while (at < length && known.charCodeAt(at) === bytes[start + at]) at++
      if (at === length) return known
    }
    const text = newString(bytes, start, end)
    table[slot] = text
    return text
  }
}

function newString(bytes: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x80 || byte === BACKSLASH) return unescaped(bytes.toString('utf8', start, end))
  }
  return bytes.toString('latin1', start, end)
}

function check(
  bytes: Uint8Array,
  marks: ArrayLike<number>,
  markCount: number,
  name: string,
  labels: readonly LabelPair[],
): void {
  if (name === '') refuse('missing metric name (__name__ label)')
  for (let mark = 0; mark < markCount; mark += mark === 0 ? 2 : 4) {
    const raw = bytes.subarray(marks[mark], marks[mark + 1])
    if (raw.length > 0 && isUtf8(raw)) continue
    const shown = quoteBytes(Buffer.from(raw).toString('latin1'))
    refuse(`invalid metric name or label names: ${shown} in series ${name}`)
  }
  const names = new Set(['__name__'])
  for (const label of labels) {
    if (names.has(label.name)) {
      refuse(`label name ${quoteText(label.name)} is not unique: invalid sample`)
    }
    names.add(label.name)
  }
}

/** The sample was read and counts as scraped, but nothing can be stored under such a name. */
function refuse(message: string): never {
  const error = new ScrapeParseError(message)
  error.samples = 1
  throw error
}

function normalize(type: BoundType, name: string, value: string): string {
  const bound = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined
  if (name !== bound) return value
  const number = parseValue(value) ?? parseHex(value)
  if (number === undefined) return value
  const text = formatValue(number)
  return Number.isFinite(number) && !/[.e]/.test(text) ? `${text}.0` : text
}

/** Go reads hex floats (0x1p-3) here, though not in sample values. */
function parseHex(value: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?p([+-]?[0-9]+)$/i.exec(value)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent] = match
  const digits = Number(`0x${whole}${fraction}`)
  const magnitude = digits * 2 ** (Number(exponent) - 4 * fraction.length)
  if (!Number.isFinite(magnitude)) return undefined
  return sign === '-' ? -magnitude : magnitude
}

export function readText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}

/** HELP text. */
export function readHelp(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: 'text' | 'openmetrics',
): string {
  return unescaped(readText(bytes, start, end), format === 'openmetrics')
}
