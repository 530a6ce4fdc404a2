import { expect, test } from 'vitest'
import { encode } from '../../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../../shared/exposition/family.ts'
import type { EscapingScheme } from '../../../shared/exposition/names.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'
import { fromProtoJson, type JsonFamily } from './protojson.ts'

function text(families: readonly MetricFamily[], escaping: EscapingScheme = 'allow-utf-8'): string {
  return Buffer.from(encode(families, { ...textFormat, escaping })).toString()
}

test('a gauge has header, labels in order, value and timestamp', () => {
  const labels = [{ name: 'path', value: 'C:\\"x"\n' }]
  const metrics = [{ labels, value: 1e6, timestampMs: -5n }]
  expect(text([{ name: 'm', help: 'a "b" \\ \n', type: 'gauge', metrics }])).toBe(
    '# HELP m a "b" \\\\ \\n\n# TYPE m gauge\nm{path="C:\\\\\\"x\\"\\n"} 1e+06 -5\n',
  )
})

test('an empty help is written, an absent one is not', () => {
  const metrics = [{ labels: [], value: 1 }]
  expect(text([{ name: 'm', help: '', type: 'unknown', metrics }])).toBe(
    '# HELP m \n# TYPE m untyped\nm 1\n',
  )
  expect(text([{ name: 'm', type: 'info', metrics }])).toBe('# TYPE m gauge\nm 1\n')
})

test('a label name with a colon is quoted, since readers refuse it bare', () => {
  const metrics = [{ labels: [{ name: 'a:b', value: 'x' }], value: 1 }]
  expect(text([{ name: 'm', type: 'gauge', metrics }])).toBe('# TYPE m gauge\nm{"a:b"="x"} 1\n')
})

test('a family that cannot be written is refused with its name', () => {
  expect(() => text([{ name: 'm', type: 'gauge', metrics: [] }])).toThrow('"m": it has no metrics')
  const metrics = [{ labels: [], value: 1 }]
  expect(() => text([{ name: '', type: 'gauge', metrics }])).toThrow('without a name')
  expect(() => text([{ name: 'm', type: 'summary', metrics }])).toThrow(
    '"m": a metric has no summary',
  )
  expect(() => text([{ name: 'm', type: 'histogram', metrics }])).toThrow('no histogram value')
})

itShared('the families of the corpus are written as expfmt writes them', (folder) => {
  type Outcome = { out?: string; err?: string }
  type Case = { id: string; family: JsonFamily; text: Outcome } & Record<
    `text_${'underscores' | 'dots' | 'values'}`,
    Outcome
  >
  for (const one of corpusCases<Case>(folder, 'writer')) {
    const family = fromProtoJson(one.family)
    const expected: [EscapingScheme, Outcome][] = [
      ['allow-utf-8', one.text],
      ['underscores', one.text_underscores],
      ['dots', one.text_dots],
      ['values', one.text_values],
    ]
    for (const [escaping, { out }] of expected) {
      if (out === undefined) expect(() => text([family], escaping), one.id).toThrow(TypeError)
      else expect(text([family], escaping), one.id).toBe(out)
    }
  }
})
