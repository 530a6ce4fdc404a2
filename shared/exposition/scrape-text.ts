/**
 * Tokens of the text format as Prometheus' scrape splits it: blanks and tabs between tokens, `#` lines
 * other than HELP and TYPE are comments. Two of its accidents are not copied: a NUL where a line
 * starts is an error here (there it ends the page without a word), and blanks before a sample are
 * skipped (there they become part of the name).
 */

import {
  BLANK,
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  EQUALS,
  HASH,
  type Lexer,
  type LexerState,
  LF,
  lexLiteral,
  lexName,
  lexPunctuation,
  lexQuoted,
  lexWord,
  QUOTE,
  TAB,
  type Token,
} from './scrape-lexer.ts'

export class TextLexer implements Lexer {
  readonly format = 'text'
  bytes: Uint8Array = new Uint8Array()
  length = 0
  start = 0
  at = 0
  state: LexerState = 'start'

  next(): Token {
    for (;;) {
      if (this.at >= this.length) return 'EOF'
      this.start = this.at
      const token = this.#token(this.bytes[this.at] ?? 0)
      if (token !== 'WHITESPACE') return token
    }
  }

  #token(byte: number): Token {
    if (isBlank(byte) && this.state !== 'metadata-text') {
      this.#skipBlanks()
      return 'WHITESPACE'
    }
    switch (this.state) {
      case 'start':
        return this.#atStart(byte)
      case 'metadata-name':
        return this.#thenState('metadata-text', this.#name(byte))
      case 'metadata-text':
        return this.#restOfLine()
      case 'labels':
        return this.#inLabels(byte)
      case 'label-value':
        if (byte !== QUOTE) return 'INVALID'
        return this.#thenState('labels', lexQuoted(this, 'LVALUE', []))
      case 'value':
        if (byte === BRACE_OPEN) return lexPunctuation(this, 'BOPEN', 'labels')
        return this.#thenState('timestamp', lexWord(this, 'VALUE', [TAB, BRACE_OPEN]))
      default:
        return this.#afterValue(byte)
    }
  }

  #atStart(byte: number): Token {
    if (byte === LF) return lexPunctuation(this, 'LINEBREAK', 'start')
    if (byte === HASH) return this.#comment()
    if (byte === BRACE_OPEN) return lexPunctuation(this, 'BOPEN', 'labels')
    return this.#thenState('value', lexName(this, 'MNAME'))
  }

  #comment(): Token {
    this.at++
    const blanksFrom = this.at
    this.#skipBlanks()
    if (this.at > blanksFrom) {
      const from = this.at
      for (const keyword of ['HELP', 'TYPE'] as const) {
        this.at = from
        if (lexLiteral(this, keyword) && isBlank(this.bytes[this.at] ?? 0)) {
          this.#skipBlanks()
          return this.#thenState('metadata-name', keyword)
        }
      }
    }
    this.at = this.#lineEnd()
    return 'COMMENT'
  }

  #name(byte: number): Token {
    return byte === QUOTE ? lexQuoted(this, 'MNAME', [0]) : lexName(this, 'MNAME')
  }

  /** The text is there even when it is empty: `# HELP m` has an empty help. */
  #restOfLine(): Token {
    const end = this.#lineEnd()
    if (isBlank(this.bytes[this.at] ?? 0)) {
      this.#skipBlanks()
      if (this.at === end) return 'WHITESPACE'
    }
    // A NUL is no text when it comes first.
    if (this.bytes[this.start] !== 0) this.at = end
    return this.#thenState('start', 'TEXT')
  }

  #inLabels(byte: number): Token {
    if (byte === BRACE_CLOSE) return lexPunctuation(this, 'BCLOSE', 'value')
    if (byte === EQUALS) return lexPunctuation(this, 'EQUAL', 'label-value')
    if (byte === COMMA) return lexPunctuation(this, 'COMMA', 'labels')
    return byte === QUOTE ? lexQuoted(this, 'QSTRING', [0]) : lexName(this, 'LNAME')
  }

  #afterValue(byte: number): Token {
    if (byte === LF) return lexPunctuation(this, 'LINEBREAK', 'start')
    const from = this.at
    while (this.at < this.length && isDigit(this.bytes[this.at] ?? 0)) this.at++
    return this.at === from ? 'INVALID' : 'TIMESTAMP'
  }

  #thenState(state: LexerState, token: Token): Token {
    if (token !== 'INVALID') this.state = state
    return token
  }

  #skipBlanks(): void {
    while (this.at < this.length && isBlank(this.bytes[this.at] ?? 0)) this.at++
  }

  #lineEnd(): number {
    const end = this.bytes.indexOf(LF, this.at)
    return end === -1 || end > this.length ? this.length : end
  }
}

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === TAB
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
