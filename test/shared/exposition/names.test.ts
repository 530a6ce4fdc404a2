import { expect, test } from 'vitest'
import {
  type EscapingScheme,
  escapeName,
  escapeWrittenName,
  isValidLabelName,
  isValidMetricName,
} from '../../../shared/exposition/names.ts'
import { itShared } from '../../shared-folder.ts'
import { corpusCases } from './corpus.ts'

const schemes: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values']

function check(name: string, underscores: string, dots: string, values: string): void {
  expect(schemes.map((scheme) => escapeName(name, scheme))).toEqual([
    name,
    underscores,
    dots,
    values,
  ])
}

test('each scheme escapes in its own way', () => {
  check('', '', '', '')
  check('a_b', 'a_b', 'a__b', 'a_b')
  check('a.b_c', 'a_b_c', 'a_dot_b__c', 'U__a_2e_b__c')
  check('1a', '_a', '__a', 'U___31_a')
  check('花火', '__', '____', 'U___82b1__706b_')
  check('🔥', '_', '__', 'U___1f525_')
})

test('a page never touches legacy names', () => {
  expect(escapeWrittenName('a_b', 'dots')).toBe('a_b')
  expect(escapeWrittenName('a.b', 'dots')).toBe('a_dot_b')
})

itShared('the names of the corpus are escaped and judged as upstream does', (folder) => {
  type Case = Record<EscapingScheme, string> & {
    name_b64: string
    legacy_metric_ok: boolean
    legacy_label_ok: boolean
    utf8_ok: boolean
  }
  for (const one of corpusCases<Case>(folder, 'escape_names')) {
    const bytes = Buffer.from(one.name_b64, 'base64')
    const name = bytes.toString()
    for (const scheme of schemes) expect(escapeName(name, scheme)).toBe(one[scheme])
    expect(isValidMetricName(name, 'legacy')).toBe(one.legacy_metric_ok)
    expect(isValidLabelName(name, 'legacy')).toBe(one.legacy_label_ok)
    // What is not UTF-8 cannot be told from U+FFFD any more once it is a string.
    if (Buffer.from(name).equals(bytes)) expect(isValidMetricName(name, 'utf8')).toBe(one.utf8_ok)
  }
})
