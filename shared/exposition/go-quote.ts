/** Bytes in error texts, quoted as Go's %q quotes them: they may not be UTF-8. */
import { quote, quoteCharacter } from '../quote.ts'

/**
 * A string of bytes (one character each, as latin1) in double quotes: valid UTF-8 that can be
 * printed stays, the rest becomes \n, \x00, \u00a0, and a stray byte \xff. Of a very long one the
 * start, as a body can be one token.
 */
export function quoteBytes(all: string): string {
  const bytes = all.slice(0, longestQuote)
  let quoted = '"'
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceLength(bytes, at)
    if (size === 0) {
      quoted += `\\x${bytes.charCodeAt(at).toString(16).padStart(2, '0')}`
      at += 1
    } else {
      quoted += quoteCharacter(decodeLatin1(bytes.slice(at, at + size)), '"')
      at += size
    }
  }
  return all.length > longestQuote ? `${quoted}"...` : `${quoted}"`
}

/** Text that is UTF-8, quoted likewise. */
export function quoteText(text: string): string {
  return text.length > longestQuote ? `${quote(text.slice(0, longestQuote))}...` : quote(text)
}

export const longestQuote = 1000

/** One byte in single quotes. Go takes it for a code point, so 0xc3 shows as 'Ã'. */
export function quoteByte(byte: number): string {
  return `'${quoteCharacter(String.fromCharCode(byte), "'")}'`
}

/** UTF-8 bytes held as latin1 characters to text; what is not UTF-8 becomes U+FFFD. */
export function decodeLatin1(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** Whether the latin1 characters are the bytes of valid UTF-8. */
export function isUtf8Latin1(bytes: string): boolean {
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceLength(bytes, at)
    if (size === 0) return false
    at += size
  }
  return true
}

/** Length of the UTF-8 sequence that starts here; 0 when the byte starts none. */
export function sequenceLength(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at)
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  const second = bytes.charCodeAt(at + 1)
  // Overlong forms, surrogates and what lies beyond U+10FFFF are cut off at the second byte.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (!(second >= low && second <= high)) return 0
  const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  for (let i = 2; i < size; i++) {
    const next = bytes.charCodeAt(at + i)
    if (!(next >= 0x80 && next <= 0xbf)) return 0
  }
  return size
}
