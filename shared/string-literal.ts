/** String literals as PromQL and Go write them: the reader of selectors in every program. */

/** What is wrong with a literal, in Prometheus' words; the place is up to the caller. */
export class LiteralError extends Error {
  override readonly name = 'LiteralError'
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/**
 * The value of a quoted literal ("..", '..' or `..`) that starts at `start`, and the offset behind it.
 * Throws a LiteralError.
 */
export function readString(text: string, start: number): { value: string; end: number } {
  const quote = text.charAt(start)
  if (quote === '`') {
    const close = text.indexOf('`', start + 1)
    if (close < 0) throw new LiteralError('unterminated raw string')
    return { value: text.slice(start + 1, close), end: close + 1 }
  }
  let value = ''
  let bytes: number[] = []
  let at = start + 1
  for (;;) {
    const char = text.charAt(at)
    if (char !== '\\') value += takeBytes(bytes)
    if (char === quote) return { value, end: at + 1 }
    if (char === '' || char === '\n') {
      throw new LiteralError('unterminated quoted string')
    }
    if (char !== '\\') {
      value += char
      at += 1
      continue
    }
    const found = readEscape(text, at + 1, quote)
    // Octal and hex escapes are bytes; several of them make up one UTF-8 character.
    if (found.byte === undefined) {
      value += takeBytes(bytes) + found.value
      bytes = []
    } else {
      bytes.push(found.byte)
    }
    at = found.end
  }
}

function takeBytes(bytes: number[]): string {
  if (bytes.length === 0) return ''
  return Buffer.from(bytes.splice(0)).toString('utf8')
}

type Escape = { value: string; byte?: number; end: number }

function readEscape(text: string, at: number, quote: string): Escape {
  const char = text.charAt(at)
  const simple = char === quote ? quote : simpleEscapes[char]
  if (simple !== undefined) return { value: simple, end: at + 1 }
  if (char === '') throw new LiteralError('escape sequence not terminated')
  const form = escapeForm(char)
  if (form === undefined)
    throw new LiteralError(`unknown escape sequence ${describeRune(text, at)}`)
  const from = char >= '0' && char <= '7' ? at : at + 1
  let code = 0
  for (let i = 0; i < form.digits; i++) {
    const digit = Number.parseInt(text.charAt(from + i), form.base)
    if (from + i >= text.length) throw new LiteralError('escape sequence not terminated')
    if (Number.isNaN(digit)) {
      throw new LiteralError(`illegal character ${describeRune(text, from + i)} in escape sequence`)
    }
    code = code * form.base + digit
  }
  const end = from + form.digits
  if (code > form.max || (code >= 0xd800 && code < 0xe000)) {
    throw new LiteralError('escape sequence is an invalid Unicode code point')
  }
  if (form.max === 255) return { value: '', byte: code, end }
  return { value: String.fromCodePoint(code), end }
}

function escapeForm(char: string): { digits: number; base: number; max: number } | undefined {
  if (char >= '0' && char <= '7') return { digits: 3, base: 8, max: 255 }
  if (char === 'x') return { digits: 2, base: 16, max: 255 }
  if (char === 'u') return { digits: 4, base: 16, max: 0x10ffff }
  if (char === 'U') return { digits: 8, base: 16, max: 0x10ffff }
  return undefined
}

/** Go's %#U: U+0022 '"'. */
function describeRune(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0xfffd
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  return `U+${hex} '${String.fromCodePoint(code)}'`
}
