/** String literals of a query: their errors get their place in it. */

import { quoteCharacter } from '../../shared/quote.ts'
import { LiteralError, readString as readLiteral } from '../../shared/string-literal.ts'
import { parseError } from './errors.ts'

/**
 * The value of a quoted literal ("..", '..' or `..`) that starts at `start`, and the offset behind it.
 * Throws parse errors in Prometheus' words.
 */
export function readString(text: string, start: number): { value: string; end: number } {
  try {
    return readLiteral(text, start)
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error
    throw parseError(text, { start, end: text.length }, error.message)
  }
}

/** Go's %q of a character: 'x'. */
export function quoteRune(char: string): string {
  return `'${quoteCharacter(char, "'")}'`
}
