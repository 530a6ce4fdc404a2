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

/** The value as OpenMetrics writes a float: as formatValue() does, with `.0` behind an integer. */
export function formatFloat(value: number): string {
  return needsPoint(value) ? `${formatValue(value)}.0` : formatValue(value)
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
  let at = offset
  if (value < 0) target[at++] = minus
  const whole = magnitude | 0
  if (whole === magnitude) {
    return whole < 1e6 ? writeInteger(whole, target, at) : writeScientific(whole, 0, target, at)
  }
  if (magnitude < 1e6) {
    if (magnitude >= 1e-4) return writeDecimal(magnitude, whole, target, at)
  } else if (magnitude < 1e15) {
    const decimals = magnitude < 1e9 ? 6 : magnitude < 1e12 ? 3 : 0
    const scale = decimals === 6 ? 1e6 : decimals === 3 ? 1e3 : 1
    const digits = Math.round(magnitude * scale)
    if (digits / scale === magnitude) return writeScientific(digits, decimals, target, at)
  }
  return writeString(formatValue(value), target, offset)
}

/** Writes what formatFloat() gives; two bytes more than writeValue() at most. */
export function writeFloat(value: number, target: Uint8Array, offset: number): number {
  const end = writeValue(value, target, offset)
  if (!needsPoint(value)) return end
  target[end] = point
  target[end + 1] = zero
  return end + 2
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

/** From 1e6 on there is an exponent, and no integer below has one. */
function needsPoint(value: number): boolean {
  return Number.isInteger(value) && value > -1e6 && value < 1e6
}

/** The digits of 0 to 99. */
const tens = Uint8Array.from({ length: 100 }, (_, value) => zero + Math.floor(value / 10))
const ones = Uint8Array.from({ length: 100 }, (_, value) => zero + (value % 10))

/** Writes an integer from 0 to 2^31-1. */
function writeInteger(value: number, target: Uint8Array, offset: number): number {
  if (value < 10) {
    target[offset] = zero + value
    return offset + 1
  }
  let length = 2
  if (value >= 100) {
    if (value < 10_000) length = value < 1000 ? 3 : 4
    else if (value < 1_000_000) length = value < 100_000 ? 5 : 6
    else if (value < 100_000_000) length = value < 10_000_000 ? 7 : 8
    else length = value < 1_000_000_000 ? 9 : 10
  }
  return writeDigits(value, length, target, offset)
}

/** Writes an integer below 10^length and 2^31 with `length` digits, zeros in front. */
function writeDigits(value: number, length: number, target: Uint8Array, offset: number): number {
  let rest = value
  let at = offset + length
  while (at >= offset + 2) {
    const hundredth = (rest / 100) | 0
    const pair = rest - hundredth * 100
    rest = hundredth
    target[--at] = ones[pair] as number
    target[--at] = tens[pair] as number
  }
  if (at > offset) target[offset] = ones[rest] as number
  return offset + length
}

/** Writes a value from 1e-4 below 1e6 that is no integer. Hundredths, as of cpu time, come first. */
function writeDecimal(
  magnitude: number,
  whole: number,
  target: Uint8Array,
  offset: number,
): number {
  const hundredths = Math.round(magnitude * 100)
  let end: number
  if (hundredths / 100 === magnitude) {
    const at = writeInteger(whole, target, offset)
    target[at] = point
    end = writeDigits(hundredths - whole * 100, 2, target, at + 1)
  } else {
    const billionths = Math.round(magnitude * 1e9)
    if (billionths / 1e9 !== magnitude) return writeString(String(magnitude), target, offset)
    const at = writeInteger(whole, target, offset)
    target[at] = point
    end = writeDigits(billionths - whole * 1e9, 9, target, at + 1)
  }
  while (target[end - 1] === zero) end--
  return end
}

/** Writes digits / 10^decimals as d.ddde+dd; digits is an integer from 1e6 below 1e15. */
function writeScientific(
  digits: number,
  decimals: number,
  target: Uint8Array,
  offset: number,
): number {
  // Written from offset + 1 on, to make room for the point; in two halves that fit 32 bits.
  let end = offset + 1
  if (digits < 1e9) {
    end = writeInteger(digits, target, end)
  } else {
    const high = Math.floor(digits / 1e8)
    end = writeInteger(high, target, end)
    end = writeDigits(digits - high * 1e8, 8, target, end)
  }
  const exponent = end - offset - 2 - decimals
  target[offset] = target[offset + 1] as number
  target[offset + 1] = point
  while (target[end - 1] === zero) end--
  if (target[end - 1] === point) end--
  target[end] = 0x65
  target[end + 1] = 0x2b
  target[end + 2] = tens[exponent] as number
  target[end + 3] = ones[exponent] as number
  return end + 4
}

function writeString(text: string, target: Uint8Array, offset: number): number {
  const length = text.length
  for (let index = 0; index < length; index++) target[offset + index] = text.charCodeAt(index)
  return offset + length
}
