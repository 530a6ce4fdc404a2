/**
 * Protobuf's wire format to messages. Nothing is trusted: a length is compared with what is there before
 * it is used, what is unknown is passed over without recursion, and nothing is made for bytes that are
 * not there.
 */
import { isUtf8 } from 'node:buffer'
import { type Field, labelPair, type MessageType, Range, type Value } from './proto-schema.ts'
import {
  DELIMITED,
  END_GROUP,
  FIXED32,
  FIXED64,
  START_GROUP,
  VARINT,
  wireType,
} from './proto-wire.ts'
import { withStrayBytes } from './stray-bytes.ts'

/** How the library behaves that a reader stands in for. */
export type WireRules = {
  /** As google.golang.org/protobuf: a known field of another wire type is passed over, not refused. */
  readonly isLenient: boolean
  /** Throws an error with this message, which is that of gogo/protobuf, or with one of its own. */
  fail(message: string): never
}

/** Fields by name; repeated ones are arrays. */
export type ReadMessage = { [field: string]: ReadValue | ReadValue[] }
type ReadValue = Exclude<Value, object> | ReadMessage | Range

export class WireReader {
  readonly bytes: Buffer
  /** Where reading goes on. */
  at = 0
  readonly #view: DataView
  readonly #rules: WireRules
  /** Strings made so far, by hash. */
  readonly #texts: (string | undefined)[] = []

  constructor(bytes: Uint8Array, rules: WireRules) {
    const { buffer, byteOffset, byteLength } = bytes
    this.bytes = Buffer.from(buffer, byteOffset, byteLength)
    this.#view = new DataView(buffer, byteOffset, byteLength)
    this.#rules = rules
  }

