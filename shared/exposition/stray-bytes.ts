/**
 * Text that may hold bytes which are not UTF-8, without losing them: each becomes the half of a surrogate
 * pair from U+DC80 to U+DCFF, which valid text never has alone, so isWellFormed() tells.
 */
import { longestQuote, quoteBytes, sequenceLength } from './go-quote.ts'

/** Bytes, held as latin1 characters, to text. */
export function withStrayBytes(latin1: string): string {
  // UTF-16 has no more units than UTF-8 has bytes.
  const units = Buffer.allocUnsafe(latin1.length * 2)
  let end = 0
  for (let at = 0; at < latin1.length; ) {
    const size = sequenceLength(latin1, at)
    if (size === 0) {
      end = units.writeUInt16LE(firstStray + latin1.charCodeAt(at), end)
      at++
    } else {
      const point = Buffer.from(latin1.slice(at, at + size), 'latin1').toString()
      end += units.write(point, end, 'utf16le')
      at += size
    }
  }
  return units.toString('utf16le', 0, end)
}

/** Quoted as Go's %q quotes the bytes that the text came from; of a very long one the start. */
export function quoteStray(text: string): string {
  let latin1 = ''
  for (const point of text.slice(0, longestQuote)) {
    const stray = point.charCodeAt(0) - firstStray
    const isStray = point.length === 1 && stray >= 0x80 && stray <= 0xff
    latin1 += isStray ? String.fromCharCode(stray) : Buffer.from(point).toString('latin1')
  }
  return text.length > longestQuote ? `${quoteBytes(latin1)}...` : quoteBytes(latin1)
}

const firstStray = 0xdc00
