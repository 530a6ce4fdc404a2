/**
 * Whole numbers as decimal digits, written as bytes.
 *
 * Halved again and again rather than taken off from the end: so the processor can work on several
 * digits at a time instead of waiting for the division before.
 */

const zero = 0x30

/** The digits of 0 to 99. */
export const tens = Uint8Array.from({ length: 100 }, (_, value) => zero + Math.floor(value / 10))
export const ones = Uint8Array.from({ length: 100 }, (_, value) => zero + (value % 10))

/** Writes a whole number from 0 to 2^31-1 and returns the offset behind it. */
export function writeInteger(value: number, target: Uint8Array, offset: number): number {
  if (value < 10_000) return writeShort(value, target, offset)
  if (value < 100_000_000) {
    const upper = (value / 10_000) | 0
    const at = writeShort(upper, target, offset)
    writeFour(value - upper * 10_000, target, at)
    return at + 4
  }
  const upper = (value / 100_000_000) | 0
  const at = writeShort(upper, target, offset)
  writeEight(value - upper * 100_000_000, target, at)
  return at + 8
}

/** Writes a whole number from 0 to 10^8 less one with eight digits, zeros in front. */
export function writeEight(value: number, target: Uint8Array, offset: number): void {
  const upper = (value / 10_000) | 0
  writeFour(upper, target, offset)
  writeFour(value - upper * 10_000, target, offset + 4)
}

/** Writes a whole number from 0 to 99 with two digits. */
export function writeTwo(value: number, target: Uint8Array, offset: number): void {
  target[offset] = tens[value] as number
  target[offset + 1] = ones[value] as number
}

function writeShort(value: number, target: Uint8Array, offset: number): number {
  if (value < 10) {
    target[offset] = zero + value
    return offset + 1
  }
  if (value < 100) {
    writeTwo(value, target, offset)
    return offset + 2
  }
  if (value >= 1000) {
    writeFour(value, target, offset)
    return offset + 4
  }
  const upper = (value / 100) | 0
  target[offset] = zero + upper
  writeTwo(value - upper * 100, target, offset + 1)
  return offset + 3
}

function writeFour(value: number, target: Uint8Array, offset: number): void {
  const upper = (value / 100) | 0
  writeTwo(upper, target, offset)
  writeTwo(value - upper * 100, target, offset + 2)
}
