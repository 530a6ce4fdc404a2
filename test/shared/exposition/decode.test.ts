import { expect, test } from 'vitest'
import { bodyKind, decode } from '../../../shared/exposition/decode.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import { negotiate } from '../../../shared/exposition/negotiate.ts'
import { ParseError } from '../../../shared/exposition/parse-error.ts'

const message = 'io.prometheus.client.MetricFamily'

test('the Content-Type tells the reader, and text is for all others', () => {
  const cases: Readonly<Record<string, string>> = {
    '': 'text',
    'text/plain; version=0.0.4': 'text',
    'application/json': 'text',
    'application/openmetrics-text': 'openmetrics',
    'Application/OpenMetrics-Text; version=1.0.0': 'openmetrics',
    [`application/vnd.google.protobuf; proto=${message}; encoding=delimited`]: 'protobuf',
    [`application/vnd.google.protobuf;Proto="${message}";encoding="delimited"`]: 'protobuf',
    [`application/vnd.google.protobuf; proto=${message}; encoding=text`]: 'text',
    [`application/vnd.google.protobuf; encoding=delimited`]: 'text',
  }
  for (const [type, expected] of Object.entries(cases)) expect(bodyKind(type), type).toBe(expected)
  expect(bodyKind(undefined)).toBe('text')
})

test('decode reads what encode wrote, in each format', () => {
  const family = {
    name: 'a_total',
    help: 'h',
    type: 'counter',
    metrics: [{ labels: [{ name: 'b', value: 'c' }], value: 1.5 }],
  } as const
  const types = [
    'text/plain',
    'application/openmetrics-text;version=1.0.0',
    `application/vnd.google.protobuf;proto=${message};encoding=delimited`,
  ]
  for (const accept of types) {
    const format = negotiate(accept, { openMetrics: true, protobuf: true })
    expect(decode(encode([family], format), format.contentType), accept).toEqual([family])
  }
})

test('decode refuses what breaks the rules of the format, and reads OpenMetrics as text if told so', () => {
  const page = Buffer.from('a.b 1\n# EOF\n')
  expect(() => decode(page, 'application/openmetrics-text')).toThrow(ParseError)
  const comment = Buffer.from('a 1\n# EOF\nb 1\n')
  const options = { openMetrics: false }
  expect(decode(comment, 'application/openmetrics-text', options)).toHaveLength(2)
  const quoted = Buffer.from('{"a.b"} 1\n')
  expect(() => decode(quoted, undefined)).toThrow('invalid metric name "a.b"')
  expect(decode(quoted, undefined, { names: 'utf8' })).toHaveLength(1)
})
