/** The parser's view of the tokens: one token ahead, and the errors of what should have come. */
import { parseError, type QueryError, type Span } from './errors.ts'
import { describeToken, Lexer, type Token } from './lex.ts'

/** Nesting deeper than this is no query but an attack on the stack. */
const maxDepth = 500

export class Cursor {
  readonly text: string
  #depth = 0
  readonly #lexer: Lexer
  #next: Token
  #second: Token | undefined

  constructor(text: string) {
    this.text = text
    this.#lexer = new Lexer(text)
    this.#next = this.#lexer.next()
  }

  /** The token to come. */
  get next(): Token {
    return this.#next
  }

  is(type: string): boolean {
    return this.#next.type === type
  }

  /** The token after the next. */
  second(): Token {
    this.#second ??= this.#lexer.next()
    return this.#second
  }

  take(): Token {
    const taken = this.#next
    this.#next = this.#second ?? this.#lexer.next()
    this.#second = undefined
    return taken
  }

  /** Takes the token if it is of that type. */
  accept(type: string): Token | undefined {
    return this.is(type) ? this.take() : undefined
  }

  expect(type: string, context?: string, expected?: string): Token {
    if (!this.is(type)) throw this.unexpected(context, expected)
    return this.take()
  }

  /** "unexpected <token> in <context>, expected <expected>", at the token to come. */
  unexpected(context?: string, expected?: string): QueryError {
    const where = context === undefined ? '' : ` in ${context}`
    const wanted = expected === undefined ? '' : `, expected ${expected}`
    return this.fail(this.#next, `unexpected ${describeToken(this.#next)}${where}${wanted}`)
  }

  /** Parses something that may contain itself. */
  nested<T>(parse: () => T): T {
    this.#depth += 1
    if (this.#depth > maxDepth) throw this.fail(this.#next, 'expression is nested too deeply')
    const parsed = parse()
    this.#depth -= 1
    return parsed
  }

  fail(span: Span, reason: string): QueryError {
    return parseError(this.text, { start: span.start, end: span.end }, reason)
  }

  /** Runs a conversion of a token's text; its error becomes a parse error at the token. */
  convert<T>(span: Span, conversion: () => T): T {
    try {
      return conversion()
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) {
        throw this.fail(span, error.message)
      }
      throw error
    }
  }
}
