/**
 * Messages to protobuf's wire format. It is written from its end to its start, because a message stands
 * behind its length, and then the length is known when it is to be written.
 */
import type { Field, Message, MessageType, ScalarKind, Value } from './proto-schema.ts'

export const VARINT = 0
export const FIXED64 = 1
export const DELIMITED = 2
export const START_GROUP = 3
export const END_GROUP = 4
export const FIXED32 = 5

/** The bits of Go's NaN, which Prometheus takes for the normal one. JavaScript says of its own nothing. */
export const normalNaN = 0x7ff8000000000001n

export class WireWriter {
  #bytes = Buffer.allocUnsafe(1024)
  #start = 1024

  /** Bytes written so far. */
  get #length(): number {
    return this.#bytes.length - this.#start
  }

  /** Puts a message in front of what was written, its length in front of it. */
  prependDelimited(type: MessageType, message: Message): void {
    const behind = this.#length
    this.prepend(type, message)
    this.#varint(this.#length - behind)
  }

  /** Puts the fields of a message in front of what was written. */
  prepend(type: MessageType, message: Message): void {
    for (const field of type.fromLast) {
      const value = message[field.name]
      if (value === undefined) continue
      if (!isList(value)) this.#field(field, value)
      else for (let index = value.length - 1; index >= 0; index--) this.#item(field, value[index])
    }
  }

  /** A copy of all that was written. */
  finished(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#bytes.subarray(this.#start))
  }

  #item(field: Field, value: Value | undefined): void {
    if (value !== undefined) this.#field(field, value)
  }

  #field(field: Field, value: Value): void {
    const { number, kind } = field
    if (field.omitsZero && Number(value) === 0) return
    if (typeof value === 'object') {
      if (typeof kind === 'object') this.prependDelimited(kind, value)
    } else if (typeof value === 'string') {
      const length = Buffer.byteLength(value)
      this.#reserve(length)
      this.#start -= length
      this.#bytes.write(value, this.#start)
      this.#varint(length)
    } else if (kind === 'double') {
      this.#reserve(8)
      this.#start -= 8
      this.#bytes.writeDoubleLE(Number(value), this.#start)
      if (Number.isNaN(value)) this.#bytes.writeBigUInt64LE(normalNaN, this.#start)
    } else {
      this.#integer(kind, value)
    }
    this.#varint(number * 8 + wireType(kind))
  }

  #integer(kind: ScalarKind | MessageType, value: number | bigint): void {
    if (kind === 'sint32' || kind === 'sint64') {
      const wide = BigInt.asIntN(64, BigInt(value))
      this.#wideVarint(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n)))
    } else if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
      this.#varint(value)
    } else {
      this.#wideVarint(BigInt.asUintN(64, BigInt(value)))
    }
  }

  #wideVarint(value: bigint): void {
    if (value <= Number.MAX_SAFE_INTEGER) {
      this.#varint(Number(value))
      return
    }
    // Seven bits a byte, lowest first: the lowest 28 bits make four bytes of their own.
    this.#varint(Number(value >> 28n))
    const low = Number(value & 0xfffffffn)
    this.#reserve(4)
    this.#start -= 4
    for (let index = 0; index < 4; index++) {
      this.#bytes[this.#start + index] = ((low >> (7 * index)) & 0x7f) | 0x80
    }
  }

  /** A safe integer. */
  #varint(value: number): void {
    this.#reserve(8)
    let rest = value
    let length = 1
    for (; rest >= 0x80; length++) rest = Math.floor(rest / 0x80)
    this.#start -= length
    rest = value
    let at = this.#start
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80
    this.#bytes[at] = rest
  }

  #reserve(length: number): void {
    if (this.#start >= length) return
    const used = this.#length
    const grown = Buffer.allocUnsafe((used + length) * 2)
    this.#start = grown.length - used
    grown.set(this.#bytes.subarray(this.#bytes.length - used), this.#start)
    this.#bytes = grown
  }
}

/** What stands in front of a message of so many bytes. */
export function delimitedLength(length: number): Uint8Array {
  const bytes: number[] = []
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** How a value of this kind stands on the wire. */
export function wireType(kind: ScalarKind | MessageType): number {
  if (kind === 'double') return FIXED64
  return kind === 'string' || kind === 'range' || typeof kind === 'object' ? DELIMITED : VARINT
}

function isList(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value)
}
