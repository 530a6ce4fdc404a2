/**
 * Netlink messages as bytes: requests are written, answers are taken apart. Nothing here knows a
 * socket, nor what the messages are about. RFC 3549 and include/uapi/linux/netlink.h.
 *
 * The kernel speaks in the byte order of the machine. All machines for which libc.ts makes system
 * calls are little-endian, and so is everything here.
 */

const headerBytes = 16
const attributeHeaderBytes = 4

/** Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER, which not every kernel sets. */
const attributeTypeMask = 0x3fff

export type Message = {
  readonly type: number
  readonly flags: number
  /** Of the request that it answers. */
  readonly sequence: number
  /** What is behind the header. Overwritten when the next datagram is received. */
  readonly content: DataView
}

export type Attribute = { readonly type: number; readonly value: DataView }

/** A message to be sent: the header, then `parts`, the first of which is a struct as a rule. */
export function writeRequest(
  type: number,
  flags: number,
  sequence: number,
  ...parts: readonly Uint8Array[]
): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt32LE(headerBytes + parts.reduce((sum, part) => sum + part.length, 0), 0)
  header.writeUInt16LE(type, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt32LE(sequence, 8)
  return Buffer.concat([header, ...parts])
}

export function writeAttribute(type: number, value: Uint8Array): Buffer {
  const attribute = Buffer.alloc(aligned(attributeHeaderBytes + value.length))
  attribute.writeUInt16LE(attributeHeaderBytes + value.length, 0)
  attribute.writeUInt16LE(type, 2)
  attribute.set(value, attributeHeaderBytes)
  return attribute
}

export function writeUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The messages of a datagram. Throws a SyntaxError where one does not end within it. */
export function* readMessages(datagram: DataView): Generator<Message> {
  const end = datagram.byteLength
  for (let at = 0; at < end; ) {
    const length = at + headerBytes <= end ? datagram.getUint32(at, true) : 0
    if (length < headerBytes || at + length > end) throw cutOff('message', length, end - at)
    yield {
      type: datagram.getUint16(at + 4, true),
      flags: datagram.getUint16(at + 6, true),
      sequence: datagram.getUint32(at + 8, true),
      content: part(datagram, at + headerBytes, at + length),
    }
    at += aligned(length)
  }
}

/**
 * The attributes of a message, behind its struct of `start` bytes, or of another attribute. Throws a
 * SyntaxError where one does not end within it.
 */
export function* readAttributes(content: DataView, start = 0): Generator<Attribute> {
  const end = content.byteLength
  for (let at = start; at < end; ) {
    const length = at + attributeHeaderBytes <= end ? content.getUint16(at, true) : 0
    if (length < attributeHeaderBytes || at + length > end) {
      throw cutOff('attribute', length, end - at)
    }
    yield {
      type: content.getUint16(at + 2, true) & attributeTypeMask,
      value: part(content, at + attributeHeaderBytes, at + length),
    }
    at += aligned(length)
  }
}

/** A part of some bytes, which it shares. */
export function part(whole: DataView, start: number, end: number): DataView {
  return new DataView(whole.buffer, whole.byteOffset + start, end - start)
}

/** As a number: exact up to 2^53, as everything that Prometheus stores. */
export function readUint64(value: DataView, at = 0): number {
  return value.getUint32(at, true) + value.getUint32(at + 4, true) * 2 ** 32
}

/** A string that ends at its first zero byte, if it has one. */
export function readString(value: DataView): string {
  const bytes = readBytes(value)
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

/** The same bytes as a Buffer, not copied. */
export function readBytes(value: DataView): Buffer {
  return Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
}

/** Messages and attributes begin at multiples of four. */
function aligned(length: number): number {
  return (length + 3) & ~3
}

function cutOff(what: string, length: number, left: number): SyntaxError {
  return new SyntaxError(`netlink: ${what} of ${length} bytes where ${left} are left`)
}
