/**
 * One entry of a scraped page, a sample or a metadata line, read token by token. It is exact, and it
 * says what is wrong in Prometheus' words; plain lines, which are nearly all, are read by the faster
 * scrape-scan.ts.
 */

import { isUtf8 } from 'node:buffer'
import { quoteBytes } from './go-quote.ts'
import { formatValue, parseValue } from './number.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { type Lexer, QUOTE, type Token } from './scrape-lexer.ts'

/** `other` is a blank line or a comment, `end` the end of the page. */
export type EntryKind = 'sample' | 'type' | 'help' | 'unit' | 'other' | 'end'

/** What was read, with offsets into the page. The object is used again for the next entry. */
export type Entry = {
  kind: EntryKind
  start: number
  /** Behind the entry, where the next one starts. */
  end: number
  /** Start and end of the metric's name, without quotation marks; then of each label's name and value. */
  marks: number[]
  /** Samples: start of the value. The bytes before it are the series. */
  valueStart: number
  value: number
  /** NaN where the sample has no timestamp of its own. */
  timestampMs: number
  /** Metadata: the text behind the name. */
  textStart: number
  textEnd: number
}

const types: Readonly<Record<Lexer['format'], ReadonlySet<string>>> = {
  text: new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']),
  openmetrics: new Set([
    'counter',
    'gauge',
    'histogram',
    'gaugehistogram',
    'summary',
    'info',
    'stateset',
    'unknown',
  ]),
}

const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** Reads entries with one lexer. A method throws ScrapeParseError when the page breaks the rules. */
export class EntryReader {
  readonly entry: Entry = {
    kind: 'end',
    start: 0,
    end: 0,
    marks: [],
    valueStart: 0,
    value: Number.NaN,
    timestampMs: Number.NaN,
    textStart: 0,
    textEnd: 0,
  }
  readonly #lexer: Lexer
  readonly #isText: boolean

  constructor(lexer: Lexer) {
    this.#lexer = lexer
    this.#isText = lexer.format === 'text'
  }

  /** Reads the entry that starts at this offset of bytes [0, length). Text pages end in a line feed. */
  read(bytes: Uint8Array, length: number, at: number): Entry {
    const lexer = this.#lexer
    lexer.bytes = bytes
    lexer.length = length
    lexer.at = at
    lexer.start = at
    lexer.state = 'start'
    this.entry.start = at
    this.entry.marks.length = 0
    this.entry.kind = this.#readKind(lexer.next())
    this.entry.end = lexer.at
    return this.entry
  }

