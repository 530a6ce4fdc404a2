/**
 * One entry of the journal: a request that was accepted, or a group as a snapshot has it. In bytes:
 * length and CRC-32 of what follows (32 bits each), then the operation (one byte, its highest bit for
 * a body in protobuf, the next for a time to live), the time (a double, milliseconds since the epoch),
 * the length of the key (32 bits), the key, the time to live (a double, milliseconds), the body. All
 * numbers are little-endian.
 */

import { crc32 } from 'node:zlib'
import { type GroupingKey, groupingKey } from './grouping-key.ts'
import type { End } from './lifetime.ts'

/** `group` stands in snapshots; `wipe` has no key; `empty` and `expire` end a group's time. */
export type Operation = 'put' | 'post' | 'delete' | 'wipe' | 'group' | End

export type JournalRecord = {
  readonly operation: Operation
  /** Of `empty` and `expire` that of the push since which the time counts: after another they do nothing. */
  readonly timeMs: number
  readonly key: GroupingKey
  readonly body: Uint8Array
  /** The body of a push is delimited protobuf, not text. */
  readonly isProtobuf?: boolean
  /** What a push asked for. */
  readonly ttlMs?: number | undefined
}

const codes: Readonly<Record<Operation, number>> = {
  put: 1,
  post: 2,
  delete: 3,
  wipe: 4,
  group: 5,
  empty: 6,
  expire: 7,
}
const operations = new Map(Object.entries(codes).map(([name, code]) => [code, name as Operation]))

/** In the byte of the operation. */
const protobufBit = 0x80
const ttlBit = 0x40

const frameBytes = 8
const fixedBytes = 13
const ttlBytes = 8

export function writeRecord({
  operation,
  timeMs,
  key,
  body,
  isProtobuf = false,
  ttlMs,
}: JournalRecord): Buffer {
  const keyText = JSON.stringify(key.labels.map(({ name, value }) => [name, value]))
  const keyBytes = Buffer.byteLength(keyText)
  const keyEnd = frameBytes + fixedBytes + keyBytes
  const bodyStart = keyEnd + (ttlMs === undefined ? 0 : ttlBytes)
  const record = Buffer.allocUnsafe(bodyStart + body.length)
  const bits = (isProtobuf ? protobufBit : 0) | (ttlMs === undefined ? 0 : ttlBit)
  record[frameBytes] = codes[operation] | bits
  record.writeDoubleLE(timeMs, frameBytes + 1)
  record.writeUInt32LE(keyBytes, frameBytes + 9)
  record.write(keyText, frameBytes + fixedBytes)
  if (ttlMs !== undefined) record.writeDoubleLE(ttlMs, keyEnd)
  record.set(body, bodyStart)
  const content = record.subarray(frameBytes)
  record.writeUInt32LE(content.length, 0)
  record.writeUInt32LE(crc32(content), 4)
  return record
}

/** The record at this offset and where the next begins; undefined when none is whole there. */
export function readRecord(
  bytes: Buffer,
  offset: number,
): { readonly record: JournalRecord; readonly next: number } | undefined {
  const start = offset + frameBytes
  if (start + fixedBytes > bytes.length) return undefined
  const length = bytes.readUInt32LE(offset)
  const next = start + length
  if (length < fixedBytes || next > bytes.length) return undefined
  const code = bytes[start] ?? 0
  const isProtobuf = (code & protobufBit) !== 0
  const hasTtl = (code & ttlBit) !== 0
  const operation = operations.get(code & ~protobufBit & ~ttlBit)
  const keyBytes = bytes.readUInt32LE(start + 9)
  const bodyStart = start + fixedBytes + keyBytes + (hasTtl ? ttlBytes : 0)
  if (operation === undefined || bodyStart > next) return undefined
  if (crc32(bytes.subarray(start, next)) !== bytes.readUInt32LE(offset + 4)) return undefined
  const keyEnd = start + fixedBytes + keyBytes
  const labels: [string, string][] = JSON.parse(bytes.toString('utf8', start + fixedBytes, keyEnd))
  const timeMs = bytes.readDoubleLE(start + 1)
  return {
    record: {
      operation,
      timeMs,
      key: groupingKey(labels),
      body: bytes.subarray(bodyStart, next),
      ...(isProtobuf && { isProtobuf }),
      ...(hasTtl && { ttlMs: bytes.readDoubleLE(keyEnd) }),
    },
    next,
  }
}
