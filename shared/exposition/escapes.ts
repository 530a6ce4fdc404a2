/** Escapes in the text of pages, replaced without ever holding a piece of text for each of them. */

/**
 * A backslash with a backslash, quotation mark or n behind it becomes what it stands for, before
 * anything else it stays. HELP of the text format has no escaped quotation marks (`withQuotes` false).
 */
export function unescaped(text: string, withQuotes = true): string {
  if (!text.includes('\\')) return text
  const sequence = withQuotes ? anySequence : helpSequence
  if (text.length <= pieceLength) return text.replace(sequence, meaning)
  const pieces: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = pieceEnd(text, at)
    pieces.push(text.slice(at, end).replace(sequence, meaning))
    at = end
  }
  return pieces.join('')
}

const anySequence = /\\([\\n"])/g
const helpSequence = /\\([\\n])/g

/** A label value may be as long as its page. */
const pieceLength = 4096

function meaning(_: string, char: string): string {
  return char === 'n' ? '\n' : char
}

/** Not between a backslash and what it escapes; `at` is such a place too. */
function pieceEnd(text: string, at: number): number {
  const end = Math.min(at + pieceLength, text.length)
  let from = end
  while (from > at && text[from - 1] === '\\') from--
  return (end - from) % 2 === 1 ? Math.min(end + 1, text.length) : end
}
