/**
 * The XOR codec of one column: up to 127 doubles as bits, exact to the last bit of every NaN.
 *
 * After Facebook's Gorilla (Pelkonen et al., VLDB 2015, section 4.1), with three changes that pay for
 * what servers export: a column that never changes is one bit and its value, the first value is coded
 * like the others against zero (so 0 and 1 take 1 and 24 bits), and a new window is opened as soon as
 * that is shorter than keeping a wide one. The columns of a strip share one bit stream, first bit
 * highest in each 32-bit word.
 *
 * Values are handled as pairs of 32-bit words (low, high): a double in a JavaScript variable may lose
 * its NaN bits, and 64-bit BigInts are slow.
 */

/** Grows while columns are written into it; `position` counts bits. */
export type BitStream = { words: Uint32Array; position: number }

/** No column takes more: 127 values of 2 + 5 + 6 + 64 bits, and what its user puts in front. */
const longestColumnBits = 127 * 77 + 32

/**
 * Appends a column of n values (1..127) given as words (2i low, 2i+1 high). Gives the bits used.
 * The words of the stream beyond its position must be zero.
 */
export function encodeColumn(stream: BitStream, values: Uint32Array, n: number): number {
  reserve(stream, longestColumnBits)
  const start = stream.position
  const constant = isConstant(values, n)
  put(stream, constant ? 1 : 0, 1)
  encodeValues(stream, values, constant ? 1 : n)
  return stream.position - start
}

function isConstant(values: Uint32Array, n: number): boolean {
  const low = values[0]
  const high = values[1]
  for (let i = 1; i < n; i++) {
    if (values[2 * i] !== low || values[2 * i + 1] !== high) return false
  }
  return true
}

function encodeValues(stream: BitStream, values: Uint32Array, n: number): void {
  let beforeLow = 0
  let beforeHigh = 0
  // The window: the bits [lead, 64 - trail) of the difference. No window yet = nothing fits into it.
  let lead = 64
  let trail = 64
  for (let i = 0; i < n; i++) {
    const low = (values[2 * i] as number) | 0
    const high = (values[2 * i + 1] as number) | 0
    const diffLow = low ^ beforeLow
    const diffHigh = high ^ beforeHigh
    beforeLow = low
    beforeHigh = high
    if (diffLow === 0 && diffHigh === 0) {
      stream.position++
      continue
    }
    const itsLead = Math.min(31, diffHigh !== 0 ? Math.clz32(diffHigh) : 32 + Math.clz32(diffLow))
    const itsTrail = diffLow !== 0 ? trailingZeros(diffLow) : 32 + trailingZeros(diffHigh)
    const width = 64 - itsLead - itsTrail
    if (itsLead >= lead && itsTrail >= trail && 64 - lead - trail <= width + 11) {
      put(stream, 0b10, 2)
    } else {
      lead = itsLead
      trail = itsTrail
      put(stream, (0b11 << 11) | (lead << 6) | (width - 1), 13)
    }
    putWindow(stream, diffLow, diffHigh, 64 - lead - trail, trail)
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}

/** Writes the `width` bits above bit `trail` of a 64-bit difference. */
function putWindow(
  stream: BitStream,
  low: number,
  high: number,
  width: number,
  trail: number,
): void {
  const shiftedLow =
    trail === 0
      ? low
      : trail < 32
        ? (low >>> trail) | (high << (32 - trail))
        : high >>> (trail - 32)
  if (width > 32) {
    put(stream, high >>> trail, width - 32)
    put(stream, shiftedLow, 32)
  } else {
    put(stream, shiftedLow, width)
  }
}

/** Writes the lowest `count` (1..32) bits of `bits`; encodeColumn leaves room for 32. */
export function put(stream: BitStream, bits: number, count: number): void {
  const index = stream.position >>> 5
  const room = 32 - (stream.position & 31)
  const clean = count === 32 ? bits : bits & ((1 << count) - 1)
  const words = stream.words
  if (count <= room) {
    words[index] = (words[index] as number) | (clean << (room - count))
  } else {
    words[index] = (words[index] as number) | (clean >>> (count - room))
    words[index + 1] = clean << (32 - (count - room))
  }
  stream.position += count
}

function reserve(stream: BitStream, bits: number): void {
  const needed = ((stream.position + bits) >>> 5) + 2
  if (needed <= stream.words.length) return
  const words = new Uint32Array(Math.max(needed, stream.words.length * 2))
  words.set(stream.words)
  stream.words = words
}

/**
 * Reads a column of n values that starts at bit `position` into `out` (words, from word `offset`).
 * `words` must have one spare word after the last bit. Gives the position after the column. Damaged
 * input gives wrong values but never reads or writes outside: the caller checks a checksum first.
 */
export function decodeColumn(
  words: Uint32Array,
  position: number,
  n: number,
  out: Uint32Array,
  offset: number,
): number {
  const constant = peek(words, position) < 0
  const end = decodeValues(words, position + 1, constant ? 1 : n, out, offset)
  if (constant) {
    const low = out[offset] as number
    const high = out[offset + 1] as number
    for (let at = offset + 2; at < offset + 2 * n; at += 2) {
      out[at] = low
      out[at + 1] = high
    }
  }
  return end
}

function decodeValues(
  words: Uint32Array,
  from: number,
  n: number,
  out: Uint32Array,
  offset: number,
): number {
  let position = from
  let low = 0
  let high = 0
  let width = 0
  let trail = 0
  let at = offset
  const last = offset + 2 * n
  while (at < last) {
    let head = peek(words, position)
    if (head >= 0) {
      // A run of zero bits: that many values equal the one before.
      const run = Math.min(Math.clz32(head), (last - at) >> 1)
      position += run
      for (const stop = at + 2 * run; at < stop; at += 2) {
        out[at] = low
        out[at + 1] = high
      }
      continue
    }
    if ((head & 0x40000000) !== 0) {
      width = ((head >>> 19) & 63) + 1
      trail = 64 - ((head >>> 25) & 31) - width
      position += 13
    } else {
      position += 2
    }
    head = peek(words, position)
    if (width <= 32) {
      const bits = head >>> (32 - width)
      if (trail < 32) {
        low ^= bits << trail
        // Two shifts, since a shift by 32 is a shift by 0.
        high ^= (bits >>> 1) >>> (31 - trail)
      } else {
        high ^= bits << (trail - 32)
      }
    } else {
      const top = head >>> (64 - width)
      const bottom = peek(words, position + width - 32)
      low ^= bottom << trail
      high ^= (top << trail) | ((bottom >>> 1) >>> (31 - trail))
    }
    position += width
    out[at] = low
    out[at + 1] = high
    at += 2
  }
  return position
}

/** Reads `count` (1..32) bits. */
export function readBits(words: Uint32Array, position: number, count: number): number {
  return peek(words, position) >>> (32 - count)
}

/** The 32 bits from a bit position on, as a signed number; 0 beyond the end. */
function peek(words: Uint32Array, position: number): number {
  const index = position >>> 5
  const shift = position & 31
  return (
    ((words[index] as number) << shift) | (((words[index + 1] as number) >>> 1) >>> (31 - shift))
  )
}
