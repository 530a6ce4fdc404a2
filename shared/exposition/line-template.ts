/**
 * Reads the sample lines that are made like the one before: the same family and label names, other values.
 *
 * Most lines of a page are. Their names are compared byte by byte instead of being read and checked again,
 * and a label that was there in a line not long before shares its object. What differs in any other way, or has an
 * escape, it leaves to the reader that knows all the rules.
 */
import type { LabelPair } from './family.ts'
import { NumberScanner } from './scan-number.ts'

const LF = 0x0a
const BLANK = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d

export class LineTemplate {
  /** Of the line read last. */
  labels: readonly LabelPair[] = []
  readonly #bytes: Uint8Array
  /** The same, a character a byte. */
  readonly #text: string
  readonly #isAscii: boolean
  readonly #number = new NumberScanner()
  /** Where the line before starts and its name ends. */
  #start = 0
  #nameEnd = 0
  /** Of each label of the line before: where its name starts, its value starts and ends. */
  #places = noPlaces
  /** Labels of lines before, and where their values are, by a hash of the value. */
  #pairs: (LabelPair | undefined)[] = []
  #pairsAt = noPlaces
  #form: 'unknown' | 'plain' | 'other' = 'unknown'

  constructor(bytes: Uint8Array, text: string, isAscii: boolean) {
    this.#bytes = bytes
    this.#text = text
    this.#isAscii = isAscii
  }

  get value(): number {
    return this.#number.value
  }

  /** Takes the line at `start` for what the next is like: of this name, with these labels. */
  follow(start: number, name: string, labels: readonly LabelPair[]): void {
    this.#start = start
    this.#nameEnd = start + name.length
    this.labels = labels
    this.#form = 'unknown'
  }

  /**
   * Reads the line at `start` into `labels` and `value`. The offset of its line feed, or -1 when it is not
   * made like the line before, which then stays the template.
   */
  read(start: number): number {
    const bytes = this.#bytes
    let at = start
    for (let from = this.#start; from < this.#nameEnd; from++, at++) {
      if (bytes[at] !== bytes[from]) return -1
    }
    const nameEnd = at
    const count = this.labels.length
    if (count > 0) {
      if (this.#form === 'unknown') this.#form = this.#learn() ? 'plain' : 'other'
      if (this.#form === 'other') return -1
      at = this.#readLabels(at, count)
      if (at === -1) return -1
    }
    if (bytes[at] !== BLANK) return -1
    const end = this.#number.scan(bytes, at + 1)
    if (end === -1 || bytes[end] !== LF) return -1
    if (count > 0) this.#takeLabels(count)
    this.#start = start
    this.#nameEnd = nameEnd
    return end
  }

  /** Where the labels of this line are, behind those of the line before. */
  #readLabels(start: number, count: number): number {
    const bytes = this.#bytes
    const places = this.#places
    const limit = this.#isAscii ? 0xff : 0x7f
    let at = start
    if (bytes[at] !== BRACE_OPEN) return -1
    for (let label = 0; label < count; label++) {
      at++
      const nameStart = at
      let from = places[label * 3] as number
      const fromValue = places[label * 3 + 1] as number
      for (; from < fromValue; from++, at++) if (bytes[at] !== bytes[from]) return -1
      const valueStart = at
      for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number) {
        if (byte === BACKSLASH || byte === LF || !(byte <= limit)) return -1
      }
      const place = (count + label) * 3
      places[place] = nameStart
      places[place + 1] = valueStart
      places[place + 2] = at
      at++
      if (bytes[at] !== (label === count - 1 ? BRACE_CLOSE : COMMA)) return -1
    }
    return at + 1
  }

  #takeLabels(count: number): void {
    const places = this.#places
    const labels = this.labels.slice()
    for (let label = 0; label < count; label++) {
      const place = (count + label) * 3
      const start = places[place + 1] as number
      const { name } = labels[label] as LabelPair
      labels[label] = this.#pair(name, start, places[place + 2] as number)
    }
    places.copyWithin(0, count * 3, count * 6)
    this.labels = labels
  }

  /** The label with this name, and this value in the page: one that is known, where it is still remembered. */
  #pair(name: string, start: number, end: number): LabelPair {
    const bytes = this.#bytes
    const hash = (bytes[end - 1] as number) * 31 + (bytes[end - 2] as number) * 7 + end - start
    const slot = hash & (remembered - 1)
    const known = this.#pairs[slot]
    if (known !== undefined && known.name === name) {
      const from = this.#pairsAt[slot] as number
      if (known.value.length === end - start && haveSameBytes(bytes, from, start, end)) return known
    }
    const pair = { name, value: this.#text.slice(start, end) }
    this.#pairs[slot] = pair
    this.#pairsAt[slot] = start
    return pair
  }

  /** Finds the labels of the line before; false where it is not written plainly. */
  #learn(): boolean {
    const bytes = this.#bytes
    const count = this.labels.length
    if (this.#places.length < count * 6) this.#places = new Int32Array(Math.max(48, count * 6))
    if (this.#pairs.length === 0) {
      this.#pairs = new Array<LabelPair | undefined>(remembered).fill(undefined)
      this.#pairsAt = new Int32Array(remembered)
    }
    let at = this.#nameEnd
    for (let label = 0; label < count; label++) {
      if (bytes[at] !== (label === 0 ? BRACE_OPEN : COMMA)) return false
      const nameStart = ++at
      while (bytes[at] !== EQUALS) {
        if (bytes[at] === LF || bytes[at] === QUOTE) return false
        at++
      }
      if (bytes[at + 1] !== QUOTE) return false
      at += 2
      const valueStart = at
      while (bytes[at] !== QUOTE) {
        if (bytes[at] === BACKSLASH || bytes[at] === LF) return false
        at++
      }
      this.#places.set([nameStart, valueStart, at], label * 3)
      at++
    }
    return bytes[at] === BRACE_CLOSE
  }
}

/** A power of two. Pages mostly say the same few values of a label again and again. */
const remembered = 128

/** Most pushes have no two lines of a family, and making an array takes as long as reading a line. */
const noPlaces = new Int32Array(0)

function haveSameBytes(bytes: Uint8Array, other: number, start: number, end: number): boolean {
  for (let at = start, from = other; at < end; at++, from++) {
    if (bytes[at] !== bytes[from]) return false
  }
  return true
}
