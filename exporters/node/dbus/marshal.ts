/** Values to bytes, in the wire format of D-Bus. */

import { alignmentOf, type DBusValue, typeEnd, type Variant } from './signature.ts'

/** Marshals messages one behind another into one buffer, so that many calls are one write. */
export class Marshaller {
  #bytes: Buffer = Buffer.allocUnsafe(8192)
  /** Where the message begins, from which alignment counts. */
  #start = 0
  at = 0

  /** Begins a message behind what is there. */
  begin(): void {
    this.#start = this.at
  }

  /** Adds a value for each type of the signature. Throws a TypeError when they do not fit together. */
  add(signature: string, values: readonly DBusValue[]): void {
    let [type, index] = [0, 0]
    for (; type < signature.length; type = typeEnd(signature, type)) {
      this.#value(signature, type, values[index])
      index += 1
    }
    if (index !== values.length) throw wrongValue(signature, values)
  }

  /** Adds a byte, without any padding. */
  byte(value: number): void {
    this.#makeRoom(1)
    this.#bytes[this.at] = value
    this.at += 1
  }

  uint32(value: number): void {
    this.align(4)
    this.#makeRoom(4)
    this.setUint32(this.at, value)
    this.at += 4
  }

  align(size: number): void {
    const end = this.#start + Math.ceil((this.at - this.#start) / size) * size
    if (end === this.at) return
    this.#makeRoom(end - this.at)
    this.#bytes.fill(0, this.at, end)
    this.at = end
  }

  /** Writes over a number that could not be known when its place came. */
  setUint32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at)
  }

  /** A copy of all that was added; begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.at))
    this.at = 0
    this.#start = 0
    return taken
  }

  #value(signature: string, at: number, value: DBusValue | undefined): void {
    const type = signature.charAt(at)
    if (type === 's' || type === 'o' || type === 'g') this.#text(type, value)
    else if (type === 'v') this.variant(value)
    else if (type === 'a') this.#array(signature, at + 1, value)
    else if (type === '(' || type === '{') {
      this.align(8)
      if (!Array.isArray(value)) throw wrongValue(type, value)
      this.add(signature.slice(at + 1, structEnd(signature, at)), value)
    } else this.#number(type, value)
  }

  #text(type: string, value: DBusValue | undefined): void {
    if (typeof value !== 'string') throw wrongValue(type, value)
    const size = Buffer.byteLength(value)
    if (type === 'g') this.byte(size)
    else this.uint32(size)
    this.#makeRoom(size + 1)
    this.#bytes.write(value, this.at)
    this.#bytes[this.at + size] = 0
    this.at += size + 1
  }

  /** Adds a value with its type. */
  variant(value: DBusValue | undefined): void {
    if (!isVariant(value)) throw wrongValue('v', value)
    this.#text('g', value.type)
    this.#value(value.type, 0, value.value)
  }

  #array(signature: string, type: number, value: DBusValue | undefined): void {
    if (!Array.isArray(value)) throw wrongValue('a', value)
    this.uint32(0)
    const sizeAt = this.at - 4
    this.align(alignmentOf(signature.charAt(type)))
    const start = this.at
    for (const item of value) this.#value(signature, type, item)
    this.setUint32(sizeAt, this.at - start)
  }

  #number(type: string, given: DBusValue | undefined): void {
    const value = typeof given === 'boolean' ? Number(given) : given
    if (typeof value !== 'number') throw wrongValue(type, value)
    const size = alignmentOf(type)
    this.align(size)
    this.#makeRoom(size)
    const [bytes, at] = [this.#bytes, this.at]
    if (type === 'y') bytes.writeUInt8(value, at)
    else if (type === 'n') bytes.writeInt16LE(value, at)
    else if (type === 'q') bytes.writeUInt16LE(value, at)
    else if (type === 'i') bytes.writeInt32LE(value, at)
    else if (type === 'x') bytes.writeBigInt64LE(BigInt(value), at)
    else if (type === 't') bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at)
    else if (type === 'd') bytes.writeDoubleLE(value, at)
    else bytes.writeUInt32LE(value, at)
    this.at += size
  }

  #makeRoom(size: number): void {
    if (this.at + size <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe((this.at + size) * 2)
    this.#bytes.copy(larger, 0, 0, this.at)
    this.#bytes = larger
  }
}

/** Where the parenthesis or brace that opens at `at` closes. */
function structEnd(signature: string, at: number): number {
  let end = at + 1
  while (signature[end] !== ')' && signature[end] !== '}') end = typeEnd(signature, end)
  return end
}

function isVariant(value: DBusValue | undefined): value is Variant {
  return typeof value === 'object' && 'type' in value
}

function wrongValue(type: string, value: unknown): TypeError {
  return new TypeError(`${JSON.stringify(value)} is no D-Bus value of type ${JSON.stringify(type)}`)
}
