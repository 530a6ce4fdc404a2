import { expect, test } from 'vitest'
import {
  readAttributes,
  readBytes,
  readMessages,
  readString,
  readUint64,
  writeAttribute,
  writeRequest,
} from '../../../exporters/node/netlink-message.ts'
import { bytes, datagram, item, nested, text, u16, uint64, view } from './netlink-messages.ts'

test('a request is a header of 16 bytes and its parts', () => {
  const request = writeRequest(26, 0x301, 7, Buffer.from([2, 0, 0, 0]), text(2, 'abcd'))
  expect(request.toString('hex')).toBe(
    '20000000' +
      '1a00' +
      '0103' +
      '07000000' +
      '00000000' +
      '02000000' +
      '09000200' +
      '6162636400' +
      '000000',
  )
})

function checkMessages(name: string, content: Uint8Array, expected: unknown): void {
  test(`messages: ${name}`, () => {
    const read = () =>
      [...readMessages(view(content))].map(
        (message) => `${message.type}: ${readBytes(message.content).toString('latin1')}`,
      )
    if (typeof expected === 'string') expect(read).toThrow(expected)
    else expect(read()).toEqual(expected)
  })
}

const hello = item(20, Buffer.from('hello'))
checkMessages('none', Buffer.alloc(0), [])
checkMessages('one that is not padded', hello, ['20: hello'])
checkMessages('several, padded', datagram(hello, item(21), hello), [
  '20: hello',
  '21: ',
  '20: hello',
])
checkMessages('cut off', hello.subarray(0, 18), 'message of 21 bytes where 18 are left')
checkMessages('cut off in the header', hello.subarray(0, 9), 'message of 0 bytes where 9 are left')
checkMessages('of no length', Buffer.alloc(20), 'message of 0 bytes where 20 are left')

function checkAttributes(name: string, content: Uint8Array, expected: unknown): void {
  test(`attributes: ${name}`, () => {
    const read = () =>
      [...readAttributes(view(Buffer.alloc(8), content), 8)].map(
        ({ type, value }) => `${type}: ${readBytes(value).toString('latin1')}`,
      )
    if (typeof expected === 'string') expect(read).toThrow(expected)
    else expect(read()).toEqual(expected)
  })
}

const abc = writeAttribute(3, Buffer.from('abc'))
checkAttributes('none', Buffer.alloc(0), [])
checkAttributes('padded', Buffer.concat([abc, abc]), ['3: abc', '3: abc'])
checkAttributes('the last not padded', abc.subarray(0, 7), ['3: abc'])
checkAttributes('with flags in the type', nested(0x4007, bytes(1)), ['7: \x04\0\x01\0'])
checkAttributes('cut off', abc.subarray(0, 6), 'attribute of 7 bytes where 6 are left')
checkAttributes('half a header', abc.subarray(0, 3), 'attribute of 0 bytes where 3 are left')
checkAttributes('of no length', Buffer.alloc(8), 'attribute of 0 bytes where 8 are left')

test('numbers and strings', () => {
  expect(readUint64(view(uint64(2n ** 53n - 1n)))).toBe(2 ** 53 - 1)
  expect(readUint64(view(Buffer.alloc(4), uint64(0xfedcba9876543800n)), 4)).toBe(
    Number(0xfedcba9876543800n),
  )
  expect(readString(view(Buffer.from('eth0\0\0junk')))).toBe('eth0')
  expect(readString(view(Buffer.from('eth0')))).toBe('eth0')
  expect(u16(1, 0x1234).toString('hex')).toBe('0600010034120000')
})
