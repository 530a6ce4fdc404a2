import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unescaped } from '../../../shared/exposition/escapes.ts'

function check(text: string, expected: string, withQuotes?: boolean): void {
  expect(unescaped(text, withQuotes)).toBe(expected)
}

test('a backslash before what it escapes goes, any other stays', () => {
  check('plain', 'plain')
  check('\\\\ \\n \\"', '\\ \n "')
  check('\\\\ \\n \\"', '\\ \n \\"', false)
  check('\\t \\', '\\t \\')
  check('\\\\n', '\\n') // the second backslash is no start
})

test('a long text means what its pieces mean', () => {
  const piece = fc.constantFrom('\\\\', '\\n', '\\"', '\\t', 'x', 'é', '€', '\udc80')
  const padding = fc.nat({ max: 4 }).map((length) => 'x'.repeat(4093 + length))
  fc.assert(
    fc.property(fc.array(piece), padding, fc.array(piece), fc.boolean(), (a, x, b, withQuotes) => {
      const parts = [a.join(''), x, b.join('')]
      const expected = parts.map((part) => unescaped(part, withQuotes)).join('')
      expect(unescaped(parts.join(''), withQuotes)).toBe(expected)
      expect(unescaped(`\\n${x}`, withQuotes)).toBe(`\n${x}`)
    }),
  )
})
