/** Splits a query into tokens; what no token can be is an error in Prometheus' words. */

import { quote } from '../../shared/quote.ts'
import { parseError } from './errors.ts'
import { quoteRune, readString } from './string-literal.ts'

/**
 * `type` is the sign itself for signs, the lower-case word for keywords and aggregators, and
 * otherwise one of the kinds below, `eof` at the end.
 */
export type Token = {
  readonly type: string
  readonly text: string
  readonly start: number
  readonly end: number
}

export const aggregators: ReadonlySet<string> = new Set(
  'sum avg count min max group stddev stdvar topk bottomk count_values quantile limitk limit_ratio'.split(
    ' ',
  ),
)

const wordOperators: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2'])
const keywords: ReadonlySet<string> = new Set(
  'offset by without on ignoring group_left group_right bool'.split(' '),
)
const preprocessors: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range'])

/** Kinds whose text is free: everything else is described by its sign or word. */
const kindNames: Readonly<Record<string, string>> = {
  identifier: 'identifier',
  metric: 'metric identifier',
  string: 'string',
  number: 'number',
  duration: 'duration',
}

/** How an error message calls a token. */
export function describeToken(token: Token): string {
  if (token.type === 'eof') return 'end of input'
  const kind = kindNames[token.type]
  if (token.type === 'identifier' || token.type === 'metric') return `${kind} ${quote(token.text)}`
  if (kind !== undefined) return `${kind} ${shorten(token.text)}`
  if (aggregators.has(token.type)) return `<aggr:${token.text}>`
  if (keywords.has(token.type)) return `<${token.text}>`
  if (wordOperators.has(token.type) || operatorSigns.has(token.type)) return `<op:${token.text}>`
  return shorten(token.text)
}

const operatorSigns: ReadonlySet<string> = new Set('+ - * / % ^ == != <= >= < > =~ !~ @'.split(' '))

function shorten(text: string): string {
  return text.length > 10 ? `${quote(text.slice(0, 10))}...` : quote(text)
}

