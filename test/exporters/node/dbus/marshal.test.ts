import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Marshaller } from '../../../../exporters/node/dbus/marshal.ts'
import {
  checkSignature,
  type DBusValue,
  MalformedMessage,
} from '../../../../exporters/node/dbus/signature.ts'
import { unmarshal } from '../../../../exporters/node/dbus/unmarshal.ts'

function marshal(signature: string, values: readonly DBusValue[]): Buffer {
  const marshaller = new Marshaller()
  marshaller.begin()
  marshaller.add(signature, values)
  return marshaller.take()
}

/** Values are these bytes on the wire, and these bytes are the values. */
function check(signature: string, values: readonly DBusValue[], hex: string): void {
  test(`${signature} ${JSON.stringify(values)} is ${hex}`, () => {
    expect(marshal(signature, values).toString('hex')).toBe(hex.replaceAll(' ', ''))
    expect(unmarshal(signature, Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0, true)).toEqual(
      values,
    )
  })
}

check('', [], '')
check('y', [255], 'ff')
check('b', [true], '01000000')
check('n', [-2], 'feff')
check('q', [65534], 'feff')
check('i', [-2], 'feffffff')
check('u', [4294967294], 'feffffff')
check('x', [-2], 'feffffffffffffff')
check('t', [2 ** 53], '0000000000002000')
check('d', [1.5], '000000000000f83f')
check('s', ['foo'], '03000000 666f6f00')
check('s', ['ä€'], '05000000 c3a4e282ac00')
check('o', ['/a'], '02000000 2f6100')
check('g', ['a{sv}'], '05 617b73767d00')
check('yu', [1, 2], '01 000000 02000000') // padded to 4
check('yt', [1, 2], '01 00000000000000 0200000000000000') // and to 8
check('(yy)y', [[1, 2], 3], '01 02 03')
check('ay', [[1, 2, 3]], '03000000 010203')
check('at', [[]], '00000000 00000000') // padded to the item even without one
check('at', [[5]], '08000000 00000000 0500000000000000') // which the length does not count
check('a{su}', [[['a', 1]]], '0c000000 00000000 01000000 6100 0000 01000000')
check('v', [{ type: 'u', value: 7 }], '01 7500 00 07000000')
check(
  'v',
  [{ type: '(sv)', value: ['', { type: 'y', value: 1 }] }],
  '04 2873762900 0000 00000000 00 01 7900 01',
)
check('aas', [[['a'], []]], '10000000 06000000 01000000 6100 0000 00000000')

test('big-endian messages are read as well', () => {
  const read = (signature: string, hex: string) =>
    unmarshal(signature, Buffer.from(hex, 'hex'), 0, false)
  expect(read('u', '00000007')).toEqual([7])
  expect(read('q', '0102')).toEqual([258])
  expect(read('t', '0000000100000002')).toEqual([2 ** 32 + 2])
  expect(read('x', 'fffffffffffffffe')).toEqual([-2])
  expect(read('d', '3ff8000000000000')).toEqual([1.5])
  expect(read('s', '00000001' + '6100')).toEqual(['a'])
})

test('a number of 64 bits is the double next to it, as a sample would be', () => {
  const bytes = Buffer.from('ffffffffffffffff', 'hex')
  expect(unmarshal('t', bytes, 0, true)).toEqual([2 ** 64])
  expect(unmarshal('x', bytes, 0, true)).toEqual([-1])
})

/** These bytes are no values of that signature. */
function checkMalformed(signature: string, hex: string, error: RegExp): void {
  test(`${signature} is not in ${hex || 'nothing'}: ${error.source}`, () => {
    const read = () => unmarshal(signature, Buffer.from(hex.replaceAll(' ', ''), 'hex'), 0, true)
    expect(read).toThrow(MalformedMessage)
    expect(read).toThrow(error)
  })
}

