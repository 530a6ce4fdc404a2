/**
 * A body in Snappy's framing format (github.com/google/snappy, framing_format.txt), with the words
 * that Go has for what is wrong.
 */

import { unpackBlock } from '../shared/snappy.ts'
import { bodyTooLarge, Refused } from './refused.ts'

/** The first chunk of every stream: its type, its length, its content. */
const streamStart = Buffer.from('\xff\x06\0\0sNaPpY', 'latin1')

/** Of the bytes that one chunk stands for. */
const mostInChunk = 65_536

const checksumBytes = 4

/** Throws a Refused. No bytes at all are an empty body, as in Go. */
export function unpackFrames(body: Buffer, limitBytes: number): Buffer {
  const crcs = crcTable()
  const unpacked: Uint8Array[] = []
  let length = 0
  for (let at = 0; at < body.length; ) {
    const type = body[at] ?? 0
    const start = at + 4
    if (start > body.length) throw corrupt()
    const end = start + body.readUIntLE(at + 1, 3)
    if (end > body.length) throw corrupt()
    const isStart = body.subarray(at, end).equals(streamStart)
    if (!isStart && (at === 0 || type === 0xff)) throw corrupt()
    if (type <= 1) {
      const piece = unpackChunk(type, body.subarray(start, end), crcs)
      length += piece.length
      if (length > limitBytes) throw bodyTooLarge(limitBytes)
      unpacked.push(piece)
    } else if (type < 0x80) {
      throw new Refused(400, 'snappy: unsupported input')
    }
    at = end
  }
  return Buffer.concat(unpacked)
}

/** Type 0 is compressed, type 1 is not. */
function unpackChunk(type: number, chunk: Buffer, crcs: Uint32Array): Uint8Array {
  if (chunk.length < checksumBytes) throw corrupt()
  const content = chunk.subarray(checksumBytes)
  const piece = type === 0 ? unpackBlock(content, mostInChunk) : content
  if (piece === undefined || piece.length > mostInChunk) throw corrupt()
  if (maskedCrc(piece, crcs) !== chunk.readUInt32LE(0)) throw corrupt()
  return piece
}

function corrupt(): Refused {
  return new Refused(400, 'snappy: corrupt input')
}

/** CRC-32C, whose polynomial is not the one that node:zlib has, of each byte. */
function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
    return crc
  })
}

/** Masked, as the format says, because a checksum over checksums would tell little. */
function maskedCrc(bytes: Uint8Array, crcs: Uint32Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (crcs[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  crc = ~crc
  return (((crc >>> 15) | (crc << 17)) + 0xa282_ead8) >>> 0
}
