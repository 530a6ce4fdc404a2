/**
 * Text format to families by the strict rules of Go's expfmt, which the Pushgateway and the textfile
 * collector follow (exposition-spec.md section 9, column E): every line ends in a line feed, each
 * family has one HELP and one TYPE before its samples, and the error texts are Go's word for word.
 *
 * It scans a latin1 string, one character a byte: slicing it costs nothing, and stray bytes can
 * still be told. Tokens are turned into text only where the page is not plain ASCII.
 */

import { isAscii } from 'node:buffer'
import {
  addLine,
  addMetric,
  boundLabel,
  Families,
  type Line,
  type OpenFamily,
  refusal,
} from './assemble.ts'
import { unescaped } from './escapes.ts'
import type { LabelPair, MetricFamily, MetricType } from './family.ts'
import { decodeLatin1, isUtf8Latin1, quoteByte, quoteBytes, quoteText } from './go-quote.ts'
import { LineTemplate } from './line-template.ts'
import { isValidLabelName, isValidMetricName, type NameScheme } from './names.ts'
import { parseValue } from './number.ts'
import { ParseError } from './parse-error.ts'
import { NumberScanner } from './scan-number.ts'

/**
 * Families of a text page, in order of appearance, histograms and summaries assembled; families
 * without samples are left out. `names` (default 'legacy') says what a quoted name may be. Strings
 * of the result share the memory of the page; HELP text that is not UTF-8 gets U+FFFD.
 * Throws ParseError.
 */
export function decodeText(
  body: Uint8Array | string,
  options: { readonly names?: NameScheme } = {},
): MetricFamily[] {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return new TextDecoding(bytes, text, isAscii(bytes), options.names ?? 'legacy').families()
}

const TAB = 0x09
const LF = 0x0a
const BLANK = 0x20
const QUOTE = 0x22
const HASH = 0x23
const COMMA = 0x2c
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const SMALL_N = 0x6e
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d

/** Per byte: 1 starts a label name, 2 continues one; 4 starts a metric name, 8 continues one. */
const nameBytes = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  // A quotation mark opens a quoted part anywhere in a name: upstream's accident, kept.
  if (/[a-zA-Z_"]/.test(char)) return 15
  return char === ':' ? 12 : /[0-9]/.test(char) ? 10 : 0
})
const label = { start: 1, next: 2, what: 'label' }
const metric = { start: 4, next: 8, what: 'metric' }
type NameKind = typeof label

const types: ReadonlyMap<string, MetricType> = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
  ['histogram', 'histogram'],
  ['gauge_histogram', 'gaugehistogram'],
  ['gaugehistogram', 'gaugehistogram'],
])

/** One run over one page: `at` is the byte under consideration. */
class TextDecoding {
  readonly #bytes: Uint8Array
  /** The same, a character a byte. */
  readonly #text: string
  readonly #ascii: boolean
  readonly #escapes: boolean
  readonly #names: NameScheme
  readonly #families = new Families()
  #at = 0
  #line = 1
  #nameIsQuoted = false
  /** Of a sample with many labels, from that many on. */
  #labelNames = new Set<string>()
  /** The names read last, the metric's first and then those of the labels; without quoted ones. */
  readonly #lastNames: string[] = []
  /** Where each of them stood. */
  readonly #lastNamesAt: number[] = []
  readonly #number = new NumberScanner()
  readonly #template: LineTemplate
  /** The family whose lines the template reads; undefined where it cannot. */
  #templateFamily: OpenFamily | undefined
  /** Where the name read last starts. */
  #nameAt = 0

  constructor(bytes: Uint8Array, text: string, ascii: boolean, names: NameScheme) {
    this.#bytes = bytes
    this.#text = text
    this.#ascii = ascii
    this.#escapes = text.includes('\\')
    this.#names = names
    this.#template = new LineTemplate(bytes, text, ascii)
  }

