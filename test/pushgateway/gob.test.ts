import { expect, test } from 'vitest'
import { type GobValue, isMap, isStruct, readGob } from '../../pushgateway/gob.ts'
import { GobError } from '../../pushgateway/gob-reader.ts'
import { bytes, goFile, int, map, message, struct, types, uint } from './go-file.ts'

/** As JSON, bytes as text. */
function plain(value: GobValue): unknown {
  if (Buffer.isBuffer(value)) return value.toString()
  if (typeof value === 'number') return value
  if (isMap(value)) return { map: value.pairs.map(([key, one]) => [plain(key), plain(one)]) }
  if (isStruct(value)) return Object.fromEntries([...value.fields].map(([k, v]) => [k, plain(v)]))
  return value.map(plain)
}

const slice = message(int(-64), struct(undefined, struct(struct(bytes('S'), int(64)), int(2))))
const itself = message(int(-64), struct(undefined, struct(struct(bytes('S'), int(64)), int(64))))
const stringMap = [types[2] ?? Buffer.of()]

const good: [title: string, content: Buffer[], value: unknown][] = [
  ['a string', [message(int(6), uint(0), bytes('ab'))], 'ab'],
  ['bytes', [message(int(5), uint(0), bytes('ab'))], 'ab'],
  ['an int', [message(int(2), uint(0), int(-129))], -129],
  ['a large int', [message(int(2), uint(0), int(2 ** 40))], 2 ** 40],
  ['a slice', [slice, message(int(64), uint(0), uint(2), int(1), int(-1))], [1, -1]],
  ['no parts', [slice, message(int(64), uint(0), uint(0))], []],
  [
    'a map',
    [...stringMap, message(int(66), uint(0), map([[bytes('a'), bytes('b')]]))],
    { map: [['a', 'b']] },
  ],
  [
    'a struct without its first field',
    [...types, message(int(67), struct(undefined, bytes('x')))],
    { GobbableMetricFamily: 'x' },
  ],
  ['an empty struct', [...types, message(int(67), struct())], {}],
]

test.each(good)('reads %s', (_, content, value) => {
  expect(plain(readGob(Buffer.concat(content)))).toEqual(value)
})

const bad: [content: Buffer[], reason: string][] = [
  [[], 'the file ends before its value (byte 0)'],
  [[slice], 'the file ends before its value (byte 15)'],
  [[Buffer.from('hello')], 'what is said to have 104 parts ends too early (byte 1)'],
  [[Buffer.of(0)], 'a value ends too early (byte 1)'],
  [[Buffer.of(0x80)], 'a number is 128 bytes long (byte 1)'],
  [[slice, slice], 'type 64 is defined twice (byte 17)'],
  [[message(int(64), uint(0))], 'a value of type 64 does not belong here (byte 4)'],
  [[message(int(4), uint(0), uint(1))], 'a value of type float does not belong here (byte 3)'],
  [[message(int(6), uint(1), bytes('a'))], 'no value begins (byte 3)'],
  [[message(int(6), uint(0), bytes('a'), uint(0))], 'a message goes on behind its value (byte 5)'],
  [[message(int(6), uint(0), bytes('a')), slice], 'the file goes on behind its value (byte 5)'],
  [[message(int(-64), struct(), uint(0))], 'a message goes on behind its type (byte 3)'],
  [[...types, message(int(67), uint(3))], 'a struct has no field 2 (byte 331)'],
  [
    [slice, message(int(64), uint(0), uint(1e9))],
    'what is said to have 1000000000 parts ends too early (byte 24)',
  ],
  [
    [itself, message(int(64), uint(0), Buffer.alloc(100, 1))],
    'values are nested more than 32 deep (byte 53)',
  ],
]

test.each(bad)('%# is refused', (content, reason) => {
  const read = () => readGob(Buffer.concat(content))
  expect(read).toThrow(GobError)
  expect(read).toThrow(reason)
})

test('a file that is cut off anywhere is refused', () => {
  const content = goFile([{ labels: [['job', 'a']], families: [] }])
  for (let length = 0; length < content.length; length++) {
    expect(() => readGob(content.subarray(0, length)), `${length} bytes`).toThrow(GobError)
  }
})
