import { expect, test } from 'vitest'
import { Refused } from '../../pushgateway/refused.ts'
import { unpackFrames } from '../../pushgateway/snappy-frames.ts'

/** As Go's snappy.NewBufferedWriter writes them. */
const start = base64('/wYAAHNOYVBwWQ==')
const plain = base64('AQgAAPXP1Ll4IDEK')
const packed = base64('ACAAAEwSoc2KARR4e2w9ImHmAQAQIn0gMQr6RQAUYiJ9IDIK')
/** A chunk of 65,536 line feeds. */
const lines = Buffer.concat([
  base64('AAkMANJ6pNmAgAQACg=='),
  Buffer.from('fe0100'.repeat(1023), 'hex'),
  Buffer.from('fa0100', 'hex'),
])
const padding = Buffer.from([0xfe, 3, 0, 0, 1, 2, 3])
const skipped = Buffer.from([0x80, 0, 0, 0])

function base64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}

const a = 'a'.repeat(59)
const good: [chunks: Buffer[], text: string][] = [
  [[], ''],
  [[start], ''],
  [[start, plain], 'x 1\n'],
  [[start, packed], `x{l="${a}"} 1\nx{l="${a.slice(1)}b"} 2\n`],
  [[start, plain, padding, start, skipped, plain], 'x 1\nx 1\n'],
  [[start, lines, lines], '\n'.repeat(131_072)],
]

test.each(good)('%# is unpacked', (chunks, text) => {
  expect(unpackFrames(Buffer.concat(chunks), 131_072).toString()).toBe(text)
})

/** A compressed chunk whose checksum nobody will come to look at. */
function block(...bytes: number[]): Buffer {
  return Buffer.from([0, 4 + bytes.length, 0, 0, 0, 0, 0, 0, ...bytes])
}

function changed(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk)
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

const bad: [chunks: Buffer[], what: string][] = [
  [[plain], 'no start'],
  [[Buffer.from('x 1\n')], 'text'],
  [[changed(start, 5)], 'another start'],
  [[start, plain, changed(start, 5)], 'another start later'],
  [[start, plain.subarray(0, 3)], 'a header that is cut off'],
  [[start, plain.subarray(0, -1)], 'a chunk that is cut off'],
  [[start, Buffer.from([1, 3, 0, 0, 1, 2, 3])], 'a chunk without a checksum'],
  [[start, changed(plain, 4)], 'another checksum'],
  [[start, changed(plain, 9)], 'other content'],
  [[start, changed(packed, 30)], 'other compressed content'],
  [[start, Buffer.concat([Buffer.from([1, 5, 0, 1]), Buffer.alloc(65_541)])], 'a long chunk'],
  [[start, block()], 'a block without a length'],
  [[start, block(0x81, 0x80, 4, 0, 1)], 'a block that says it is long'],
  [[start, block(0xff, 0xff, 0xff, 0xff, 0xff, 1)], 'a block of an endless length'],
  [[start, block(1, 0xfc, 0xf0, 0xff, 0xff, 0xff, 0, 0)], 'a literal that leads snappyjs back'],
  [[start, block(4, 0x0c, 1)], 'a literal that is cut off'],
  [[start, block(4, 0x01)], 'a copy that is cut off'],
  [[start, block(4, 0x01, 1)], 'a copy from before the start'],
  [[start, block(4, 0, 1)], 'a block of fewer bytes than it says'],
  [[start, block(1, 4, 1, 2)], 'a block of more bytes than it says'],
]

test.each(bad)('%# is refused as corrupt: %s', (chunks) => {
  expect(() => unpackFrames(Buffer.concat(chunks), 1e6)).toThrow('snappy: corrupt input')
})

test('a chunk that may not be passed over is refused in the words of Go', () => {
  const body = Buffer.concat([start, Buffer.from([2, 0, 0, 0])])
  expect(() => unpackFrames(body, 10)).toThrow('snappy: unsupported input')
})

test('a body that is unpacked beyond the limit is refused with 413', () => {
  for (const [chunks, limit] of [
    [[start, plain], 3],
    [[start, lines, lines], 131_071],
  ] as const) {
    const unpack = () => unpackFrames(Buffer.concat(chunks), limit)
    expect(unpack).toThrow(Refused)
    expect(unpack).toThrow(`larger than ${limit} bytes, the limit that --push.max-body-size sets`)
  }
})

test('damage anywhere is refused, or part of what may be passed over', () => {
  const body = Buffer.concat([start, packed, plain])
  for (let at = 0; at < body.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const copy = Buffer.from(body)
      copy[at] = (copy[at] ?? 0) ^ (1 << bit)
      try {
        unpackFrames(copy, 1e6)
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(Refused)
      }
    }
  }
})
