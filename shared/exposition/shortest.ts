/**
 * The shortest digits of doubles that need up to 17 of them, written without making a string.
 *
 * A whole number below 2^53, divided by a power of ten up to 10^22, is rounded once: the quotient is the
 * very double that the decimal stands for. So a candidate of 15 or 16 digits is tried by dividing; one
 * that passes is shortest, as shorter ones failed before. The nearest decimal of 17 digits always stands
 * for the double. Which is nearest, the exact product tells (Dekker, 1971).
 */
import { writeEight } from './digits.ts'

/** 10^22 is the last power of ten that a double has exactly. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const upperPowers = powers.map(upperHalf)
const lowerPowers = powers.map((power) => power - upperHalf(power))

/**
 * Writes the digits of the magnitude of values[index], which is from 10^exponent below 10^(exponent+1),
 * for exponents -4 to 5, and returns how many; the last is not 0. Returns 0 for the few it leaves to
 * others: most that begin with 9 and need 16 digits, and those in the middle between two decimals.
 *
 * What differs from value to value is computed where it could be asked: a wrong guess of the processor
 * costs more than all of it. Math.round() asks about the half.
 */
export function writeShortest(
  values: Float64Array,
  index: number,
  exponent: number,
  target: Uint8Array,
  offset: number,
): number {
  const value = Math.abs(values[index] as number)
  const decimals = 15 - exponent
  const power = powers[decimals] as number
  const product = value * power
  const near = Math.floor(product + 0.5)
  const off = product - near + productError(value, decimals, product)
  const step = Math.floor(off + 0.5)
  const sixteen = near + step
  const beyond = off - step
  if (sixteen >= 2 ** 53 || Math.abs(beyond) === 0.5) return 0
  if (sixteen / power === value) {
    // Where doubles are farther apart than decimals, a rounder one beside the nearest may do as well.
    const last = sixteen - Math.floor(sixteen / 10) * 10
    const rounder = sixteen + (last === 1 ? -1 : last === 9 ? 1 : 0)
    const best = rounder / power === value ? rounder : sixteen
    const upper = Math.floor(best / 1e8)
    let end = writeHalves(upper, best - upper * 1e8, target, offset)
    while (target[end - 1] === 0x30) end--
    return end - offset
  }
  const tenths = beyond * 10
  const last = Math.floor(tenths + 0.5)
  if (Math.abs(Math.abs(tenths - last) - 0.5) < 1e-9) return 0
  const borrowed = last >> 31
  const rest = sixteen + borrowed
  const upper = Math.floor(rest / 1e8)
  const end = writeHalves(upper, rest - upper * 1e8, target, offset)
  target[end] = 0x30 + last + (borrowed & 10)
  return 17
}

/** Exactly value * 10^decimals - product. */
function productError(value: number, decimals: number, product: number): number {
  const upper = upperHalf(value)
  const lower = value - upper
  const upperPower = upperPowers[decimals] as number
  const lowerPower = lowerPowers[decimals] as number
  return upper * upperPower - product + upper * lowerPower + lower * upperPower + lower * lowerPower
}

/** The upper 26 bits of the 53: products of halves need no rounding. */
function upperHalf(value: number): number {
  const shifted = value * 134_217_729
  return shifted - (shifted - value)
}

/** Writes eight digits and eight digits. */
function writeHalves(upper: number, lower: number, target: Uint8Array, offset: number): number {
  writeEight(upper, target, offset)
  writeEight(lower, target, offset + 8)
  return offset + 16
}
