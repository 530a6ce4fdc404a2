/** Whole numbers of either sign up to 2^52 in as few bytes as they need, and lists made of them. */

/** Grows while it is written; `length` counts bytes. */
export type ByteSink = { bytes: Uint8Array; length: number }

/** A place in some bytes; reading moves it. */
export type ByteSource = { readonly bytes: Uint8Array; offset: number }

export function byteSink(): ByteSink {
  return { bytes: new Uint8Array(256), length: 0 }
}

/** A copy of what was written. */
export function written(sink: ByteSink): Uint8Array {
  return sink.bytes.slice(0, sink.length)
}

/** Seven bits a byte, lowest first; small negative numbers stay small (zigzag). */
export function writeVarint(sink: ByteSink, value: number): void {
  if (sink.length + 8 > sink.bytes.length) {
    const bytes = new Uint8Array(sink.bytes.length * 2)
    bytes.set(sink.bytes)
    sink.bytes = bytes
  }
  // Doubles, not 32-bit integers: timestamps in ms need 41 bits. 2^52 in zigzag takes 8 bytes.
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  while (rest >= 128) {
    sink.bytes[sink.length++] = 128 | (rest % 128)
    rest = Math.floor(rest / 128)
  }
  sink.bytes[sink.length++] = rest
}

export function readVarint(source: ByteSource): number {
  let value = 0
  let scale = 1
  while (true) {
    const byte = source.bytes[source.offset++]
    if (byte === undefined) throw new RangeError('number list of a chunk ends in the middle')
    value += (byte & 127) * scale
    if (byte < 128) break
    scale *= 128
  }
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}

/**
 * Appends n ascending timestamps (whole ms): the number of them, the first, then how much each step
 * differs from the one before; a run of equal steps is a 0 and its length, so a punctual target's 120
 * timestamps take about 12 bytes.
 */
export function writeTimes(sink: ByteSink, timesMs: Float64Array, n: number): void {
  writeVarint(sink, n)
  let before = 0
  let step = 0
  for (let i = 0; i < n; ) {
    const time = timesMs[i] as number
    writeVarint(sink, time - before - step)
    step = i === 0 ? 0 : time - before
    before = time
    i++
    if (i < 2) continue
    let run = 0
    while (i + run < n && timesMs[i + run] === before + step * (run + 1)) run++
    if (run === 0) continue
    writeVarint(sink, 0)
    writeVarint(sink, run)
    before += step * run
    i += run
  }
}

/** Reads what writeTimes wrote into `out` from index `at` on; gives the number of timestamps. */
export function readTimes(source: ByteSource, out: Float64Array, at: number): number {
  const n = readVarint(source)
  let before = 0
  let step = 0
  for (let i = 0; i < n; ) {
    const change = readVarint(source)
    if (change === 0 && i > 1) {
      for (let run = readVarint(source); run > 0; run--) out[at + i++] = before += step
      continue
    }
    const time = before + step + change
    step = i === 0 ? 0 : time - before
    before = time
    out[at + i++] = time
  }
  return n
}

/** Appends ascending whole numbers as steps. */
export function writeAscending(sink: ByteSink, numbers: Int32Array): void {
  writeVarint(sink, numbers.length)
  let before = 0
  for (const number of numbers) {
    writeVarint(sink, number - before)
    before = number
  }
}

export function readAscending(source: ByteSource): Int32Array {
  const numbers = new Int32Array(readVarint(source))
  let number = 0
  for (let i = 0; i < numbers.length; i++) {
    number += readVarint(source)
    numbers[i] = number
  }
  return numbers
}
