/**
 * Sample values as bytes: what number.ts gives as text, without making strings.
 *
 * Nearly all values of a page are integers or have few decimals. A candidate with at most 15 digits that
 * divides back to the very same double is its shortest form, as no two decimals of 15 digits share one.
 *
 * Values are told by their place in an array: a double that is handed to a function as such is first put
 * into an object on the heap, unless the compiler happens to make one function of both.
 */
import { ones, tens, writeEight, writeInteger, writeTwo } from './digits.ts'
import { formatValue, needsPoint } from './number.ts'
import { writeShortest } from './shortest.ts'

const minus = 0x2d
const point = 0x2e
const zero = 0x30

/**
 * Writes what formatValue() gives for values[index] into `target` at `offset`, and returns the offset
 * behind it. The caller keeps 24 bytes free, the longest there is (-2.2250738585072014e-308).
 */
export function writeValue(
  values: Float64Array,
  index: number,
  target: Uint8Array,
  offset: number,
): number {
  const value = values[index] as number
  const magnitude = Math.abs(value)
  let at = offset
  if (value < 0) target[at++] = minus
  if (magnitude < 1e6) {
    const whole = magnitude | 0
    if (whole === magnitude) return writeInteger(whole, target, at)
    if (magnitude >= 1e-4) return writeDecimal(values, index, target, at)
  } else if (magnitude < 1e15) return writeLarge(values, index, target, at)
  return writeString(formatValue(value), target, offset)
}

/** Writes what formatFloat() gives; two bytes more than writeValue() at most. */
export function writeFloat(
  values: Float64Array,
  index: number,
  target: Uint8Array,
  offset: number,
): number {
  const end = writeValue(values, index, target, offset)
  if (!needsPoint(values[index] as number)) return end
  target[end] = point
  target[end + 1] = zero
  return end + 2
}

/** Writes a magnitude from 1e-4 below 1e6 that is no integer. Hundredths, as of cpu time, come first. */
function writeDecimal(
  values: Float64Array,
  index: number,
  target: Uint8Array,
  offset: number,
): number {
  const magnitude = Math.abs(values[index] as number)
  const whole = magnitude | 0
  // A product that is not near a whole number needs no division to know that it fails.
  let product = magnitude * 100
  const hundredths = Math.floor(product + 0.5)
  if (Math.abs(product - hundredths) < 1e-6 && hundredths / 100 === magnitude) {
    const at = writeInteger(whole, target, offset)
    target[at] = point
    writeTwo(hundredths - whole * 100, target, at + 1)
    return target[at + 2] === zero ? at + 2 : at + 3
  }
  product = magnitude * 1e9
  const billionths = Math.floor(product + 0.5)
  if (Math.abs(product - billionths) > 0.2 || billionths / 1e9 !== magnitude) {
    return writeLongDecimal(values, index, target, offset)
  }
  const at = writeInteger(whole, target, offset)
  const decimals = billionths - whole * 1e9
  const first = (decimals / 1e8) | 0
  target[at] = point
  target[at + 1] = zero + first
  writeEight(decimals - first * 1e8, target, at + 2)
  return trimZeros(target, at + 10)
}

/** Writes a magnitude from 1e-4 below 1e6 with more than nine decimals. */
function writeLongDecimal(
  values: Float64Array,
  index: number,
  target: Uint8Array,
  offset: number,
): number {
  const magnitude = Math.abs(values[index] as number)
  let at = offset
  if (magnitude < 1) {
    const zeros = magnitude >= 0.1 ? 0 : magnitude >= 0.01 ? 1 : magnitude >= 0.001 ? 2 : 3
    target[at++] = zero
    target[at++] = point
    for (let count = 0; count < zeros; count++) target[at++] = zero
    const length = writeShortest(values, index, -1 - zeros, target, at)
    if (length > 0) return at + length
  } else {
    // Written one place on, to make room for the point.
    const exponent = exponentOf(magnitude | 0)
    const length = writeShortest(values, index, exponent, target, at + 1)
    if (length > 0) {
      for (const end = at + exponent + 1; at < end; at++) target[at] = target[at + 1] as number
      target[at] = point
      return offset + 1 + length
    }
  }
  return writeString(String(magnitude), target, offset)
}

/** How often a number from 1 below 1e6 has been multiplied by ten. */
function exponentOf(whole: number): number {
  if (whole < 1000) return whole < 10 ? 0 : whole < 100 ? 1 : 2
  return whole < 10_000 ? 3 : whole < 100_000 ? 4 : 5
}

/** Writes a magnitude from 1e6 below 1e15 as d.ddde+dd. */
function writeLarge(
  values: Float64Array,
  index: number,
  target: Uint8Array,
  offset: number,
): number {
  const magnitude = Math.abs(values[index] as number)
  const decimals =
    Math.floor(magnitude) === magnitude || magnitude >= 1e12 ? 0 : magnitude < 1e9 ? 6 : 3
  const scale = decimals === 6 ? 1e6 : decimals === 3 ? 1e3 : 1
  const digits = Math.floor(magnitude * scale + 0.5)
  if (digits / scale !== magnitude) return writeString(formatValue(magnitude), target, offset)
  // Written from offset + 1 on, to make room for the point; in two halves that fit 32 bits.
  const upper = (digits / 1e8) | 0
  const lower = (digits - upper * 1e8) | 0
  let end = offset + 1
  if (upper === 0) end = writeInteger(lower, target, end)
  else {
    end = writeInteger(upper, target, end)
    writeEight(lower, target, end)
    end += 8
  }
  const exponent = end - offset - 2 - decimals
  target[offset] = target[offset + 1] as number
  target[offset + 1] = point
  end = trimZeros(target, end)
  if (target[end - 1] === point) end--
  target[end] = 0x65
  target[end + 1] = 0x2b
  target[end + 2] = tens[exponent] as number
  target[end + 3] = ones[exponent] as number
  return end + 4
}

/** The end without the zeros before it; something else must stand in front of them. */
function trimZeros(target: Uint8Array, end: number): number {
  let trimmed = end
  while (target[trimmed - 1] === zero) trimmed--
  return trimmed
}

function writeString(text: string, target: Uint8Array, offset: number): number {
  const length = text.length
  for (let index = 0; index < length; index++) target[offset + index] = text.charCodeAt(index)
  return offset + length
}
