import { expect, test } from 'vitest'
import { decodePush } from '../../pushgateway/decode-push.ts'
import { type PushReading, readPush } from '../../pushgateway/read-push.ts'
import { encode } from '../../shared/exposition/encode.ts'
import { ParseError } from '../../shared/exposition/parse-error.ts'
import { protobuf } from '../shared/exposition/protobuf.ts'

const strict: PushReading = { names: 'legacy', timestamps: 'reject', lenient: false }
const lenient: PushReading = { ...strict, lenient: true }
const dropping: PushReading = { ...strict, timestamps: 'drop' }

/** The families as protobuf's text form; what the journal keeps must give them again. */
function read(
  body: string | Uint8Array,
  kind: 'text' | 'openmetrics' | 'protobuf',
  reading: PushReading,
): string {
  const push = readPush(Buffer.from(body), kind, reading)
  expect(decodePush(push.body, push.isProtobuf, 'utf8')).toEqual(push.families)
  const lines = encode(push.families, { ...protobuf, version: 'compact-text' })
  return Buffer.from(lines).toString()
}

const x1 = 'name:"x" type:UNTYPED metric:{untyped:{value:1}}\n'

const lines: [body: string, families: string][] = [
  ['x 1\n', x1],
  ['x 1', x1],
  ['x 1\r\n', x1],
  ['# TYPE x untyped\r\nx 1\r\n', x1],
  ['x 1\r\n\r\n# comment', x1],
  ['x 1\r', x1],
  ['', ''],
  ['\r\n', ''],
]

test.each(lines)('lenient reading of %j', (body, families) => {
  expect(read(body, 'text', lenient)).toBe(families)
})

const stillBad = ['x 1 \n', 'x\r1\n', 'x 1\r\r\n', 'x']

test.each(stillBad)('lenient reading refuses %j', (body) => {
  expect(() => read(body, 'text', lenient)).toThrow(ParseError)
})

test.each(['x 1', 'x 1\r\n'])('strict reading refuses %j', (body) => {
  expect(() => read(body, 'text', strict)).toThrow(ParseError)
})

const stamped = [
  '# TYPE h histogram\nh_bucket{le="1"} 1 5\nh_count 2 5\nh_sum -0 5\n',
  '# HELP x \n# TYPE x gauge\nx{l="1"} NaN 5\nx 2\n',
]

test.each(stamped)('timestamps are dropped, and all else stays: %#', (body) => {
  const plain = read(body.replaceAll(/ 5$/gm, ''), 'text', strict)
  expect(read(body, 'text', dropping)).toBe(plain)
  expect(read(body, 'text', strict)).toContain('timestamp_ms:5')
  const families = decodePush(Buffer.from(body), false, 'legacy')
  expect(read(encode(families, protobuf), 'protobuf', dropping)).toBe(plain)
})

test('a body without timestamps is kept as it came where they would be dropped', () => {
  const body = Buffer.from('x 1\n')
  expect(readPush(body, 'text', dropping).body).toBe(body)
})

const openMetrics: [body: string, families: string][] = [
  ['x 1\n# EOF\n', x1],
  ['x 1\n# EOF', x1],
  ['# EOF\n', ''],
  ['# TYPE c counter\n# EOF\n', ''],
  [
    '# TYPE c_seconds counter\n# UNIT c_seconds seconds\nc_seconds_total{l="1"} 2 # {id="a"} 0.5 5\nc_seconds_created{l="1"} 3\n# EOF\n',
    'name:"c_seconds_total" type:COUNTER metric:{label:{name:"l" value:"1"} counter:{value:2 exemplar:{label:{name:"id" value:"a"} value:0.5 timestamp:{seconds:5}} created_timestamp:{seconds:3}}} unit:"seconds"\n',
  ],
  [
    '# TYPE i info\ni_info{v="1"} 1\n# TYPE s stateset\ns{s="a"} 1\n# EOF\n',
    'name:"i_info" type:GAUGE metric:{label:{name:"v" value:"1"} gauge:{value:1}}\nname:"s" type:GAUGE metric:{label:{name:"s" value:"a"} gauge:{value:1}}\n',
  ],
]

test.each(openMetrics)('OpenMetrics, %#', (body, families) => {
  expect(read(body, 'openmetrics', strict).replaceAll('  ', ' ')).toBe(families)
})

const notOpenMetrics: [body: string, families: string][] = [
  ['x 1\n', x1],
  ['# a comment\n\nx 1\n', x1],
  ['x 1\n# EOFF\n', x1],
]

test.each(notOpenMetrics)('text that says it is OpenMetrics is text: %j', (body, families) => {
  expect(read(body, 'openmetrics', strict)).toBe(families)
})

test('OpenMetrics that breaks its rules is refused in words', () => {
  const body = '# a comment\n\nx 1\n# EOF\n'
  expect(() => read(body, 'openmetrics', strict)).toThrow('openmetrics parsing error in line 1')
})

test('OpenMetrics names obey --push.enable-utf8-names', () => {
  const body = '# TYPE "x.y" gauge\n{"x.y"} 1\n# EOF\n'
  expect(() => read(body, 'openmetrics', strict)).toThrow('invalid metric name "x.y"')
  expect(read(body, 'openmetrics', { ...strict, names: 'utf8' })).toContain('name:"x.y"')
})

test('timestamps of OpenMetrics are kept to be refused, or dropped', () => {
  const body = 'x 1 5\n# EOF\n'
  expect(read(body, 'openmetrics', strict)).toContain('timestamp_ms:5000')
  expect(read(body, 'openmetrics', dropping)).toBe(x1)
})

test('a histogram without count and sum has that of its last bucket, and no sum', () => {
  const body = '# TYPE h histogram\nh_bucket{le="+Inf"} 2\n# EOF\n'
  expect(read(body, 'openmetrics', strict)).toMatch(/histogram:\{sample_count:2 sample_sum:nan /)
})

test('the lines of OpenMetrics may end as --push.lenient allows', () => {
  expect(read('x 1\r\n# EOF\r\n', 'openmetrics', lenient)).toBe(x1)
})
