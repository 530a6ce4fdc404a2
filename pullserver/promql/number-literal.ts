/** Number literals: decimal, 0x hexadecimal, 0-prefixed octal, underscores, Inf and NaN. */
import { quote } from '../../shared/quote.ts'

/** Throws SyntaxError with Go's text. */
export function parseNumberLiteral(text: string): number {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const digits = text.replaceAll('_', '')
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8)
  const value = Number(digits)
  if (Number.isFinite(value)) return value
  const reason = Number.isNaN(value) ? 'invalid syntax' : 'value out of range'
  throw new SyntaxError(
    `error parsing number: strconv.ParseFloat: parsing ${quote(text)}: ${reason}`,
  )
}