  families(): MetricFamily[] {
    for (;;) {
      while (this.#at < this.#text.length && isBlank(this.#bytes[this.#at] as number)) this.#at++
      if (this.#at === this.#text.length) return this.#families.finished()
      const byte = this.#bytes[this.#at] as number
      if (byte === HASH) this.#readComment()
      else if (byte !== LF) this.#readSample(byte)
      this.#at++ // past the line feed
      this.#line++
    }
  }

  /** This and the readers below leave `at` on the line feed that ends their line. */
  #readComment(): void {
    this.#at++
    if (this.#skipBlanks() === LF) return
    const keyword = this.#readWord()
    if (this.#byte() === LF) return
    if (keyword !== 'HELP' && keyword !== 'TYPE') {
      this.#readLine()
      return
    }
    const name = this.#readName(this.#skipBlanks(), metric, 0)
    const after = this.#byte()
    if (after === LF) return
    if (name === undefined || !isBlank(after))
      this.#fail('invalid metric name in comment', this.#nameAt)
    const { family } = this.#startLine(name)
    if (this.#skipBlanks() === LF) return
    if (keyword === 'HELP') this.#readHelp(family)
    else this.#readType(family)
  }

  #readHelp(family: OpenFamily): void {
    if (family.help !== undefined) {
      this.#fail(`second HELP line for metric name ${quoteText(family.name)}`)
    }
    const raw = this.#escapes ? this.#escapedUntil(LF) : this.#readLine()
    family.help = this.#ascii ? raw : decodeLatin1(raw)
  }

  #readType(family: OpenFamily): void {
    if (family.type !== undefined) {
      const name = quoteText(family.name)
      this.#fail(`second TYPE line for metric name ${name}, or TYPE reported after samples`)
    }
    // Go drops the backslashes of this line, wherever they are.
    const start = this.#at
    const line = this.#readLine()
    const word = this.#escapes ? line.replaceAll('\\', '') : line
    family.type = types.get(word) ?? types.get(word.toLowerCase())
    if (family.type === undefined) this.#fail(`unknown metric type ${quoteBytes(word)}`, start)
  }

  #readSample(first: number): void {
    if (this.#templateFamily !== undefined) {
      const end = this.#template.read(this.#at)
      if (end !== -1) {
        const { labels, value } = this.#template
        addMetric(this.#templateFamily, { labels, value })
        this.#at = end
        return
      }
    }
    const start = this.#at
    let line: Line
    let isPlain = false
    if (first === BRACE_OPEN) {
      line = this.#readLabels(undefined)
    } else {
      const name = this.#readName(first, metric, 0)
      if (name === undefined || name === '') this.#fail('invalid metric name')
      isPlain = !this.#nameIsQuoted
      line = this.#startLine(name)
      line.family.type ??= 'unknown'
      isPlain &&= boundLabel(line.family.type) === undefined
      if (this.#skipBlanks() === BRACE_OPEN) this.#readLabels(line)
    }
    const valueAt = this.#at
    line.value = this.#readValue()
    const reason = refusal(line)
    if (reason !== undefined) this.#fail(reason, valueAt)
    if (this.#byte() !== LF) line.timestampMs = this.#readTimestamp()
    addLine(line)
    this.#templateFamily = isPlain ? line.family : undefined
    if (isPlain) this.#template.follow(start, line.family.name, line.labels)
  }

  /** Reads from `{` to the first byte behind `}`. `named` is undefined where the name is inside. */
  #readLabels(named: Line | undefined): Line {
    let line = named
    const labels: LabelPair[] = []
    for (;;) {
      this.#at++
      const first = this.#skipBlanks()
      if (first === BRACE_CLOSE) break
      const name = this.#readName(first, label, labels.length + 1)
      if (name === undefined || name === '') {
        const family = quoteText(line?.family.name ?? '')
        this.#fail(`invalid label name for metric ${family}`, this.#nameAt)
      }
      const after = this.#skipBlanks()
      if (after !== EQUALS) {
        if (named !== undefined) {
          this.#fail(`expected '=' after label name, found ${quoteByte(after)}`)
        }
        line = this.#nameInsideBraces(name, line, labels, after)
        if (after === BRACE_CLOSE) break
        continue
      }
      this.#readLabel(name, line, labels)
      if (this.#byte() === BRACE_CLOSE) break
    }
    if (line === undefined) this.#fail('invalid metric name')
    // Of its own size: push() makes room for 17.
    if (labels.length > 0) line.labels = labels.slice()
    this.#at++
    this.#skipBlanks()
    return line
  }

  /** A name without a value in braces is the metric's. Takes its bound out of the labels before. */
  #nameInsideBraces(name: string, line: Line | undefined, labels: LabelPair[], after: number) {
    if (line !== undefined) {
      this.#fail(`multiple metric names for metric ${quoteText(line.family.name)}`, this.#nameAt)
    }
    if (after !== COMMA && after !== BRACE_CLOSE) {
      this.#fail(`unexpected end of metric name ${quoteByte(after)}`)
    }
    const started = this.#startLine(name)
    started.family.type ??= 'unknown'
    const bound = boundLabel(started.family.type)
    const index = labels.findIndex((pair) => pair.name === bound)
    for (const { value } of index === -1 ? [] : labels.splice(index, 1)) {
      started.bound = this.#parseBound(bound, value, this.#nameAt)
    }
    return started
  }

  /** Reads from `=` to the comma or brace behind the value. */
  #readLabel(rawName: string, line: Line | undefined, labels: LabelPair[]): void {
    if (rawName === '__name__') this.#fail('label name "__name__" is reserved', this.#nameAt)
    const name = this.#checkedName(rawName, label)
    const bound = line === undefined ? undefined : boundLabel(line.family.type)
    if (name !== bound && this.#hasLabel(labels, name)) {
      const family = quoteText(line?.family.name ?? '')
      this.#fail(`duplicate label names for metric ${family}`, this.#nameAt)
    }
    this.#at++
    const opening = this.#skipBlanks()
    if (opening !== QUOTE) {
      this.#fail(`expected '"' at start of label value, found ${quoteByte(opening)}`)
    }
    const start = this.#at++
    const raw = this.#escapedUntil(QUOTE, 'label value')
    if (!this.#ascii && !isUtf8Latin1(raw)) {
      this.#fail(`invalid label value ${quoteBytes(raw)}`, start)
    }
    const value = this.#ascii ? raw : decodeLatin1(raw)
    if (line !== undefined && name === bound) line.bound = this.#parseBound(bound, value, start)
    else labels.push({ name, value })
    this.#at++
    const after = this.#skipBlanks()
    if (after !== COMMA && after !== BRACE_CLOSE) {
      this.#fail(`unexpected end of label value ${quoteText(value)}`)
    }
  }

  #hasLabel(labels: readonly LabelPair[], name: string): boolean {
    if (labels.length < manyLabels) return labels.some((pair) => pair.name === name)
    if (labels.length === manyLabels) this.#labelNames = new Set(labels.map((pair) => pair.name))
    const known = this.#labelNames.has(name)
    this.#labelNames.add(name)
    return known
  }

  #parseBound(name: string | undefined, value: string, at: number): number {
    const bound = parseValue(value)
    if (bound !== undefined) return bound
    this.#fail(`expected float as value for '${name}' label, got ${quoteText(value)}`, at)
  }