  #readKind(token: Token): EntryKind {
    switch (token) {
      case 'HELP':
      case 'TYPE':
      case 'UNIT':
        return this.#readMetadata(token)
      case 'MNAME':
        this.#mark(0)
        return this.#readSample(this.#lexer.next())
      case 'BOPEN':
        // Room for the name, which must come inside the braces.
        this.entry.marks.push(-1, -1)
        return this.#readSample(token)
      case 'EOFWORD':
        if (this.#lexer.next() !== 'EOF') throw new ScrapeParseError('unexpected data after # EOF')
        return 'end'
      case 'EOF':
        if (!this.#isText) throw noEof()
        return 'end'
      case 'LINEBREAK':
        return 'other'
      case 'COMMENT':
        this.#expect('LINEBREAK', 'linebreak expected after comment')
        return 'other'
      default:
        throw this.#unexpected('expected a valid start token', token)
    }
  }

  #readMetadata(keyword: 'HELP' | 'TYPE' | 'UNIT'): EntryKind {
    const { entry } = this
    const lexer = this.#lexer
    this.#expect('MNAME', `expected metric name after ${keyword}`)
    this.#mark(lexer.bytes[lexer.start] === QUOTE ? 1 : 0)
    const token = lexer.next()
    if (token !== 'TEXT') {
      const got = this.#isText ? `, got ${token}` : ''
      throw new ScrapeParseError(`expected text in ${keyword}${got}`)
    }
    // The separator is part of the token, in OpenMetrics the line feed too.
    entry.textEnd = Math.max(lexer.start, this.#isText ? lexer.at : lexer.at - 1)
    entry.textStart = Math.min(lexer.start + 1, entry.textEnd)
    this.#checkMetadata(keyword, entry.textStart, entry.textEnd)
    if (this.#isText) this.#expect('LINEBREAK', 'linebreak expected after metadata')
    return keyword === 'HELP' ? 'help' : keyword === 'TYPE' ? 'type' : 'unit'
  }

  #checkMetadata(keyword: 'HELP' | 'TYPE' | 'UNIT', start: number, end: number): void {
    const { bytes, format } = this.#lexer
    if (keyword === 'HELP') {
      if (isUtf8(bytes.subarray(start, end))) return
      const help = quoteBytes(this.#latin1(start, end))
      throw new ScrapeParseError(`help text ${help} is not a valid utf8 string`)
    }
    const text = this.#latin1(start, end)
    if (keyword === 'UNIT') this.#checkUnit(text)
    else if (!types[format].has(text)) {
      throw new ScrapeParseError(`invalid metric type ${quoteBytes(text)}`)
    }
  }

  #checkUnit(unit: string): void {
    const [start = 0, end = 0] = this.entry.marks
    const name = this.#latin1(start, end)
    if (unit === '' || name.endsWith(`_${unit}`)) return
    throw new ScrapeParseError(
      `unit ${quoteBytes(unit)} not a suffix of metric ${quoteBytes(name)}`,
    )
  }

  /** `token` is the one behind the name, or the opening brace where the name is inside. */
  #readSample(token: Token): EntryKind {
    const { entry } = this
    const lexer = this.#lexer
    let behind = token
    if (token === 'BOPEN') {
      this.#readLabels(false)
      behind = lexer.next()
    }
    if (entry.marks[0] === -1) throw this.#whileParsing('metric name not set')
    entry.value = this.#readFloat(behind, 'metric')
    entry.valueStart = this.#isText ? lexer.start : lexer.start + 1
    entry.timestampMs = Number.NaN
    const next = lexer.next()
    if (this.#isText) this.#readTextEnd(next)
    else this.#readOpenMetricsEnd(next)
    return 'sample'
  }

  #readTextEnd(token: Token): void {
    if (token === 'LINEBREAK') return
    if (token !== 'TIMESTAMP') throw this.#unexpected('expected timestamp or new record', token)
    const digits = this.#latin1(this.#lexer.start, this.#lexer.at)
    const needed = digits.replace(/^0+/, '')
    if (needed.length > 19 || BigInt(needed) > 0x7fff_ffff_ffff_ffffn) {
      throw this.#whileParsing(
        `strconv.ParseInt: parsing ${quoteBytes(digits)}: value out of range`,
      )
    }
    this.entry.timestampMs = Number(digits)
    this.#expect('LINEBREAK', 'expected next entry after timestamp')
  }

  #readOpenMetricsEnd(token: Token): void {
    switch (token) {
      case 'LINEBREAK':
        return
      case 'EOF':
        throw noEof()
      case 'COMMENT':
        this.#readExemplar()
        return
      case 'TIMESTAMP': {
        this.entry.timestampMs = this.#readSeconds('timestamp')
        const next = this.#lexer.next()
        if (next === 'COMMENT') this.#readExemplar()
        else if (next !== 'LINEBREAK') {
          throw this.#unexpected('expected next entry after timestamp', next)
        }
        return
      }
      default:
        throw this.#missingTimestamp()
    }
  }

  /** Prometheus takes the sample for complete here and finds fault with what follows as an entry. */
  #missingTimestamp(): ScrapeParseError {
    this.entry.start = this.#lexer.at
    const token = this.#lexer.next()
    const error =
      token === 'EOF' ? noEof() : this.#unexpected('expected a valid start token', token)
    error.samples = 1
    return error
  }

  /** Reads from behind ` # {` to the end of the line. Exemplars are checked and not kept. */
  #readExemplar(): void {
    this.#readLabels(true)
    this.#readFloat(this.#lexer.next(), 'exemplar labels')
    const token = this.#lexer.next()
    if (token === 'LINEBREAK') return
    if (token === 'EOF') throw noEof()
    if (token !== 'TIMESTAMP') throw this.#unexpected('expected timestamp or comment', token)
    this.#readSeconds('exemplar timestamp')
    this.#expect('LINEBREAK', 'expected next entry after exemplar timestamp')
  }

  /** Reads from behind the opening brace to behind the closing one. */
  #readLabels(isExemplar: boolean): void {
    const lexer = this.#lexer
    let token = lexer.next()
    while (token !== 'BCLOSE') {
      if (token !== 'LNAME' && token !== 'QSTRING') {
        throw this.#unexpected('expected label name', token)
      }
      const quotes = token === 'QSTRING' ? 1 : 0
      const start = lexer.start + quotes
      const end = lexer.at - quotes
      token = lexer.next()
      if (quotes === 1 && (token === 'COMMA' || token === 'BCLOSE')) {
        this.#nameInBraces(start, end, isExemplar, token)
        if (token === 'COMMA') token = lexer.next()
        continue
      }
      if (token !== 'EQUAL') throw this.#unexpected('expected equal', token)
      this.#expect('LVALUE', 'expected label value')
      if (!isUtf8(lexer.bytes.subarray(lexer.start, lexer.at))) {
        const value = quoteBytes(this.#latin1(lexer.start, lexer.at))
        throw new ScrapeParseError(`invalid UTF-8 label value: ${value}`)
      }
      if (!isExemplar) this.entry.marks.push(start, end, lexer.start + 1, lexer.at - 1)
      token = lexer.next()
      if (token === 'COMMA') token = lexer.next()
      else if (!this.#isText && token !== 'BCLOSE') {
        throw this.#unexpected('expected comma or brace close', token)
      }
    }
  }

  /** A quoted string without a value is the name of the metric. */
  #nameInBraces(start: number, end: number, isExemplar: boolean, token: Token): void {
    const { marks } = this.entry
    if (isExemplar) throw this.#unexpected('expected label name', token)
    if (marks[0] !== -1) throw this.#whileParsing('metric name already set')
    marks[0] = start
    marks[1] = end
  }

  #readFloat(token: Token, after: string): number {
    if (token !== 'VALUE') throw this.#unexpected(`expected value after ${after}`, token)
    return this.#parseFloat()
  }

  /** OpenMetrics timestamps are seconds with a fraction; Prometheus cuts them to milliseconds. */
  #readSeconds(what: string): number {
    const seconds = this.#parseFloat()
    const timestampMs = Math.trunc(seconds * 1000)
    // What does not fit 64 bits becomes the least there is, as Go converts it on amd64.
    if (Number.isFinite(seconds)) {
      return Math.abs(timestampMs) < 2 ** 63 ? timestampMs : -(2 ** 63)
    }
    throw new ScrapeParseError(`invalid ${what} ${formatValue(seconds)}`)
  }

  /** The number in the token just read. */
  #parseFloat(): number {
    const { start, at } = this.#lexer
    const text = this.#latin1(this.#isText ? start : start + 1, at)
    if (/[pP_]/.test(text)) throw this.#whileParsing('unsupported character in float')
    const value = parseValue(text)
    if (value !== undefined) return value
    const reason = decimal.test(text) ? 'value out of range' : 'invalid syntax'
    throw this.#whileParsing(`strconv.ParseFloat: parsing ${quoteBytes(text)}: ${reason}`)
  }

  #mark(quotes: number): void {
    this.entry.marks.push(this.#lexer.start + quotes, this.#lexer.at - quotes)
  }

  #expect(token: Token, message: string): void {
    const got = this.#lexer.next()
    if (got !== token) throw this.#unexpected(message, got)
  }

  #unexpected(expected: string, token: Token): ScrapeParseError {
    const { start, at, length } = this.#lexer
    const end = Math.min(length, at + 1)
    const got = `got ${quoteBytes(this.#latin1(start, end))} ("${token}")`
    const line = quoteBytes(this.#latin1(this.entry.start, end))
    return new ScrapeParseError(`${expected}, ${got} while parsing: ${line}`)
  }

  #whileParsing(reason: string): ScrapeParseError {
    const line = quoteBytes(this.#latin1(this.entry.start, this.#lexer.at))
    return new ScrapeParseError(`${reason} while parsing: ${line}`)
  }

  #latin1(start: number, end: number): string {
    const { buffer, byteOffset } = this.#lexer.bytes
    return Buffer.from(buffer, byteOffset + start, end - start).toString('latin1')
  }
}

function noEof(): ScrapeParseError {
  return new ScrapeParseError('data does not end with # EOF')
}
