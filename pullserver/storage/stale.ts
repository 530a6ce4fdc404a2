/**
 * The staleness marker: the NaN with bits 0x7ff0000000000002 that says "this series ended here".
 *
 * JavaScript may turn any NaN into another one while it passes through a number variable, so markers
 * are written and recognised through a 32-bit view of the array, and whole arrays are copied with
 * `set`, `slice` or `copyWithin` only. Views assume a little-endian machine, as the chunk files do.
 */

export const staleLow = 0x00000002
export const staleHigh = 0x7ff00000

/** The 32-bit words of an array of doubles: value i is words 2i (low half) and 2i+1 (high half). */
export function bitsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Whether value i is the staleness marker; an ordinary NaN is not. */
export function isStale(values: Float64Array, i: number): boolean {
  // Nearly every value is a number, and is answered without making a view.
  if (!Number.isNaN(values[i])) return false
  const bits = new Uint32Array(values.buffer, values.byteOffset + i * 8, 2)
  return bits[0] === staleLow && bits[1] === staleHigh
}

/** Makes value i the staleness marker. */
export function writeStale(values: Float64Array, i: number): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset + i * 8, 2)
  bits[0] = staleLow
  bits[1] = staleHigh
}
