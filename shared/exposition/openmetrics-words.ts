/** Words of an OpenMetrics line: finding them around quoted text, unquoting them, and the numbers among them. */
import { unescaped } from './escapes.ts'

/** A rule that the line breaks; the reader of the page knows which line that is. */
export class Refused extends Error {
  /** Counted from 1, where the fault is with a line read before. */
  readonly line: number | undefined

  constructor(reason: string, line?: number) {
    super(reason)
    this.line = line
  }
}

/**
 * Index of the first of these characters that is not inside quotes, -1 when there is none. `from`
 * must be outside quotes itself.
 */
export function indexUnquoted(text: string, chars: string, from = 0): number {
  for (let at = from; at < text.length; at++) {
    const char = text[at] as string
    if (chars.includes(char)) return at
    if (char === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++
    else if (char === '"') {
      at = closingQuote(text, at + 1)
      if (at === -1) return -1
    }
  }
  return -1
}

/** Index of the next quotation mark without an odd number of backslashes before it, or -1. */
export function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') return at
    if (text[at] === '\\') at++
  }
  return -1
}

/** A name or value without its quotation marks, escapes replaced; blanks around it do not count. */
export function unquote(word: string): { text: string; isQuoted: boolean } {
  const trimmed = word.trim()
  if (!trimmed.startsWith('"')) return { text: trimmed, isQuoted: false }
  if (trimmed.length === 1 || !trimmed.endsWith('"')) {
    throw new Refused(`no quotation mark at the end of ${shown(trimmed)}`)
  }
  return { text: unescaped(trimmed.slice(1, -1)), isQuoted: true }
}

/** For error texts: quoted, and cut where it gets long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}

/** An integer beyond 2^53 stays exact. Exponents too large for a double give an infinity. */
export type Value = number | bigint

/** A sample's value. `what` is for the error. */
export function parseValue(word: string, what: string): Value {
  const value = parseNumber(word)
  if (value === undefined) throw new Refused(`expected a number as ${what}, got ${shown(word)}`)
  if (Number.isSafeInteger(value) || !/^[+-]?[0-9]+$/.test(word)) return value
  return word.length > mostDigits ? value : BigInt(word.replace('+', ''))
}

/** Undefined when the word is no number. */
export function parseNumber(word: string): number | undefined {
  if (decimal.test(word)) return Number(word)
  const [, sign, name = ''] = /^([+-]?)(inf|infinity|nan)$/i.exec(word) ?? []
  if (name === '') return undefined
  if (name.length === 3 && name[0]?.toLowerCase() === 'n') return Number.NaN
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

const decimal = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
/** Making a bigint of text takes time that grows with its square. */
const mostDigits = 4300

/**
 * Seconds since the epoch as nanoseconds, what is finer cut off. Those written with an exponent cannot
 * be compared with others in the order of one series: the reference reads them as another kind.
 */
export type Timestamp = { readonly ns: bigint; readonly isFloat: boolean }

export function parseTimestamp(word: string, what: string): Timestamp {
  const [, sign, whole, fraction = ''] = /^([+-]?)([0-9]+)(?:\.([0-9]*))?$/.exec(word) ?? []
  if (whole !== undefined && whole.length <= mostDigits) {
    const ns = BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'))
    return { ns: sign === '-' ? -ns : ns, isFloat: false }
  }
  const seconds = parseNumber(word)
  if (seconds === undefined || !Number.isFinite(seconds)) {
    throw new Refused(`expected seconds as ${what}, got ${shown(word)}`)
  }
  const milliseconds = Math.trunc(seconds * 1e3)
  const rest = Math.round(seconds * 1e9 - milliseconds * 1e6)
  if (!Number.isFinite(rest)) return { ns: BigInt(seconds) * 1_000_000_000n, isFloat: true }
  return { ns: BigInt(milliseconds) * 1_000_000n + BigInt(rest), isFloat: true }
}