checkMalformed('u', '', /4 bytes are announced where 0 are/)
checkMalformed('u', '010203', /4 bytes are announced where 3 are/)
checkMalformed('u', '01020304 05', /1 bytes are left/)
checkMalformed('b', '02000000', /2 is no boolean/)
checkMalformed('s', '05000000 666f6f00', /6 bytes are announced where 4 are/)
checkMalformed('s', 'ffffffff 666f6f00', /announced/)
checkMalformed('s', '03000000 666f6f01', /does not end with a zero byte/)
checkMalformed('as', 'ffffffff', /announced/)
checkMalformed('au', '05000000 01000000 0200000000', /shorter than what is in it|left/)
checkMalformed('au', '02000000 0100', /announced/)
checkMalformed('au', '02000000 01000000', /shorter than what is in it/)
checkMalformed('v', '00 00', /a variant holds one value, not ""/)
checkMalformed('v', '02 757500 01', /a variant holds one value, not "uu"/)
checkMalformed('v', '01 6100', /"a" is no D-Bus signature/)
checkMalformed('v', '01 7a00', /"z" is no D-Bus signature/)
checkMalformed('v', '017600'.repeat(100), /nested too deep/)

/** Not any number of complete types. */
function checkNoSignature(signature: string): void {
  test(`${JSON.stringify(signature.slice(0, 20))} is no signature`, () => {
    expect(() => checkSignature(signature)).toThrow(MalformedMessage)
  })
}

checkNoSignature('a')
checkNoSignature('(')
checkNoSignature('()')
checkNoSignature('(u')
checkNoSignature('u)')
checkNoSignature('{su}') // a dict entry stands in an array
checkNoSignature('a{s}')
checkNoSignature('a{suu}')
checkNoSignature('a{su')
checkNoSignature('toString') // r
checkNoSignature('u'.repeat(256))
checkNoSignature(`${'a'.repeat(100)}u`)
checkNoSignature(`${'('.repeat(100)}u${')'.repeat(100)}`)

/** A value that is not of that type. */
function checkRefuses(signature: string, values: readonly DBusValue[]): void {
  test(`${JSON.stringify(values)} cannot be written as ${signature}`, () => {
    expect(() => marshal(signature, values)).toThrow(TypeError)
  })
}

checkRefuses('s', [1])
checkRefuses('u', ['1'])
checkRefuses('u', [])
checkRefuses('u', [1, 2])
checkRefuses('v', ['u'])
checkRefuses('au', [1])
checkRefuses('(u)', [1])

/** A complete type and a value of it. */
const typed = fc.letrec<{ typed: [string, DBusValue] }>((tie) => ({
  typed: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(fc.constant('y'), fc.integer({ min: 0, max: 255 })),
    fc.tuple(fc.constant('u'), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    fc.tuple(fc.constant('x'), fc.maxSafeInteger()),
    fc.tuple(fc.constant('d'), fc.double({ noNaN: true })),
    fc.tuple(fc.constant('b'), fc.boolean()),
    fc.tuple(fc.constantFrom('s', 'o'), fc.string({ unit: 'grapheme' })),
    tie('typed').map(([type, value]): [string, DBusValue] => [`a${type}`, [value, value]]),
    fc
      .array(tie('typed'), { minLength: 1, maxLength: 3 })
      .map((items): [string, DBusValue] => [
        `(${items.map(([type]) => type).join('')})`,
        items.map(([, value]) => value),
      ]),
    tie('typed').map(([type, value]): [string, DBusValue] => ['v', { type, value }]),
  ),
})).typed

test('what was written is read again', () => {
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 4 }), (items) => {
      const signature = items.map(([type]) => type).join('')
      const values = items.map(([, value]) => value)
      expect(unmarshal(signature, marshal(signature, values), 0, true)).toEqual(values)
    }),
  )
})

test('garbage is refused as such, whatever it is', () => {
  const broken = fc.tuple(typed, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(64))
  fc.assert(
    fc.property(broken, ([[type, value], at, byte, cut]) => {
      const bytes = marshal(type, [value])
      bytes[at % bytes.length] = byte
      try {
        unmarshal(type, bytes.subarray(0, bytes.length - (cut % bytes.length)), 0, true)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage)
      }
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom('v', 'a{sv}', 'aas'),
      (bytes, type) => {
        try {
          unmarshal(type, Buffer.from(bytes), 0, true)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessage)
        }
      },
    ),
    { numRuns: 2000 },
  )
})
