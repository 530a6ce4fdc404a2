/**
 * Reads the plain lines of a scraped page, which are nearly all, in one pass over the bytes and without
 * a string: `name{label="value",...} value`, one blank where there is one, perhaps a timestamp or an
 * exemplar behind it. What is written in any other way it declines, and scrape-entry.ts reads it.
 */

import { isUtf8 } from 'node:buffer'
import { parseValue } from './number.ts'
import { NumberScanner } from './scan-number.ts'
import {
  BACKSLASH,
  BLANK,
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  EQUALS,
  HASH,
  LF,
  nameClass,
  QUOTE,
} from './scrape-lexer.ts'
import { equalBytes, type Page } from './scrape-page.ts'

const ZERO = 0x30
const LABEL_START = 1
const LABEL_NEXT = 2
const METRIC_START = 4
const METRIC_NEXT = 8

export class LineScanner {
  /** As Entry.marks; `markCount` of them are filled. */
  marks = new Int32Array(64)
  markCount = 0
  /** So many of the marks were taken over from the line at `sharedFrom`, which has the same bytes. */
  sharedMarks = 0
  sharedFrom = 0
  value = Number.NaN
  /** NaN where the sample has no timestamp. */
  timestampMs = Number.NaN
  /** Where the first label `le` or `quantile` is in marks; -1 for none. */
  #boundMark = -1
  readonly #isText: boolean

  constructor(format: 'text' | 'openmetrics') {
    this.#isText = format === 'text'
  }

  /** The series has a label `le` or `quantile`, whose value depends on the TYPE in force. */
  get hasBound(): boolean {
    return this.#boundMark !== -1
  }

  /** To be called when another page begins: what was read of the one before means nothing in it. */
  startPage(): void {
    this.markCount = 0
  }

  /**
   * Where the value of the sample line at `start` begins, marks filled; -1 when it declines. What the
   * line has in common with the one before, up to a whole label, is not read again.
   */
  series(page: Page, start: number): number {
    const { bytes } = page
    this.sharedFrom = this.marks[0] ?? 0
    let at = this.#reuse(page, start)
    this.sharedMarks = this.markCount
    if (this.markCount === 0) {
      at = start
      if (((nameClass[bytes[at] ?? 0] ?? 0) & METRIC_START) === 0) return -1
      do at++
      while (((nameClass[bytes[at] ?? 0] ?? 0) & METRIC_NEXT) !== 0)
      this.marks[0] = start
      this.marks[1] = at
      this.markCount = 2
      this.#boundMark = -1
      if (bytes[at] === BRACE_OPEN) at++
      else return bytes[at] === BLANK ? at + 1 : this.#decline()
    }
    at = this.#labels(bytes, at, true)
    if (at === -1 || bytes[at] !== BLANK) return this.#decline()
    return at + 1
  }

  /** Keeps the marks of the labels that the line begins with as the one before did; the offset behind. */
  #reuse(page: Page, start: number): number {
    const { marks, markCount } = this
    if (markCount < 10) {
      this.markCount = 0
      return start
    }
    const before = marks[0] ?? 0
    // The last label is read anew: what follows it is a brace and not a comma.
    let kept = markCount - 4
    const room = Math.min((marks[kept - 1] ?? 0) + 2 - before, page.length - start)
    const equal = before + equalBytes(page.view, start, page.view, before, room)
    while (kept >= 6 && (marks[kept - 1] ?? 0) + 2 > equal) kept -= 4
    if (kept < 6) {
      this.markCount = 0
      return start
    }
    for (let mark = 0; mark < kept; mark++) marks[mark] = (marks[mark] ?? 0) + start - before
    this.markCount = kept
    if (this.#boundMark >= kept) this.#boundMark = -1
    return (marks[kept - 1] ?? 0) + 2
  }

