/**
 * Tokens of OpenMetrics 1.0 as Prometheus' scrape splits it: one blank where the format has one and
 * none elsewhere, tabs never, no comments but HELP, TYPE, UNIT and the EOF that ends the page.
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
  type Token,
} from './scrape-lexer.ts'

const keywords: readonly (readonly [text: string, token: Token])[] = [
  ['HELP ', 'HELP'],
  ['TYPE ', 'TYPE'],
  ['UNIT ', 'UNIT'],
  ['EOF', 'EOFWORD'],
]

export class OpenMetricsLexer implements Lexer {
  readonly format = 'openmetrics'
  bytes: Uint8Array = new Uint8Array()
  length = 0
  start = 0
  at = 0
  state: LexerState = 'start'

  next(): Token {
    if (this.at >= this.length) return 'EOF'
    this.start = this.at
    const byte = this.bytes[this.at] ?? 0
    switch (this.state) {
      case 'start':
        if (byte === HASH) return this.#keyword()
        if (byte === BRACE_OPEN) return lexPunctuation(this, 'BOPEN', 'labels')
        return this.#thenState('value', lexName(this, 'MNAME'))
      case 'metadata-name':
        return this.#thenState(
          'metadata-text',
          byte === QUOTE ? lexQuoted(this, 'MNAME', [0]) : lexName(this, 'MNAME'),
        )
      case 'metadata-text':
        return this.#restOfLine(byte)
      case 'labels':
        return this.#inLabels(byte, 'labels', 'value')
      case 'label-value':
        return this.#labelValue(byte, 'labels', [LF])
      case 'value':
        if (byte === BRACE_OPEN) return lexPunctuation(this, 'BOPEN', 'labels')
        return this.#blankThenWord(byte, 'VALUE', 'timestamp')
      case 'timestamp':
        return this.#afterValue(byte)
      case 'exemplar':
        return this.#inLabels(byte, 'exemplar', 'exemplar-value')
      case 'exemplar-value':
        if (byte === QUOTE) return this.#labelValue(byte, 'exemplar', [LF, 0])
        return this.#blankThenWord(byte, 'VALUE', 'exemplar-timestamp')
      default:
        if (byte === LF) return lexPunctuation(this, 'LINEBREAK', 'start')
        return this.#blankThenWord(byte, 'TIMESTAMP', 'exemplar-timestamp')
    }
  }

  #keyword(): Token {
    if (!lexLiteral(this, '# ')) return 'INVALID'
    const first = this.bytes[this.at]
    for (const [text, token] of keywords) {
      if (first !== text.charCodeAt(0) || this.at >= this.length) continue
      if (!lexLiteral(this, text)) return 'INVALID'
      if (token === 'EOFWORD' && this.at < this.length && this.bytes[this.at] === LF) this.at++
      return this.#thenState(token === 'EOFWORD' ? 'start' : 'metadata-name', token)
    }
    return 'INVALID'
  }

  /** A blank, the text and the line feed, all part of the token. */
  #restOfLine(byte: number): Token {
    if (byte !== BLANK) return 'INVALID'
    const end = this.bytes.indexOf(LF, this.at)
    this.at = end === -1 || end >= this.length ? this.length : end + 1
    return end === -1 || end >= this.length ? 'INVALID' : this.#thenState('start', 'TEXT')
  }

  #inLabels(byte: number, here: 'labels' | 'exemplar', behind: LexerState): Token {
    if (byte === BRACE_CLOSE) return lexPunctuation(this, 'BCLOSE', behind)
    if (byte === EQUALS) {
      return lexPunctuation(this, 'EQUAL', here === 'labels' ? 'label-value' : 'exemplar-value')
    }
    if (byte === COMMA) return lexPunctuation(this, 'COMMA', here)
    if (byte === QUOTE) return lexQuoted(this, 'QSTRING', here === 'labels' ? [0] : [0, LF])
    return lexName(this, 'LNAME')
  }

  #labelValue(byte: number, behind: LexerState, refused: readonly number[]): Token {
    if (byte !== QUOTE) return 'INVALID'
    return this.#thenState(behind, lexQuoted(this, 'LVALUE', refused))
  }

  #afterValue(byte: number): Token {
    if (byte === LF) return lexPunctuation(this, 'LINEBREAK', 'start')
    const from = this.at
    if (lexLiteral(this, ' # ')) {
      // Prometheus' lexer does not go back to take ` #` for a timestamp here.
      return this.bytes[this.at] === BRACE_OPEN && this.at < this.length
        ? lexPunctuation(this, 'COMMENT', 'exemplar')
        : 'INVALID'
    }
    this.at = from
    return this.#blankThenWord(byte, 'TIMESTAMP', 'timestamp')
  }

  #blankThenWord(byte: number, token: Token, behind: LexerState): Token {
    if (byte !== BLANK) return 'INVALID'
    this.at++
    return this.#thenState(behind, lexWord(this, token, []))
  }

  #thenState(state: LexerState, token: Token): Token {
    if (token !== 'INVALID') this.state = state
    return token
  }
}
