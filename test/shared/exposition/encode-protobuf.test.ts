import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeProtobuf } from '../../../shared/exposition/decode-protobuf.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { protobuf } from './protobuf.ts'
import { fromProtoJson, type JsonFamily } from './protojson.ts'
import { familyOfAnyKind } from './random-families.ts'

type Case = {
  id: string
  family: JsonFamily
  family_pb: string
  protobuf_delimited_len: number
} & Record<`text_${'underscores' | 'dots' | 'values'}`, { out?: string }>

/** Our model has no absent number: a missing sum is written as 0. Go leaves it out. */
function isComplete(json: JsonFamily): boolean {
  if (json.name === undefined && json.metric === undefined) return true
  return (json.metric ?? []).every(({ summary, histogram, ...metric }) => {
    const parts = summary ?? histogram
    if (json.type === 'COUNTER') return metric.counter !== undefined
    if (parts === undefined) return true
    const { sampleSum, sampleCount } = parts
    const float = histogram?.sampleCountFloat
    return sampleSum !== undefined && (sampleCount !== undefined || float !== undefined)
  })
}

itShared('the families of the corpus are written as Go writes them, byte for byte', (folder) => {
  let exact = 0
  for (const { id, family, family_pb, protobuf_delimited_len: length } of corpusCases<Case>(
    folder,
    'writer',
  )) {
    const message = Buffer.from(family_pb, 'base64')
    const written = Buffer.from(encode([fromProtoJson(family)], protobuf))
    const delimited = Buffer.concat([varint(message.length), message])
    if (isComplete(family)) {
      expect(written.toString('hex'), id).toBe(delimited.toString('hex'))
      expect(written.length, id).toBe(length)
      exact++
    } else if (family.name !== undefined) {
      const decode = (bytes: Uint8Array) => decodeProtobuf(bytes, { names: 'utf8' })
      expect(decode(written), id).toEqual(decode(delimited))
    }
  }
  expect(exact).toBe(282)
})

function varint(value: number): Buffer {
  return value < 0x80
    ? Buffer.of(value)
    : Buffer.concat([Buffer.of((value & 0x7f) | 0x80), varint(value >> 7)])
}

itShared('names are escaped as in the text of the same family', (folder) => {
  for (const one of corpusCases<Case>(folder, 'writer')) {
    const family = fromProtoJson(one.family)
    // Text can have an empty label name; no reader takes it.
    if (family.metrics.some(({ labels }) => labels.some(({ name }) => name === ''))) continue
    for (const escaping of ['underscores', 'dots', 'values'] as const) {
      const { out } = one[`text_${escaping}`]
      if (out === undefined) continue
      const [escaped] = decodeProtobuf(encode([family], { ...protobuf, escaping }), {
        names: 'utf8',
      })
      // What is escaped once is legacy, and not escaped again.
      const { version, contentType } = protobuf
      const text = escaped && encode([escaped], { kind: 'text', version, escaping, contentType })
      expect(Buffer.from(text ?? '').toString(), one.id).toBe(out)
    }
  }
})

test('a family of any kind is decoded as it was encoded', () => {
  fc.assert(
    fc.property(fc.array(familyOfAnyKind, { maxLength: 4 }), (families) => {
      expect(decodeProtobuf(encode(families, protobuf), { names: 'utf8' })).toEqual(families)
    }),
    { numRuns: 300 },
  )
})

const counter: MetricFamily = {
  name: 'a_total',
  help: 'A "b".\n\u0001é',
  type: 'counter',
  metrics: [
    {
      labels: [{ name: 'x', value: '' }],
      value: 1e6,
      exemplar: { labels: [], value: Number.NaN, timestampNs: 1_500_000_000n },
      timestampMs: -1n,
    },
    { labels: [], value: -0, createdNs: -1n },
  ],
}

function text(families: readonly MetricFamily[], version: string): string {
  return Buffer.from(encode(families, { ...protobuf, version })).toString()
}

test('the text form has a line for each field', () => {
  expect(text([counter, counter], 'text')).toBe(
    `${`
name: "a_total"
help: "A \\"b\\".\\n\\x01é"
type: COUNTER
metric: {
  label: {
    name: "x"
    value: ""
  }
  counter: {
    value: 1e+06
    exemplar: {
      value: nan
      timestamp: {
        seconds: 1
        nanos: 500000000
      }
    }
  }
  timestamp_ms: -1
}
metric: {
  counter: {
    value: -0
    created_timestamp: {
      seconds: -1
      nanos: 999999999
    }
  }
}
`
      .repeat(2)
      .trimStart()}\n`,
  )
})

test('the compact text form has a line for each family', () => {
  const histogram: MetricFamily = {
    name: 'h',
    type: 'gaugehistogram',
    metrics: [{ labels: [], count: 2 ** 53, sum: Number.POSITIVE_INFINITY, buckets: [[0.5, 1.5]] }],
  }
  expect(text([histogram, { ...counter, metrics: [] }], 'compact-text')).toBe(
    'name:"h" type:GAUGE_HISTOGRAM metric:{histogram:{sample_count_float:9.007199254740992e+15 ' +
      'sample_sum:inf bucket:{cumulative_count_float:1.5 upper_bound:0.5}}}\n' +
      'name:"a_total" help:"A \\"b\\".\\n\\x01é" type:COUNTER\n',
  )
})

test('a metric with a value of another type is refused, as in the text format', () => {
  const metrics = [{ labels: [], value: 1 }]
  const check = (type: MetricFamily['type']) =>
    expect(() => encode([{ name: 'm', type, metrics }], protobuf)).toThrow(
      `"m": a metric has no ${type} value`,
    )
  check('summary')
  check('histogram')
  check('gaugehistogram')
  const summary = { labels: [], count: 1n, sum: 1, quantiles: [] }
  expect(() => encode([{ name: 'm', type: 'info', metrics: [summary] }], protobuf)).toThrow(
    '"m": a metric has no info value',
  )
})
