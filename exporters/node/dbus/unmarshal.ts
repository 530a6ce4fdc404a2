/** Bytes to values, in the wire format of D-Bus, believing nothing that the bytes say of themselves. */

import {
  alignmentOf,
  checkSignature,
  type DBusValue,
  MalformedMessage,
  maxDepth,
  typeEnd,
} from './signature.ts'

/**
 * The values of all types of a signature, which start at `at` and must end where the bytes end;
 * alignment counts from the first byte. Throws a MalformedMessage.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-marshaling
 */
export function unmarshal(
  signature: string,
  bytes: Buffer,
  at: number,
  isLittleEndian: boolean,
): DBusValue[] {
  checkSignature(signature)
  const reader = new Reader(bytes, at, isLittleEndian)
  const values: DBusValue[] = []
  for (let type = 0; type < signature.length; type = typeEnd(signature, type)) {
    values.push(reader.value(signature, type, 0))
  }
  if (reader.at !== bytes.length) {
    throw new MalformedMessage(`${bytes.length - reader.at} bytes are left behind ${signature}`)
  }
  return values
}

const structPadding = 8
const two32 = 2 ** 32

class Reader {
  at: number
  readonly #bytes: Buffer
  readonly #view: DataView
  readonly #isLittle: boolean

  constructor(bytes: Buffer, at: number, isLittleEndian: boolean) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#isLittle = isLittleEndian
    this.at = at
  }

  /** The value of the type that starts at `type` of a signature known to be good. */
  value(signature: string, type: number, depth: number): DBusValue {
    switch (signature.charAt(type)) {
      case 's':
      case 'o':
        return this.#text(this.#uint32())
      case 'a':
        return this.#array(signature, type + 1, depth + 1)
      case '(':
      case '{':
        return this.#struct(signature, type + 1, depth + 1)
      case 'v':
        return this.#variant(depth + 1)
      case 'g':
        return this.#text(this.#byte())
      case 'b':
        return this.#boolean()
      default:
        return this.#number(signature.charAt(type))
    }
  }

  #number(type: string): number {
    const size = alignmentOf(type)
    this.#align(size)
    const at = this.#take(size)
    const [view, isLittle] = [this.#view, this.#isLittle]
    switch (type) {
      case 'y':
        return view.getUint8(at)
      case 'n':
        return view.getInt16(at, isLittle)
      case 'q':
        return view.getUint16(at, isLittle)
      case 'i':
        return view.getInt32(at, isLittle)
      case 'u':
      case 'h':
        return view.getUint32(at, isLittle)
      case 'd':
        return view.getFloat64(at, isLittle)
      default: {
        const low = view.getUint32(isLittle ? at : at + 4, isLittle)
        const high = isLittle ? at + 4 : at
        const isSigned = type === 'x'
        return (
          (isSigned ? view.getInt32(high, isLittle) : view.getUint32(high, isLittle)) * two32 + low
        )
      }
    }
  }

  #boolean(): boolean {
    const value = this.#uint32()
    if (value > 1) throw new MalformedMessage(`${value} is no boolean`)
    return value === 1
  }

  #text(length: number): string {
    const at = this.#take(length + 1)
    const end = at + length
    if (this.#bytes[end] !== 0) throw new MalformedMessage('a text does not end with a zero byte')
    return this.#bytes.toString('utf8', at, end)
  }

  #array(signature: string, type: number, depth: number): DBusValue[] {
    const size = this.#uint32()
    this.#align(alignmentOf(signature.charAt(type)))
    const end = this.#take(size) + size
    this.at = end - size
    const values: DBusValue[] = []
    // No type is empty, so each turn comes nearer to the end.
    while (this.at < end) values.push(this.value(signature, type, depth))
    if (this.at > end) throw new MalformedMessage('an array is shorter than what is in it')
    return values
  }

  #struct(signature: string, first: number, depth: number): DBusValue[] {
    this.#align(structPadding)
    const values: DBusValue[] = []
    let type = first
    for (; signature[type] !== ')' && signature[type] !== '}'; type = typeEnd(signature, type)) {
      values.push(this.value(signature, type, depth))
    }
    return values
  }

  #variant(depth: number): DBusValue {
    if (depth > maxDepth) throw new MalformedMessage('variants are nested too deep')
    const type = this.#text(this.#byte())
    checkSignature(type)
    if (type === '' || typeEnd(type, 0) !== type.length) {
      throw new MalformedMessage(`a variant holds one value, not ${JSON.stringify(type)}`)
    }
    return { type, value: this.value(type, 0, depth) }
  }

  #byte(): number {
    return this.#view.getUint8(this.#take(1))
  }

  #uint32(): number {
    this.#align(4)
    return this.#view.getUint32(this.#take(4), this.#isLittle)
  }

  #align(size: number): void {
    this.at = Math.ceil(this.at / size) * size
  }

  /** Goes behind the next bytes and says where they start. */
  #take(size: number): number {
    const at = this.at
    if (at + size > this.#bytes.length) {
      throw new MalformedMessage(`${size} bytes are announced where ${this.#bytes.length - at} are`)
    }
    this.at = at + size
    return at
  }
}
