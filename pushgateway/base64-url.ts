/** base64 in URLs as Go reads it: RFC 4648's URL alphabet, padding optional, line ends ignored. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The decoded bytes as a latin1 string, or where the text stops being base64 (a byte offset). */
export function decodeBase64Url(text: string): string | { readonly illegalAt: number } {
  const stripped = text.replace(/=+$/, '')
  let digits = 0
  for (let at = 0; at < stripped.length; at++) {
    const character = stripped.charAt(at)
    if (character === '\r' || character === '\n') continue
    if (!alphabet.includes(character)) return { illegalAt: at }
    digits += 1
  }
  // One digit is left over: six bits make no byte.
  if (digits % 4 === 1) return { illegalAt: stripped.length - 1 }
  return Buffer.from(stripped.replaceAll(/[\r\n]/g, ''), 'base64url').toString('latin1')
}
