/** What the lexers of the two scraped formats have in common: token names, states, character classes. */

/** The names that Prometheus' error texts show. */
export type Token =
  | 'INVALID'
  | 'EOF'
  | 'LINEBREAK'
  | 'WHITESPACE'
  | 'HELP'
  | 'TYPE'
  | 'UNIT'
  | 'EOFWORD'
  | 'TEXT'
  | 'COMMENT'
  | 'MNAME'
  | 'QSTRING'
  | 'BOPEN'
  | 'BCLOSE'
  | 'LNAME'
  | 'LVALUE'
  | 'COMMA'
  | 'EQUAL'
  | 'TIMESTAMP'
  | 'VALUE'

/** Where a lexer stands in a line; it decides which tokens can come. */
export type LexerState =
  | 'start'
  | 'comment'
  | 'metadata-name'
  | 'metadata-text'
  | 'labels'
  | 'label-value'
  | 'value'
  | 'timestamp'
  | 'exemplar'
  | 'exemplar-value'
  | 'exemplar-timestamp'

/** Splits bytes [0, length) of a page; the token just read is bytes [start, at). */
export interface Lexer {
  readonly format: 'text' | 'openmetrics'
  bytes: Uint8Array
  length: number
  start: number
  at: number
  state: LexerState
  /** The next token; INVALID leaves `at` on the byte that does not fit. */
  next(): Token
}

export const TAB = 0x09
export const LF = 0x0a
export const BLANK = 0x20
export const QUOTE = 0x22
export const HASH = 0x23
export const COMMA = 0x2c
export const EQUALS = 0x3d
export const BACKSLASH = 0x5c
export const BRACE_OPEN = 0x7b
export const BRACE_CLOSE = 0x7d

/** Flags per byte: starts and continues a label name (1, 2), a metric name (4, 8). */
export const nameClass: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  if (/[a-zA-Z_]/.test(char)) return 15
  return char === ':' ? 12 : /[0-9]/.test(char) ? 10 : 0
})
const LABEL_START = 1
const LABEL_NEXT = 2
const METRIC_START = 4
const METRIC_NEXT = 8

/** Moves over a name; INVALID when none starts here. */
export function lexName(lexer: Lexer, token: 'MNAME' | 'LNAME'): Token {
  const { bytes, length } = lexer
  const first = token === 'MNAME' ? METRIC_START : LABEL_START
  const next = token === 'MNAME' ? METRIC_NEXT : LABEL_NEXT
  if (((nameClass[bytes[lexer.at] ?? 0] ?? 0) & first) === 0) return 'INVALID'
  do lexer.at++
  while (lexer.at < length && ((nameClass[bytes[lexer.at] ?? 0] ?? 0) & next) !== 0)
  return token
}

/**
 * Moves over a quoted string. `refused` are bytes that must not be in it (line feed, NUL); any byte
 * but a line feed can be escaped.
 */
export function lexQuoted(lexer: Lexer, token: Token, refused: readonly number[]): Token {
  const { bytes, length } = lexer
  for (lexer.at++; lexer.at < length; lexer.at++) {
    const byte = bytes[lexer.at] ?? 0
    if (byte === QUOTE) {
      lexer.at++
      return token
    }
    if (refused.includes(byte)) return 'INVALID'
    if (byte === BACKSLASH) {
      lexer.at++
      if (lexer.at >= length || bytes[lexer.at] === LF) return 'INVALID'
    }
  }
  return 'INVALID'
}

/** Moves over one byte or more up to a blank, a line feed, NUL or one of `stops`. */
export function lexWord(lexer: Lexer, token: Token, stops: readonly number[]): Token {
  const { bytes, length } = lexer
  const from = lexer.at
  for (; lexer.at < length; lexer.at++) {
    const byte = bytes[lexer.at] ?? 0
    if (byte === BLANK || byte === LF || byte === 0 || stops.includes(byte)) break
  }
  return lexer.at === from ? 'INVALID' : token
}

/** Moves over these ASCII characters as far as they are there; true when all were. */
export function lexLiteral(lexer: Lexer, literal: string): boolean {
  for (let i = 0; i < literal.length; i++, lexer.at++) {
    if (lexer.at >= lexer.length || lexer.bytes[lexer.at] !== literal.charCodeAt(i)) return false
  }
  return true
}

/** One of the tokens that are a single character, where the state has it. */
export function lexPunctuation(lexer: Lexer, token: Token, state: LexerState): Token {
  lexer.at++
  lexer.state = state
  return token
}
