/** Escapes in the text of pages, replaced without ever holding a piece of text for each of them. */

/**
 * A backslash with a backslash, quotation mark or n behind it becomes what it stands for, before
 * anything else it stays. HELP of the text format has no escaped quotation marks (`withQuotes` false).
 */
export function unescaped(text: string, withQuotes = true): string {
  if (!text.includes('\\')) return text
  if (text.length > pieceLength) return inPieces(text, withQuotes)
  return text.replace(withQuotes ? anySequence : helpSequence, meaning)
}

const anySequence = /\\([\\n"])/g
const helpSequence = /\\([\\n])/g

function meaning(_: string, char: string): string {
  return char === 'n' ? '\n' : char
}

/**
 * A text may be as long as its page and all escapes; a callback for each of them took eight times as
 * long as going through the characters. In pieces, as those of latin1 remain a byte a character.
 */
function inPieces(text: string, withQuotes: boolean): string {
  const pieces: string[] = []
  const units = new Uint16Array(pieceLength)
  for (let at = 0; at < text.length; ) {
    let end = 0
    for (; end < pieceLength && at < text.length; at++) {
      let unit = text.charCodeAt(at)
      const next = unit === BACKSLASH ? text.charCodeAt(at + 1) : -1
      if (next === BACKSLASH || next === SMALL_N || (next === QUOTE && withQuotes)) {
        unit = next === SMALL_N ? LF : next
        at++
      }
      units[end++] = unit
    }
    pieces.push(String.fromCharCode(...units.subarray(0, end)))
  }
  return pieces.join('')
}

const pieceLength = 4096
const LF = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const SMALL_N = 0x6e