  /** What was read of a line that is declined must not be used for the next. */
  #decline(): number {
    this.markCount = 0
    return -1
  }

  /** Reads value and what follows from `start`; the start of the next line, or -1 when it declines. */
  rest(bytes: Buffer, start: number): number {
    this.timestampMs = Number.NaN
    let at = this.#number(bytes, start)
    if (at === -1) return -1
    this.value = this.#parsed
    if (bytes[at] === LF) return at + 1
    if (bytes[at] !== BLANK) return -1
    if (bytes[at + 1] !== HASH) {
      at = this.#isText ? this.#milliseconds(bytes, at + 1) : this.#seconds(bytes, at + 1)
      if (at === -1) return -1
      if (bytes[at] === LF) return at + 1
    }
    return this.#isText ? -1 : this.#exemplar(bytes, at)
  }

  readonly #scanner = new NumberScanner()
  /** What #number read. */
  #parsed = Number.NaN

  /** Reads a number into #parsed and gives the offset behind it, -1 when it is none. */
  #number(bytes: Buffer, start: number): number {
    const end = this.#scanner.scan(bytes, start)
    if (end === -1) return this.#anyNumber(bytes, start)
    this.#parsed = this.#scanner.value
    return end
  }

  /** NaN, infinities and very long numbers, by way of a string. */
  #anyNumber(bytes: Buffer, start: number): number {
    let at = start
    for (let byte = bytes[at] ?? 0; byte !== LF && byte !== BLANK; byte = bytes[++at] ?? 0) {
      // The longest number is not much longer than this; and the end of the page is a NUL.
      if (byte === 0 || at > start + 40) return -1
    }
    const value = parseValue(bytes.toString('latin1', start, at))
    if (value === undefined) return -1
    this.#parsed = value
    return at
  }

  #milliseconds(bytes: Buffer, start: number): number {
    let at = start
    let timestampMs = 0
    for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= ZERO + 9; byte = bytes[++at] ?? 0) {
      timestampMs = timestampMs * 10 + (byte - ZERO)
    }
    if (at === start || at > start + 15 || bytes[at] !== LF) return -1
    this.timestampMs = timestampMs
    return at
  }

  #seconds(bytes: Buffer, start: number): number {
    const at = this.#number(bytes, start)
    const timestampMs = Math.trunc(this.#parsed * 1000)
    // Anything odd is for the exact reader to judge.
    if (at === -1 || !(Math.abs(timestampMs) < 2 ** 53)) return -1
    this.timestampMs = timestampMs
    return at
  }

  /** ` # {labels} value [timestamp]` to the end of the line; it is checked, not kept. */
  #exemplar(bytes: Buffer, start: number): number {
    if (bytes[start + 1] !== HASH || bytes[start + 2] !== BLANK) return -1
    if (bytes[start + 3] !== BRACE_OPEN) return -1
    let at = this.#labels(bytes, start + 4, false)
    if (at === -1 || bytes[at] !== BLANK) return -1
    at = this.#number(bytes, at + 1)
    if (at !== -1 && bytes[at] === BLANK) {
      at = this.#number(bytes, at + 1)
      if (!Number.isFinite(this.#parsed)) return -1
    }
    return at !== -1 && bytes[at] === LF ? at + 1 : -1
  }

  /** From behind the opening brace to behind the closing one; -1 when it declines. */
  #labels(bytes: Uint8Array, start: number, keep: boolean): number {
    let at = start
    let bits = 0
    while (bytes[at] !== BRACE_CLOSE) {
      const nameStart = at
      if (((nameClass[bytes[at] ?? 0] ?? 0) & LABEL_START) === 0) return -1
      do at++
      while (((nameClass[bytes[at] ?? 0] ?? 0) & LABEL_NEXT) !== 0)
      if (bytes[at] !== EQUALS || bytes[at + 1] !== QUOTE) return -1
      const nameEnd = at
      at += 2
      const valueStart = at
      for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[++at] ?? 0) {
        if (byte === BACKSLASH) byte = bytes[++at] ?? 0
        // Line feeds and NULs are allowed in places; they are rare enough for the exact reader.
        if (byte === LF || byte === 0) return -1
        bits |= byte
      }
      if (keep) this.#mark(bytes, nameStart, nameEnd, valueStart, at)
      at++
      if (bytes[at] === COMMA) at++
      else if (bytes[at] !== BRACE_CLOSE) return -1
    }
    if (bits >= 0x80 && !isUtf8(bytes.subarray(start, at))) return -1
    return at + 1
  }

  #mark(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): void {
    if (this.markCount + 4 > this.marks.length) {
      const marks = new Int32Array(this.marks.length * 2)
      marks.set(this.marks)
      this.marks = marks
    }
    this.marks[this.markCount] = nameStart
    this.marks[this.markCount + 1] = nameEnd
    this.marks[this.markCount + 2] = start
    this.marks[this.markCount + 3] = end
    if (this.#boundMark === -1 && isBoundName(bytes, nameStart, nameEnd)) {
      this.#boundMark = this.markCount
    }
    this.markCount += 4
  }
}

const le = Buffer.from('le')
const quantile = Buffer.from('quantile')

/** Whether a label name is `le` or `quantile`. */
export function isBoundName(bytes: Uint8Array, start: number, end: number): boolean {
  const name = end - start === 2 ? le : end - start === 8 ? quantile : undefined
  if (name === undefined) return false
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name[i]) return false
  return true
}
