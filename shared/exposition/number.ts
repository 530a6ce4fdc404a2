/**
 * Sample values as text: what Go's strconv writes for 'g' with shortest digits, and what it reads.
 *
 * JavaScript finds the same shortest digits but lays them out differently: Go goes over to an
 * exponent below 1e-4 and from 1e6 on, and gives the exponent at least two digits.
 */

const minus = 0x2d
const point = 0x2e
const zero = 0x30

/** The value as the text format 0.0.4 writes it: 1e+06, 1e-05, NaN, +Inf. Both zeros are `0`. */
export function formatValue(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(value)
  if (value === 0) return '0'
  if (magnitude === Number.POSITIVE_INFINITY) return value > 0 ? '+Inf' : '-Inf'
  if (Number.isNaN(value)) return 'NaN'
  const text = value.toExponential()
  // 'e+6' becomes 'e+06'; three-digit exponents stay.
  return text.at(-2) === '+' || text.at(-2) === '-'
    ? `${text.slice(0, -1)}0${text.slice(-1)}`
    : text
}

/**
 * Writes what formatValue() gives into `target` at `offset` and returns the offset behind it. The
 * caller keeps 24 bytes free, the longest there is (-2.2250738585072014e-308).
 *
 * Nearly all values of a page are integers or have few decimals. Those are written without making a
 * string: a candidate with at most 15 digits that divides back to the very same double is its
 * shortest form, because no two decimals of 15 digits share a double.
 */
export function writeValue(value: number, target: Uint8Array, offset: number): number {
  const magnitude = Math.abs(value)
  const whole = magnitude | 0
  if (whole === magnitude && whole < 1e6) {
    let at = offset
    if (value < 0) target[at++] = minus
    return writeInteger(whole, target, at)
  }
  if (magnitude < 1e6) {
    if (magnitude < 1e-4) return writeString(formatValue(value), target, offset)
    const billionths = Math.round(magnitude * 1e9)
    if (billionths / 1e9 !== magnitude) return writeString(String(value), target, offset)
    let at = offset
    if (value < 0) target[at++] = minus
    at = writeInteger(whole, target, at)
    target[at] = point
    return writeFraction(billionths - whole * 1e9, target, at + 1)
  }
  const decimals = magnitude < 1e9 ? 6 : magnitude < 1e10 ? 5 : magnitude < 1e12 ? 3 : 0
  const scale = powersOfTen[decimals] ?? 1
  const digits = magnitude < 1e15 ? Math.round(magnitude * scale) : 0
  if (digits === 0 || digits / scale !== magnitude) {
    return writeString(formatValue(value), target, offset)
  }
  let at = offset
  if (value < 0) target[at++] = minus
  return writeScientific(digits, decimals, target, at)
}

/**
 * What Go's ParseFloat makes of a value, with the exposition formats' own rule that neither hex nor
 * underscores are numbers. Undefined when it is not a number or does not fit a double (1e400).
 */
export function parseValue(text: string): number | undefined {
  if (decimal.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  switch (text.toLowerCase()) {
    case 'nan':
      return Number.NaN
    case 'inf':
    case '+inf':
    case 'infinity':
    case '+infinity':
      return Number.POSITIVE_INFINITY
    case '-inf':
    case '-infinity':
      return Number.NEGATIVE_INFINITY
    default:
      return undefined
  }
}

const decimal = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

const powersOfTen = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const

/** Writes an integer from 0 to 2^31-1. */
function writeInteger(value: number, target: Uint8Array, offset: number): number {
  let end = offset + 1
  for (let rest = value; rest >= 10; rest = (rest / 10) | 0) end++
  let rest = value
  for (let at = end - 1; at >= offset; at--) {
    const tenth = (rest / 10) | 0
    target[at] = zero + rest - tenth * 10
    rest = tenth
  }
  return end
}

/** Writes billionths (1 to 999999999) as decimals, without the zeros at the end. */
function writeFraction(billionths: number, target: Uint8Array, offset: number): number {
  let rest = billionths
  let places = 9
  while (rest % 1000 === 0) {
    rest = (rest / 1000) | 0
    places -= 3
  }
  while (rest % 10 === 0) {
    rest = (rest / 10) | 0
    places--
  }
  for (let at = offset + places - 1; at >= offset; at--) {
    const tenth = (rest / 10) | 0
    target[at] = zero + rest - tenth * 10
    rest = tenth
  }
  return offset + places
}

/** Writes digits / 10^decimals as d.ddde+dd; digits is an integer from 1e6 below 1e15. */
function writeScientific(
  digits: number,
  decimals: number,
  target: Uint8Array,
  offset: number,
): number {
  // Two halves that fit 32 bits; the digits are written from offset + 1 on, to make room for the point.
  const high = Math.floor(digits / 1e8)
  let low = digits - high * 1e8
  let end = offset + 1
  if (high === 0) {
    end = writeInteger(low, target, end)
  } else {
    end = writeInteger(high, target, end) + 8
    for (let at = end - 1; at >= end - 8; at--) {
      const tenth = (low / 10) | 0
      target[at] = zero + low - tenth * 10
      low = tenth
    }
  }
  const exponent = end - offset - 2 - decimals
  target[offset] = target[offset + 1] ?? zero
  target[offset + 1] = point
  while (target[end - 1] === zero) end--
  if (target[end - 1] === point) end--
  target[end] = 0x65
  target[end + 1] = 0x2b
  target[end + 2] = zero + ((exponent / 10) | 0)
  target[end + 3] = zero + (exponent % 10)
  return end + 4
}

function writeString(text: string, target: Uint8Array, offset: number): number {
  for (let index = 0; index < text.length; index++) target[offset + index] = text.charCodeAt(index)
  return offset + text.length
}
