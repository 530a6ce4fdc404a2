/** Blocks of Snappy, by snappyjs, which is handed no block that would mislead it. */

import { uncompress } from 'snappyjs'

/**
 * The bytes that a block stands for; undefined when it is damaged, or says that they are more than
 * `limitBytes`. The format: github.com/google/snappy, format_description.txt.
 */
export function unpackBlock(block: Uint8Array, limitBytes: number): Uint8Array | undefined {
  const declared = readLength(block)
  if (declared === undefined || declared.value > limitBytes) return undefined
  if (unpackedLength(block, declared.next, declared.value) !== declared.value) return undefined
  try {
    return uncompress(block, limitBytes)
  } catch (error) {
    // It throws nothing but plain Errors, for blocks that copy from before their start.
    if (error instanceof TypeError) throw error
    return undefined
  }
}

/** A varint of 32 bits at most. */
function readLength(block: Uint8Array): { value: number; next: number } | undefined {
  let value = 0
  for (let at = 0; at < 5; at++) {
    const byte = block[at] ?? 0x80
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { value, next: at + 1 }
  }
  return undefined
}

/**
 * How many bytes the elements behind the length make; undefined when one is cut off, or when they
 * are more than `most`. snappyjs reads a literal of four length bytes as a negative number, goes
 * back, and never ends; and it takes elements that make fewer bytes than the block says.
 */
function unpackedLength(block: Uint8Array, start: number, most: number): number | undefined {
  let length = 0
  for (let at = start; at < block.length; ) {
    const tag = block[at] ?? 0
    let size = (tag >>> 2) + 1
    if ((tag & 3) === 0) {
      const lengthBytes = Math.max(0, size - 60)
      if (lengthBytes > 0) size = littleEndian(block, at + 1, lengthBytes) + 1
      at += 1 + lengthBytes + size
    } else if ((tag & 3) === 1) {
      size = ((tag >>> 2) & 7) + 4
      at += 2
    } else {
      at += (tag & 3) === 2 ? 3 : 5
    }
    length += size
    if (at > block.length || length > most) return undefined
  }
  return length
}

function littleEndian(block: Uint8Array, at: number, bytes: number): number {
  let value = 0
  for (let i = 0; i < bytes; i++) value += (block[at + i] ?? 0) * 2 ** (8 * i)
  return value
}