  #readValue(): number {
    const start = this.#at
    const end = this.#number.scan(this.#bytes, start)
    if (end !== -1) {
      this.#at = end
      return this.#number.value
    }
    const word = this.#readWord()
    const value = parseValue(word)
    if (value === undefined) this.#fail(`expected float as value, got ${quoteBytes(word)}`, start)
    return value
  }

  /** From the blank behind the value to the end of the line. */
  #readTimestamp(): bigint {
    this.#skipBlanks()
    const start = this.#at
    const word = this.#readWord()
    const timestampMs = parseInt64(word)
    if (timestampMs === undefined) {
      this.#fail(`expected integer as timestamp, got ${quoteBytes(word)}`, start)
    }
    const restAt = this.#at
    const rest = this.#readLine().replaceAll('\\', '')
    if (rest !== '') this.#fail(`spurious string after timestamp: ${quoteBytes(rest)}`, restAt)
    return timestampMs
  }

  #startLine(rawName: string): Line {
    return this.#families.startLine(this.#checkedName(rawName, metric))
  }

  /** Only a quoted name can be an invalid one: others end where the alphabet ends. */
  #checkedName(raw: string, kind: NameKind): string {
    if (!this.#nameIsQuoted) return raw
    const name = decodeLatin1(raw)
    const isValid = kind === label ? isValidLabelName : isValidMetricName
    if (isUtf8Latin1(raw) && isValid(name, this.#names)) return name
    this.#fail(`invalid ${kind.what} name ${quoteBytes(raw)}`, this.#nameAt)
  }

  /** The raw name that starts with this byte; undefined when none can. */
  #readName(first: number, kind: NameKind, place: number): string | undefined {
    const start = this.#at
    this.#nameAt = start
    this.#nameIsQuoted = false
    const known = this.#knownName(place)
    if (known !== undefined) return known
    if (((nameBytes[first] ?? 0) & kind.start) === 0) return undefined
    const bytes = this.#bytes
    const text = this.#text
    let at = start
    for (let byte = first; ((nameBytes[byte] ?? 0) & kind.next) !== 0; byte = bytes[at] as number) {
      if (byte === QUOTE) {
        this.#at = at
        return this.#readQuotedName(text.slice(start, at), kind)
      }
      at++
    }
    this.#at = at
    this.#byte()
    const name = text.slice(start, at)
    this.#lastNames[place] = name
    this.#lastNamesAt[place] = start
    return name
  }

  /** The name that stood in this place of the line before, where it stands here again. */
  #knownName(place: number): string | undefined {
    const name = this.#lastNames[place]
    if (name === undefined) return undefined
    const bytes = this.#bytes
    const before = this.#lastNamesAt[place] as number
    const end = this.#at + name.length
    for (let at = this.#at, from = before; at < end; at++, from++) {
      if (bytes[at] !== bytes[from]) return undefined
    }
    const after = bytes[end]
    if (after !== EQUALS && after !== BRACE_OPEN && after !== BLANK) return undefined
    this.#at = end
    return name
  }

  /** From the opening quotation mark to behind the closing one, which ends the name. */
  #readQuotedName(before: string, kind: NameKind): string {
    this.#nameIsQuoted = true
    this.#at++
    const name = this.#escapedUntil(QUOTE, `${kind.what} name`, before)
    this.#at++
    this.#byte()
    return name
  }

  /** Raw text up to a closing byte, escapes replaced; an error says what holds a line feed. */
  #escapedUntil(close: number, what = '', before = ''): string {
    const start = this.#at
    this.#at = this.#plainEnd(start, close)
    let hasEscapes = false
    for (let byte = this.#byte(); byte !== close; byte = this.#byte()) {
      if (byte === BACKSLASH) {
        hasEscapes = true
        this.#at++
        this.#checkEscape(this.#byte())
      } else if (byte === LF) {
        const text = before + unescaped(this.#text.slice(start, this.#at))
        this.#fail(`${what} ${quoteBytes(text)} contains unescaped new-line`)
      }
      this.#at++
    }
    const raw = this.#text.slice(start, this.#at)
    return before + (hasEscapes ? unescaped(raw) : raw)
  }

  /** The first place from `start` on that holds the closing byte, a backslash, a line feed or nothing. */
  #plainEnd(start: number, close: number): number {
    const bytes = this.#bytes
    const end = bytes.length
    let at = start
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === close || byte === BACKSLASH || byte === LF) return at
    }
    return at
  }

  #checkEscape(byte: number): void {
    if (byte === BACKSLASH || byte === SMALL_N || byte === QUOTE) return
    this.#fail(`invalid escape sequence '\\${String.fromCharCode(byte)}'`)
  }

  /** From `at` to the next blank or line end. */
  #readWord(): string {
    const start = this.#at
    for (let byte = this.#byte(); !isBlank(byte) && byte !== LF; byte = this.#byte()) this.#at++
    return this.#text.slice(start, this.#at)
  }

  #readLine(): string {
    const start = this.#at
    const end = this.#text.indexOf('\n', start)
    if (end === -1) this.#fail('unexpected end of input stream')
    this.#at = end
    return this.#text.slice(start, end)
  }

  /** Moves to the next byte that is no blank, and gives it. */
  #skipBlanks(): number {
    let byte = this.#byte()
    if (byte > BLANK) return byte
    while (isBlank(byte)) {
      this.#at++
      byte = this.#byte()
    }
    return byte
  }

  #byte(): number {
    if (this.#at >= this.#text.length) this.#fail('unexpected end of input stream')
    return this.#bytes[this.#at] as number
  }

  /** The column is that of the byte at `at`; the first of the token at fault, where there is one. */
  #fail(reason: string, at = this.#at): never {
    const line = this.#line
    const start = at === 0 ? 0 : this.#text.lastIndexOf('\n', at - 1) + 1
    let column = 1
    for (let i = start; i < at; i++) if (((this.#bytes[i] as number) & 0xc0) !== 0x80) column++
    throw new ParseError(`text format parsing error in line ${line}: ${reason}`, line, column)
  }
}

/** From so many labels on they are looked up, and no longer compared one by one. */
const manyLabels = 16

/** Undefined when the digits are none or too many for 64 bits; making a bigint of millions takes long. */
function parseInt64(word: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(word)) return undefined
  const digits = word.replace(/^[+-]?0*/, '')
  if (digits.length > 19) return undefined
  const signed = word.startsWith('-') ? -BigInt(digits) : BigInt(digits)
  return BigInt.asIntN(64, signed) === signed ? signed : undefined
}

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB
}
