/** Numbers as bcache and bcachefs print them for people: `20.4G`, `-321.5k`, `512`. */

/** Powers of 1024. */
const units = 'kMGTPEZY'

/**
 * Bytes as bcache prints them, cut to a whole number. What stands behind its point is not tenths but
 * 1024ths divided by ten: the kernel's bch_hprint. Throws a SyntaxError on anything else.
 */
export function parseHumanBytes(text: string, path: string): number {
  const [, sign = '', whole = '', part = '0', unit = ''] =
    /^(-?)(\d+)(?:\.(\d+))?([kMGTPEZY]?)$/.exec(text) ?? []
  if (whole === '') throw notANumber(text, path)
  const mantissa = unit === '' ? Number(`${whole}.${part}`) : Number(whole) + Number(part) / 10.24
  const power = unit === '' ? 0 : units.indexOf(unit) + 1
  const bytes = Math.trunc(mantissa * 1024 ** power)
  return sign === '-' && bytes !== 0 ? -bytes : bytes
}

/** Bytes as bcachefs prints them, cut to a whole number; its fractions are decimal. */
export function parseDecimalBytes(text: string, path: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmgtpe]?)$/i.exec(text) ?? []
  if (number === undefined) throw notANumber(text, path)
  const power = unit === '' ? 0 : 'kmgtpe'.indexOf(unit.toLowerCase()) + 1
  return Math.trunc(Number(number) * 1024 ** power)
}

function notANumber(text: string, path: string): SyntaxError {
  const quoted = JSON.stringify(text.slice(0, 80))
  return new SyntaxError(`${path}: expected a number such as 20.4G, got ${quoted}`)
}
