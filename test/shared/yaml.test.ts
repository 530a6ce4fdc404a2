import { expect, test } from 'vitest'
import { parseYaml, type YamlValue } from '../../shared/yaml.ts'

/** The tree without positions: maps as objects, scalars as strings. */
function plain(value: YamlValue): unknown {
  if (value.kind === 'scalar') return value.text
  if (value.kind === 'null') return null
  if (value.kind === 'list') return value.items.map(plain)
  return Object.fromEntries(value.entries.map((entry) => [entry.key, plain(entry.value)]))
}

function check(text: string, expected: unknown): void {
  const { value, problems } = parseYaml(text)
  expect({ text, value: plain(value), problems }).toEqual({ text, value: expected, problems: [] })
}

function refuse(text: string, ...expected: string[]): void {
  const found = parseYaml(text).problems.map(({ at, message }) => {
    return `${at.line}:${at.column}: ${message}`
  })
  expect({ text, found }).toEqual({ text, found: expected })
}

test('every scalar stays the text that was written', () => {
  check('a: yes\nb: 017\nc: 1e3\nd: 0x10\n', { a: 'yes', b: '017', c: '1e3', d: '0x10' })
  check('a: !!int 5\nb: !custom x\n', { a: '5', b: 'x' })
  check('a: |\n  two\n  lines\n', { a: 'two\nlines\n' })
})

test('a missing value, ~ and null are null, quoted they are text', () => {
  check('a:\nb: ~\nc: null\nd: "null"\ne: ""\n', { a: null, b: null, c: null, d: 'null', e: '' })
  check('', null)
  check('# only a comment\n', null)
})

test('aliases and merge keys are resolved, own keys win', () => {
  check('x: &x {k: v}\ny: *x\n', { x: { k: 'v' }, y: { k: 'v' } })
  check('x: &x {k: v, m: n}\ny:\n  <<: *x\n  k: own\n', {
    x: { k: 'v', m: 'n' },
    y: { k: 'own', m: 'n' },
  })
  check('y:\n  <<: [{a: 1}, {a: 2, b: 3}]\n', { y: { a: '1', b: '3' } })
})

test('problems name their line and column', () => {
  refuse('a: 1\nb: 2\na: 3\n', '3:1: field a already set in line 1')
  refuse('a:\n\t- b\n', '2:1: yaml: found a tab where indentation needs spaces')
  refuse('a: *gone\n', '1:4: yaml: unknown anchor "gone" referenced')
  refuse('? {a: b}\n: c\n', '1:3: yaml: a key must be a plain string')
  refuse('a: 1\n---\nb: 2\n', '2:1: yaml: one document wanted, found a second one after ---')
  refuse('a: b: c\n', '1:4: yaml: nested mappings are not allowed in compact mappings')
  refuse('y:\n  <<: text\n', '2:7: yaml: map merge requires map or list of maps')
})

test('aliases that multiply or contain themselves are refused', () => {
  const layers = Array.from({ length: 9 }, (_, index) => {
    return `l${index + 1}: &l${index + 1} [${Array(10).fill(`*l${index}`).join(', ')}]`
  })
  const excessive = 'yaml: document contains excessive aliasing or nesting'
  const multiplied = parseYaml(['l0: &l0 [x]', ...layers].join('\n'))
  expect(multiplied.problems.map((problem) => problem.message)).toEqual([excessive])
  const looped = parseYaml('a: &a [*a]\n')
  expect(looped.problems.map((problem) => problem.message)).toEqual([excessive])
})

test('values know their line and column, also after CRLF', () => {
  const { value } = parseYaml('a: 1\r\nb:\r\n  - c: 2\r\n')
  expect(value).toMatchObject({
    entries: [
      { keyAt: { line: 1, column: 1 }, value: { at: { line: 1, column: 4 } } },
      {
        keyAt: { line: 2, column: 1 },
        value: { items: [{ entries: [{ value: { at: { line: 3, column: 8 } } }] }] },
      },
    ],
  })
})
