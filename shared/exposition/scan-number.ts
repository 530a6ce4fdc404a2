/** Reads a number from the bytes of a page, exactly and in nearly all cases without a string. */

const LF = 0x0a
const BLANK = 0x20
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const SMALL_E = 0x65

/** 10^0 to 10^22, all exact. */
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/**
 * A decimal number as programs write them: `-1.5e+06`, up to 19 digits, a blank or line feed behind it. All
 * else (NaN, hexadecimal, longer ones, those halfway between two doubles) it leaves to others.
 */
export class NumberScanner {
  /** The number read last. */
  value = Number.NaN

  /** Reads the number at `start` into `value`: the offset behind it, -1 for one that it leaves to others. */
  scan(bytes: Uint8Array, start: number): number {
    let at = start
    let byte = bytes[at] as number
    const isNegative = byte === MINUS
    if (isNegative || byte === PLUS) byte = bytes[++at] as number
    const digitsFrom = at
    let mantissa = 0
    for (; isDigit(byte); byte = bytes[++at] as number) mantissa = mantissa * 10 + (byte - ZERO)
    let digits = at - digitsFrom
    let exponent = 0
    if (byte === POINT) {
      const decimalsFrom = ++at
      for (byte = bytes[at] as number; isDigit(byte); byte = bytes[++at] as number) {
        mantissa = mantissa * 10 + (byte - ZERO)
      }
      exponent = decimalsFrom - at
      digits -= exponent
    }
    if (digits === 0 || digits > 19) return -1
    if (byte === SMALL_E) {
      const sign = bytes[++at] as number
      if (sign === MINUS || sign === PLUS) at++
      const exponentFrom = at
      let power = 0
      for (byte = bytes[at] as number; isDigit(byte); byte = bytes[++at] as number) {
        power = power * 10 + (byte - ZERO)
      }
      if (at === exponentFrom || at > exponentFrom + 3) return -1
      exponent += sign === MINUS ? -power : power
    }
    if ((byte !== LF && byte !== BLANK) || exponent > 22 || exponent < -22) return -1
    // Up to 15 digits are exact, and what follows is rounded once.
    if (digits > 15) mantissa = longDecimal(bytes, digitsFrom, digits, exponent)
    else if (exponent < 0) mantissa /= powersOfTen[-exponent] as number
    else if (exponent > 0) mantissa *= powersOfTen[exponent] as number
    if (Number.isNaN(mantissa)) return -1
    this.value = isNegative ? -mantissa : mantissa
    return at
  }
}

/**
 * The double nearest to 16 to 19 digits times 10^exponent; NaN where it cannot tell which one that is.
 *
 * The digits are the sum of two doubles, product and quotient come with what was cut off of them (Dekker,
 * 1971), so that the result is off by 2^-100 of its value before the last rounding. Where that little could
 * change the rounding, the place is halfway between two doubles.
 */
function longDecimal(bytes: Uint8Array, start: number, digits: number, exponent: number): number {
  let at = start
  let upper = 0
  let lower = 0
  for (let count = 0; count < digits; at++) {
    const byte = bytes[at] as number
    if (byte === POINT) continue
    if (count++ < 15) upper = upper * 10 + (byte - ZERO)
    else lower = lower * 10 + (byte - ZERO)
  }
  const shift = powersOfTen[digits - 15] as number
  const shifted = upper * shift
  const mantissa = shifted + lower
  const cut = lower - (mantissa - shifted) + productError(upper, shift, shifted)
  const scale = powersOfTen[exponent < 0 ? -exponent : exponent] as number
  let near = mantissa
  let off = cut
  if (exponent < 0) {
    near = mantissa / scale
    const product = near * scale
    off = (mantissa - product - productError(near, scale, product) + cut) / scale
  } else if (exponent > 0) {
    near = mantissa * scale
    off = productError(mantissa, scale, near) + cut * scale
  }
  const value = near + off * (1 + 1e-9)
  return value === near + off * (1 - 1e-9) ? value : Number.NaN
}

/** Exactly a * b - product, for the rounded product of two doubles far from the ends of their range. */
function productError(a: number, b: number, product: number): number {
  const aUpper = upperHalf(a)
  const bUpper = upperHalf(b)
  const aLower = a - aUpper
  const bLower = b - bUpper
  return aUpper * bUpper - product + aUpper * bLower + aLower * bUpper + aLower * bLower
}

/** The upper 26 bits of the 53: products of halves need no rounding. */
function upperHalf(value: number): number {
  const shifted = value * 134_217_729
  return shifted - (shifted - value)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9
}
