import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyTable } from '../../../exporters/node/key-table.ts'

/** Looks all words up in one pass. */
function pass<T>(table: KeyTable<T>, words: readonly string[]): T[] {
  const bytes = Buffer.from(words.join(' '))
  let at = 0
  table.begin()
  const items = words.map((word) => {
    const end = at + Buffer.byteLength(word)
    const item = table.at(bytes, at, end)
    at = end + 1
    return item
  })
  table.forgetUnseen()
  return items
}

test('KeyTable finds the same item for the same word whatever the order of the words', () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'abc', 'ä', '')
  fc.assert(
    fc.property(fc.array(fc.array(word)), (passes) => {
      const table = new KeyTable((key) => ({ key }))
      for (const words of passes) {
        expect(pass(table, words).map(({ key }) => key)).toEqual(words)
      }
    }),
  )
})

test('KeyTable makes an item once, and anew after its word was away', () => {
  const made: string[] = []
  const table = new KeyTable((key) => made.push(key))
  pass(table, ['eth0', 'lo'])
  pass(table, ['lo', 'eth0'])
  expect(made).toEqual(['eth0', 'lo'])
  pass(table, ['lo'])
  pass(table, ['lo', 'eth0'])
  expect(made).toEqual(['eth0', 'lo', 'eth0'])
})
