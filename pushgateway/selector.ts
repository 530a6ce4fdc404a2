/**
 * Selectors of groups, as PromQL writes them: `{job="import",instance=~"web.*"}`, with a metric name
 * before the braces, or the matchers alone. The pull server's parser stays there: it is that of whole
 * queries, and what the two share is shared/string-literal.ts.
 */

import { quote } from '../shared/quote.ts'
import { LiteralError, readString } from '../shared/string-literal.ts'
import { Refused } from './refused.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

export type SelectorMatcher = {
  /** `__name__` is that of a metric. */
  readonly name: string
  readonly operator: MatchOperator
  readonly value: string
  /** Where the matcher begins in the text. */
  readonly at: number
}

/** Throws a Refused with the column. */
export function parseSelector(text: string): SelectorMatcher[] {
  return new SelectorReader(text).read()
}

/** Why a selector cannot be used; `at` is an offset, the column counts characters from 1. */
export function refuseSelector(text: string, at: number, reason: string): Refused {
  const column = Array.from(text.slice(0, at)).length + 1
  return new Refused(400, `match[] ${quote(text)}: column ${column}: ${reason}`)
}

const blanks = /[ \t\n\r]*/y
const metricName = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const labelName = /[a-zA-Z_][a-zA-Z0-9_]*/y
const operator = /=~|!~|!=|=/y

class SelectorReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): SelectorMatcher[] {
    this.#take(blanks)
    const matchers: SelectorMatcher[] = []
    const at = this.#at
    const name = this.#take(metricName)
    this.#take(blanks)
    if (name !== '' && this.#isOperator()) {
      this.#at = at
      this.#readMatchers(matchers, '')
      return matchers
    }
    if (name !== '') matchers.push({ name: '__name__', operator: '=', value: name, at })
    if (this.#character() === '{') {
      this.#at += 1
      this.#readMatchers(matchers, '}')
      this.#at += 1
      this.#take(blanks)
    } else if (name === '') {
      throw this.#expected('"{", as in {job="import"}')
    }
    if (this.#character() !== '') throw this.#expected('the end')
    return matchers
  }

  /** Up to `closing`, which is '' for the end of the text; a last comma is allowed, as in PromQL. */
  #readMatchers(matchers: SelectorMatcher[], closing: '}' | ''): void {
    for (;;) {
      this.#take(blanks)
      if (this.#character() === closing) return
      matchers.push(this.#readMatcher())
      this.#take(blanks)
      if (this.#character() === closing) return
      if (this.#character() !== ',')
        throw this.#expected(`"," or ${closing === '' ? 'the end' : '"}"'}`)
      this.#at += 1
    }
  }

  #readMatcher(): SelectorMatcher {
    const at = this.#at
    const isQuoted = this.#isQuote()
    const name = isQuoted ? this.#readLiteral() : this.#take(labelName)
    if (name === '') throw this.#expected('a label name')
    this.#take(blanks)
    // {"x"} is the metric x, as Prometheus writes names that need quotes.
    if (isQuoted && !this.#isOperator()) return { name: '__name__', operator: '=', value: name, at }
    const sign = this.#take(operator)
    if (sign === '') throw this.#expected('=, !=, =~ or !~')
    this.#take(blanks)
    if (!this.#isQuote()) throw this.#expected('a value in quotes')
    return { name, operator: sign as MatchOperator, value: this.#readLiteral(), at }
  }

  #readLiteral(): string {
    try {
      const { value, end } = readString(this.#text, this.#at)
      this.#at = end
      return value
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error
      throw refuseSelector(this.#text, this.#at, error.message)
    }
  }

  #isQuote(): boolean {
    return /^["'`]/.test(this.#character())
  }

  #isOperator(): boolean {
    operator.lastIndex = this.#at
    return operator.test(this.#text)
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const taken = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += taken.length
    return taken
  }

  /** '' at the end. */
  #character(): string {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #expected(what: string): Refused {
    const found = this.#character()
    const instead = found === '' ? 'the end' : quote(found)
    return refuseSelector(this.#text, this.#at, `expected ${what}, found ${instead}`)
  }
}
