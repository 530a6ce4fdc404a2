/** What the kernel would say, as bytes: the messages and attributes that tests hand to our parsers. */
import { writeAttribute, writeRequest } from '../../../exporters/node/netlink-message.ts'

const NLM_F_MULTI = 2
const NLMSG_ERROR = 2
const NLMSG_DONE = 3

/** One message of a list. */
export function item(type: number, ...content: readonly Uint8Array[]): Buffer {
  return writeRequest(type, NLM_F_MULTI, 0, ...content)
}

/** The end of a list. */
export function done(errno = 0): Buffer {
  return writeRequest(NLMSG_DONE, NLM_F_MULTI, 0, int32(errno))
}

/** An acknowledgement, where errno is 0. The kernel repeats the header of the request behind it. */
export function error(errno = 0): Buffer {
  return writeRequest(NLMSG_ERROR, 0, 0, int32(errno), Buffer.alloc(16))
}

/** Messages padded and put together as the kernel does. */
export function datagram(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [message, Buffer.alloc((4 - (message.length % 4)) % 4)]),
  )
}

/** An attribute of attributes, with the flag that not every kernel sets. */
export function nested(type: number, ...attributes: readonly Buffer[]): Buffer {
  return writeAttribute(type | 0x8000, Buffer.concat(attributes))
}

export function text(type: number, value: string): Buffer {
  return writeAttribute(type, Buffer.from(`${value}\0`))
}

export function bytes(type: number, ...values: readonly number[]): Buffer {
  return writeAttribute(type, Buffer.from(values))
}

export function u16(type: number, value: number): Buffer {
  return bytes(type, value & 0xff, value >> 8)
}

export function u32(type: number, value: number): Buffer {
  return writeAttribute(type, uint32s(value))
}

export function u64(type: number, value: bigint): Buffer {
  return writeAttribute(type, uint64(value))
}

export function uint64(value: bigint): Buffer {
  const encoded = Buffer.alloc(8)
  encoded.writeBigUInt64LE(value)
  return encoded
}

export function uint32s(...values: readonly number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer)
}

function int32(value: number): Buffer {
  return Buffer.from(Int32Array.of(value).buffer)
}

/** Bytes as parsers get them. */
export function view(...parts: readonly Uint8Array[]): DataView {
  const whole = Buffer.concat(parts)
  return new DataView(whole.buffer, whole.byteOffset, whole.byteLength)
}
