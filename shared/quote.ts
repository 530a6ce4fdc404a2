/** Text in quotes as Go's strconv.Quote and %q write it, so that users find the messages they search for. */

/** In double quotes: what prints stays, the rest becomes \n, \x00, \u00a0. */
export function quote(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += quoteCharacter(character, '"')
  return `${quoted}"`
}

/** What one character becomes between these quotes. */
export function quoteCharacter(character: string, delimiter: '"' | "'"): string {
  if (character === delimiter) return `\\${delimiter}`
  const sequence = escapes[character]
  if (sequence !== undefined) return sequence
  if (printable.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
}

/** What Go's unicode.IsPrint lets through. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
