import { expect, test } from 'vitest'
import { decodeProtobuf } from '../../../shared/exposition/decode-protobuf.ts'
import { encode } from '../../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import type { NameScheme } from '../../../shared/exposition/names.ts'
import { ParseError } from '../../../shared/exposition/parse-error.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { flat, fromCorpus } from './flat.ts'
import { type CorpusRow, inputBytes } from './parse-corpus.ts'
import { protobuf } from './protobuf.ts'

function attempt(
  body: Uint8Array,
  names: NameScheme,
): { families?: MetricFamily[]; error?: string } {
  try {
    return { families: decodeProtobuf(body, { names }) }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return { error: error.message }
  }
}

itShared('decodeProtobuf gives expfmt verdicts and error texts on every corpus row', (shared) => {
  const wrong: unknown[] = []
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    const { error } = attempt(inputBytes(row), 'utf8')
    const { err } = row.verdicts.expfmt
    if (error !== err) wrong.push([row.id, err, error])
  }
  expect(wrong).toEqual([])
})

/** Rows with a metric whose value is of another type than its family, which the corpus lists. */
const mismatched = new Set(['protobuf-0965813054'])

itShared('decodeProtobuf gives the families expfmt gives on every valid row', (shared) => {
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    const { families } = attempt(inputBytes(row), 'utf8')
    if (families === undefined || row.expected_expfmt === undefined) continue
    if (mismatched.has(row.id)) {
      expect(families[0]?.metrics, row.id).toEqual([{ labels: [], valueless: true }])
    } else expect(flat(families), row.id).toEqual(fromCorpus(row.expected_expfmt))
  }
})

itShared('what is decoded is written so that it is decoded the same', (shared) => {
  for (const row of corpusCases<CorpusRow>(shared, 'protobuf')) {
    const { families } = attempt(inputBytes(row), 'utf8')
    if (families === undefined) continue
    expect(decodeProtobuf(encode(families, protobuf), { names: 'utf8' }), row.id).toEqual(families)
  }
})

test('names are legacy ones unless told otherwise', () => {
  const metrics = [{ labels: [{ name: 'a.b', value: 'x' }], value: 1 }]
  const body = encode([{ name: 'm', type: 'gauge', metrics }], protobuf)
  expect(attempt(body, 'legacy')).toEqual({ error: 'invalid label name "a.b"' })
  expect(attempt(body, 'utf8').families).toHaveLength(1)
  expect(() => decodeProtobuf(encode([{ name: 'x.y', type: 'gauge', metrics }], protobuf))).toThrow(
    'invalid metric name "x.y"',
  )
})