  /**
   * The message in bytes [at, end). A field that is given twice is merged as protobuf does: numbers and
   * strings are replaced, messages merged, repeated fields appended.
   */
  message(type: MessageType, end: number, into: ReadMessage = {}): ReadMessage {
    while (this.at < end) {
      const start = this.at
      const field = type.byNumber[this.#tag(type, end)]
      const wire = this.#wire
      if (field === undefined) this.#skip(start, end)
      else if (wire === wireType(field.kind)) this.#field(field, end, into)
      else if (wire === DELIMITED && isPackable(field)) {
        for (const packedEnd = this.length(end); this.at < packedEnd; ) {
          append(into, field, this.#scalar(field, packedEnd))
        }
      } else if (this.#rules.isLenient) this.#skip(start, end)
      else this.#rules.fail(`proto: wrong wireType = ${wire} for field ${goName(field)}`)
    }
    return into
  }

  /** An unsigned number of up to 64 bits, rounded to a double. */
  varint(end: number): number {
    let value = 0
    let factor = 1
    for (let length = 1; length <= 10; length++) {
      if (this.at >= end) this.#rules.fail('unexpected EOF')
      const byte = this.bytes[this.at++] as number
      if (length === 10) {
        // There is room for one bit more; gogo forgets the others.
        if (byte > 1 && (byte >= 0x80 || this.#rules.isLenient)) break
        return value + (byte & 1) * factor
      }
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    return this.#rules.fail('proto: integer overflow')
  }

  /** Reads a length; gives the end of what it is the length of. */
  length(end: number): number {
    const length = this.varint(end)
    if (length >= 2 ** 63) this.#rules.fail('proto: negative length found during unmarshaling')
    if (length > end - this.at) this.#rules.fail('unexpected EOF')
    return this.at + length
  }

  #field(field: Field, end: number, into: ReadMessage): void {
    const { kind, name, isRepeated } = field
    if (typeof kind !== 'object') {
      const value = this.#scalar(field, end)
      if (isRepeated) append(into, field, value)
      else into[name] = value
      return
    }
    const innerEnd = this.length(end)
    if (kind === labelPair) append(into, field, this.#label(innerEnd))
    else if (isRepeated) append(into, field, this.message(kind, innerEnd))
    else into[name] = this.message(kind, innerEnd, into[name] as ReadMessage | undefined)
  }

  #scalar({ kind }: Field, end: number): ReadValue {
    switch (kind) {
      case 'double': {
        this.#advance(8, end)
        const value = this.#view.getFloat64(this.at - 8, true)
        // A NaN can carry other bits, which would make a stale marker of it.
        return Number.isNaN(value) ? Number.NaN : value
      }
      case 'string': {
        const textEnd = this.length(end)
        const start = this.at
        this.at = textEnd
        return this.#text(start, textEnd)
      }
      case 'range': {
        const rangeEnd = this.length(end)
        const range = new Range(this.at, rangeEnd)
        this.at = rangeEnd
        return range
      }
      case 'counted':
        this.varint(end)
        return 0
      case 'uint64':
        return this.#wide(end)
      case 'int64':
        return BigInt.asIntN(64, this.#wide(end))
      case 'sint64':
        return unzigzag(this.#wide(end))
      case 'sint32':
        return Number(unzigzag(BigInt.asUintN(32, this.#wide(end))))
      case 'uint32':
        return Number(BigInt.asUintN(32, this.#wide(end)))
      default:
        return Number(BigInt.asIntN(32, this.#wide(end)))
    }
  }

  /** Wire type of the tag that was read last. */
  #wire = 0

  /** Reads a tag; gives the number of the field. */
  #tag(type: MessageType, end: number): number {
    const number = this.#anyTag(end)
    if (this.#wire === END_GROUP) {
      this.#rules.fail(`proto: ${type.name}: wiretype end group for non-group`)
    }
    if (number <= 0) {
      const tag = number * 8 + this.#wire
      this.#rules.fail(`proto: ${type.name}: illegal tag ${number} (wire type ${tag})`)
    }
    return number
  }

  #anyTag(end: number): number {
    const start = this.at
    const tag = this.varint(end)
    if (tag < 0x80) {
      this.#wire = tag & 7
      return tag >> 3
    }
    const exact = tag <= Number.MAX_SAFE_INTEGER ? BigInt(tag) : this.#exactly(start)
    this.#wire = Number(exact & 7n)
    const number = exact >> 3n
    if (this.#rules.isLenient && (number === 0n || number >= 1n << 29n)) {
      this.#rules.fail('proto: invalid field number')
    }
    // gogo takes 32 bits of it.
    return Number(BigInt.asIntN(32, number))
  }

  /** Passes over the field whose tag is at `start`; a group with all that is in it. */
  #skip(start: number, end: number): void {
    this.at = start
    const open: number[] = []
    do {
      const number = this.#anyTag(end)
      switch (this.#wire) {
        case VARINT:
          this.varint(end)
          break
        case FIXED64:
          this.#advance(8, end)
          break
        case DELIMITED:
          this.at = this.length(end)
          break
        case START_GROUP:
          if (open.push(number) > deepestGroup) this.#rules.fail('proto: groups nested too deep')
          break
        case END_GROUP: {
          const opened = open.pop()
          if (opened === undefined || (this.#rules.isLenient && opened !== number)) {
            this.#rules.fail('proto: unexpected end of group')
          }
          break
        }
        case FIXED32:
          this.#advance(4, end)
          break
        default:
          this.#rules.fail(`proto: illegal wireType ${this.#wire}`)
      }
    } while (open.length > 0)
  }

  #advance(length: number, end: number): void {
    if (end - this.at < length) this.#rules.fail('unexpected EOF')
    this.at += length
  }

  #wide(end: number): bigint {
    const start = this.at
    const value = this.varint(end)
    return value <= Number.MAX_SAFE_INTEGER ? BigInt(value) : this.#exactly(start)
  }

  /** The varint in bytes [start, at). */
  #exactly(start: number): bigint {
    let value = 0n
    for (let at = this.at - 1; at >= start; at--) {
      value = (value << 7n) | BigInt((this.bytes[at] as number) & 0x7f)
    }
    return BigInt.asUintN(64, value)
  }

  /** Labels are most of a page, and nearly all are a short name and a short value, in this order. */
  #label(end: number): ReadMessage {
    const { bytes, at: start } = this
    const nameLength = bytes[start + 1] ?? 0x80
    const valueStart = start + nameLength + 4
    const valueLength = bytes[valueStart - 1] ?? 0x80
    const isPlain = bytes[start] === nameTag && bytes[valueStart - 2] === valueTag
    if (!isPlain || nameLength >= 0x80 || valueLength >= 0x80 || valueStart + valueLength !== end) {
      return this.message(labelPair, end)
    }
    this.at = end
    const name = this.#text(start + 2, valueStart - 2)
    return { name, value: this.#text(valueStart, end) }
  }

  #text(start: number, end: number): string {
    const { bytes } = this
    const length = end - start
    let hash = length
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (byte >= 0x80) return this.#anyText(start, end)
      hash = (hash * 31 + byte) | 0
    }
    if (length > longestKept) return bytes.toString('latin1', start, end)
    const slot = (hash ^ (hash >>> 15)) & (keptTexts - 1)
    const known = this.#texts[slot]
    if (known !== undefined && known.length === length) {
      let index = 0
      while (index < length && known.charCodeAt(index) === bytes[start + index]) index++
      if (index === length) return known
    }
    const text = bytes.toString('latin1', start, end)
    this.#texts[slot] = text
    return text
  }

  #anyText(start: number, end: number): string {
    const { bytes } = this
    if (isUtf8(bytes.subarray(start, end))) return bytes.toString('utf8', start, end)
    return withStrayBytes(bytes.toString('latin1', start, end))
  }
}

/** A page has few different names, and many values come again and again. */
const keptTexts = 1024
const longestKept = 64

/** Of LabelPair. */
const nameTag = 0x0a
const valueTag = 0x12

/** As in google.golang.org/protobuf. */
const deepestGroup = 10_000

function append(into: ReadMessage, { name }: Field, value: ReadValue): void {
  const list = into[name] as ReadValue[] | undefined
  if (list === undefined) into[name] = [value]
  else list.push(value)
}

/** Lists of numbers may come as one field. */
function isPackable({ isRepeated, kind }: Field): boolean {
  return isRepeated && wireType(kind) !== DELIMITED
}

function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n)
}

/** sample_count is SampleCount in Go, and in its messages. */
function goName({ name }: Field): string {
  return name.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