const space = /[ \t\n\r]*/y
const comment = /#[^\r\n]*/y
const word = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const plainWord = /[a-zA-Z_][a-zA-Z0-9_]*/y
const number =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:[0-9]+(?:_[0-9]+)*)?\.?(?:[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?)(?![a-zA-Z0-9_.])/y
const duration = /[0-9.]+(?:ms|[smhdwy])(?:[0-9]+(?:ms|[smhdwy]))*(?![a-zA-Z0-9_.])/y

/** A cursor over one query. The regular expressions are sticky and set before each use. */
export class Lexer {
  readonly text: string
  #at = 0
  #parentheses = 0
  #inBraces = false
  #inBrackets = false
  #colonSeen = false

  constructor(text: string) {
    this.text = text
  }

  /** The next token; `eof` again and again at the end. Throws QueryError. */
  next(): Token {
    this.#skip(space)
    while (!this.#inBraces && this.text.charAt(this.#at) === '#') {
      this.#skip(comment)
      this.#skip(space)
    }
    const start = this.#at
    const char = this.text.charAt(start)
    if (char === '') return this.#atEnd(start)
    if (char === '"' || char === "'" || char === '`') {
      this.#at = readString(this.text, start).end
      return this.#token('string', start)
    }
    return this.#inBraces ? this.#nextInBraces(char, start) : this.#nextOutside(char, start)
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.text)
    if (match === null || match[0] === '') return false
    this.#at += match[0].length
    return true
  }

  #token(type: string, start: number): Token {
    return { type, text: this.text.slice(start, this.#at), start, end: this.#at }
  }

  #fail(start: number, reason: string): never {
    throw parseError(this.text, { start, end: this.text.length }, reason)
  }

  #atEnd(start: number): Token {
    if (this.#inBraces) this.#fail(start, 'unexpected end of input inside braces')
    if (this.#parentheses > 0) this.#fail(start, 'unclosed left parenthesis')
    if (this.#inBrackets) this.#fail(start, 'unclosed left bracket')
    return this.#token('eof', start)
  }

  #nextInBraces(char: string, start: number): Token {
    if (this.#skip(plainWord)) return this.#token('identifier', start)
    if (char === '{') this.#fail(start, `unexpected left brace ${quoteRune(char)}`)
    const sign = /^(=~|=|!~|!=|,|\})/.exec(this.text.slice(start, start + 2))?.[0]
    if (sign === undefined) {
      const at = char === '!' ? start + 1 : start
      const where = char === '!' ? "character after '!' inside braces" : 'character inside braces'
      this.#fail(start, `unexpected ${where}: ${this.#runeAt(at)}`)
    }
    this.#at += sign.length
    if (sign === '}') this.#inBraces = false
    return this.#token(sign, start)
  }

  #nextOutside(char: string, start: number): Token {
    if (/[0-9]/.test(char) || /^\.[0-9]/.test(this.text.slice(start, start + 2))) {
      return this.#numberOrDuration(start)
    }
    // Inside brackets a colon parts range and step; outside it belongs to a name.
    if (char !== ':' || !this.#inBrackets) {
      if (this.#skip(this.#inBrackets ? plainWord : word)) return this.#wordToken(start)
    }
    const sign = /^(==|!=|<=|>=|[-+*/%^<>=(){}[\],:@])/.exec(this.text.slice(start, start + 2))?.[0]
    if (sign === undefined) this.#failSign(char, start)
    if (sign === '=' && this.text.charAt(start + 1) === '~') this.#failSign(char, start)
    this.#at += sign.length
    this.#track(sign, start)
    return this.#token(sign, start)
  }

  #failSign(char: string, start: number): never {
    if (char === '!' || char === '=') {
      this.#fail(start, `unexpected character after '${char}': ${this.#runeAt(start + 1)}`)
    }
    this.#fail(start, `unexpected character: ${this.#runeAt(start)}`)
  }

  #runeAt(at: number): string {
    const code = this.text.codePointAt(at)
    return code === undefined ? "'�'" : quoteRune(String.fromCodePoint(code))
  }

  /** Keeps count of what is open. The order of the checks decides the columns of the errors. */
  #track(sign: string, start: number): void {
    if (sign === '(') this.#parentheses += 1
    if (sign === ')') {
      this.#parentheses -= 1
      // Prometheus has passed the sign already when it notices, hence the column behind it.
      if (this.#parentheses < 0) this.#fail(this.#at, "unexpected right parenthesis ')'")
    }
    if (sign === '{') this.#inBraces = true
    if (sign === '[') {
      if (this.#inBrackets) this.#fail(start, "unexpected left bracket '['")
      this.#inBrackets = true
      this.#colonSeen = false
    }
    if (sign === ']') {
      if (!this.#inBrackets) this.#fail(start, "unexpected right bracket ']'")
      this.#inBrackets = false
    }
    if (sign === ':') {
      if (this.#colonSeen) this.#fail(start, "unexpected colon ':'")
      this.#colonSeen = true
    }
  }

  #numberOrDuration(start: number): Token {
    if (this.#skip(number)) return this.#token('number', start)
    if (this.#skip(duration)) return this.#token('duration', start)
    const bad = /^[0-9.]*[a-zA-Z_]?/.exec(this.text.slice(start))?.[0] ?? ''
    this.#fail(start, `bad number or duration syntax: ${quote(bad)}`)
  }

  #wordToken(start: number): Token {
    const found = this.#token('identifier', start)
    const lower = found.text.toLowerCase()
    if (lower === 'inf' || lower === 'nan') return { ...found, type: 'number' }
    if (isKeyword(lower)) return { ...found, type: lower }
    return found.text.includes(':') ? { ...found, type: 'metric' } : found
  }
}

function isKeyword(lower: string): boolean {
  return (
    aggregators.has(lower) ||
    keywords.has(lower) ||
    wordOperators.has(lower) ||
    preprocessors.has(lower)
  )
}

/** Words that the language uses, but that may also name a metric where a metric can stand. */
export function canNameMetric(type: string): boolean {
  if (type === 'identifier' || type === 'metric') return true
  if (type === 'bool' || type === 'on' || type === 'ignoring' || type === 'atan2') return false
  return isKeyword(type) && type !== 'group_left' && type !== 'group_right'
}

/** Words that may name a label in a grouping. */
export function canNameLabel(type: string): boolean {
  return type === 'identifier' || type === 'metric' || isKeyword(type)
}
