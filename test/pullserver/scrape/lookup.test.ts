import { expect, test } from 'vitest'
import { type Lookup, sharedLookup } from '../../../pullserver/scrape/lookup.ts'

test('a name is asked for once at a time, and two names at once at most', () => {
  const asked = new Map<string, (address: string) => void>()
  const system: Lookup = (hostname, _options, callback) => {
    asked.set(hostname, (address) => {
      asked.delete(hostname)
      callback(null, address, 4)
    })
  }
  const lookup = sharedLookup(system)
  const answers: string[] = []
  for (const name of ['a', 'a', 'b', 'c', 'a']) {
    lookup(name, {}, (_error, address) => answers.push(`${name} ${address}`))
  }
  expect([...asked.keys()]).toEqual(['a', 'b'])
  asked.get('a')?.('1')
  expect(answers).toEqual(['a 1', 'a 1', 'a 1'])
  expect([...asked.keys()]).toEqual(['b', 'c'])
  lookup('a', {}, (_error, address) => answers.push(`again ${address}`))
  asked.get('c')?.('3')
  asked.get('b')?.('2')
  asked.get('a')?.('4')
  expect(answers.slice(3)).toEqual(['c 3', 'b 2', 'again 4'])
})

test('a failure is given to all who asked', () => {
  const failure = Object.assign(new Error('getaddrinfo ENOTFOUND a'), { code: 'ENOTFOUND' })
  let fail: () => void = () => undefined
  const lookup = sharedLookup((_hostname, _options, callback) => {
    fail = () => callback(failure, '')
  })
  const errors: unknown[] = []
  lookup('a', {}, (error) => errors.push(error))
  lookup('a', {}, (error) => errors.push(error))
  fail()
  expect(errors).toEqual([failure, failure])
})
