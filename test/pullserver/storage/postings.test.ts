import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Labels, Matcher, MatchOperator } from '../../../pullserver/labels.ts'
import { labelValue } from '../../../pullserver/labels.ts'
import { SeriesIndex } from '../../../pullserver/storage/postings.ts'

function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  const regexp = new RegExp(`^(?:${value})$`, 's')
  const matches = {
    '=': (text: string) => text === value,
    '!=': (text: string) => text !== value,
    '=~': (text: string) => regexp.test(text),
    '!~': (text: string) => !regexp.test(text),
  }[operator]
  return { name, operator, value, matches }
}

function labels(set: Record<string, string>): Labels {
  return Object.entries(set)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function indexOf(sets: readonly Record<string, string>[]): SeriesIndex {
  const index = new SeriesIndex()
  for (const [i, set] of sets.entries()) index.add(i + 1, labels(set))
  return index
}

const machines = indexOf([
  { __name__: 'up', job: 'node', instance: 'a' },
  { __name__: 'up', job: 'node', instance: 'b' },
  { __name__: 'up', job: 'push' },
  { __name__: 'load', job: 'node', instance: 'a', env: 'prod' },
  { __name__: 'load', job: 'web', instance: 'c', env: 'test' },
])

function check(matchers: [string, MatchOperator, string][], expected: number[]): void {
  expect([...machines.select(matchers.map((one) => matcher(...one)))]).toEqual(expected)
}

test('matchers select by value, by pattern, by their opposites', () => {
  check([['__name__', '=', 'up']], [1, 2, 3])
  check([['__name__', '=', 'gone']], [])
  check([['gone', '=', 'x']], [])
  check([['__name__', '=~', 'up|load']], [1, 2, 3, 4, 5])
  check([['instance', '=~', 'a|c|nobody']], [1, 4, 5])
  check([['instance', '=~', '[bc]']], [2, 5])
  check(
    [
      ['__name__', '=~', '.*'],
      ['job', '=', 'node'],
    ],
    [1, 2, 4],
  )
  check(
    [
      ['__name__', '=', 'up'],
      ['instance', '!=', 'a'],
    ],
    [2, 3],
  )
  check(
    [
      ['__name__', '=', 'up'],
      ['instance', '!~', 'a|b'],
    ],
    [3],
  )
  check(
    [
      ['job', '=', 'node'],
      ['instance', '=~', 'a.*'],
    ],
    [1, 4],
  )
})

test('a matcher that matches the empty string also selects series without the label', () => {
  check(
    [
      ['__name__', '=', 'up'],
      ['instance', '=', ''],
    ],
    [3],
  )
  check(
    [
      ['__name__', '=', 'up'],
      ['instance', '!=', ''],
    ],
    [1, 2],
  )
  check(
    [
      ['__name__', '=', 'up'],
      ['env', '=', ''],
    ],
    [1, 2, 3],
  )
  check(
    [
      ['__name__', '=', 'load'],
      ['env', '=~', 'prod|'],
    ],
    [4],
  )
  check(
    [
      ['__name__', '=~', 'up|load'],
      ['env', '=~', 'prod|'],
    ],
    [1, 2, 3, 4],
  )
  check(
    [
      ['__name__', '=~', '.+'],
      ['env', '!~', 'prod'],
    ],
    [1, 2, 3, 5],
  )
  check(
    [
      ['__name__', '=~', '.+'],
      ['env', '!~', ''],
    ],
    [4, 5],
  )
  check([['job', '=', '']], [])
})

const value = fc.constantFrom('', 'a', 'b', 'ab', 'c|d')
const anySet = fc.record({ __name__: fc.constantFrom('m', 'n'), x: value, y: value })
const anyMatcher = fc
  .tuple(
    fc.constantFrom('__name__', 'x', 'y', 'z'),
    fc.constantFrom<MatchOperator[]>('=', '!=', '=~', '!~'),
    fc.constantFrom('', 'a', 'b', 'a|b', 'a.*', '.*', '.+', 'm', '|a', 'c\\|d', 'a|a'),
  )
  .map((one) => matcher(...one))

test('select gives what looking at every series gives, also after forgetting some', () => {
  const sets = fc.uniqueArray(anySet, { selector: (set) => JSON.stringify(labels(set)) })
  fc.assert(
    fc.property(sets, fc.array(anyMatcher), fc.func(fc.boolean()), (sets, matchers, forget) => {
      const index = indexOf(sets)
      const bySearch = (has: (id: number) => boolean) =>
        sets.flatMap((set, i) => {
          const its = labels(set)
          const all = matchers.every(({ name, matches }) => matches(labelValue(its, name)))
          return all && has(i + 1) ? [i + 1] : []
        })
      expect([...index.select(matchers)]).toEqual(bySearch(() => true))
      const gone = new Set(sets.flatMap((_, i) => (forget(i) ? [i + 1] : [])))
      index.remove(gone)
      expect([...index.select(matchers)]).toEqual(bySearch((id) => !gone.has(id)))
      expect(index.size).toBe(sets.length - gone.size)
      for (const [i, set] of sets.entries()) {
        expect(index.find(labels(set))).toBe(gone.has(i + 1) ? undefined : i + 1)
      }
      const used = new Set(
        sets.flatMap((set, i) => (gone.has(i + 1) ? [] : [...labels(set)])).map(({ name }) => name),
      )
      expect(new Set(index.names())).toEqual(used)
    }),
  )
})

test('order is label order, for ranked series and for later ones', () => {
  const sets = fc.uniqueArray(anySet, { selector: (set) => JSON.stringify(labels(set)) })
  fc.assert(
    fc.property(sets, fc.nat({ max: 40 }), fc.func(fc.boolean()), (sets, early, forget) => {
      const index = new SeriesIndex()
      for (const [i, set] of sets.entries()) {
        if (i === early) index.order(i)
        index.add(i + 1, labels(set))
      }
      const gone = new Set(sets.flatMap((_, i) => (forget(i) ? [i + 1] : [])))
      index.remove(gone)
      const text = (id: number) =>
        (index.labelsOf(id) ?? []).flatMap((one) => [one.name, one.value])
      const ids = [...index.ids()]
      const wanted = ids.map(text).sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1))
      expect(ids.sort(index.order(1)).map(text)).toEqual(wanted)
      expect(ids.reverse().sort(index.order(ids.length)).map(text)).toEqual(wanted)
    }),
  )
})

test('labels that are unsorted, doubled or empty are refused', () => {
  const index = new SeriesIndex()
  const a = { name: 'a', value: '1' }
  const b = { name: 'b', value: '2' }
  for (const wrong of [[b, a], [a, a], [{ name: 'a', value: '' }]]) {
    expect(() => index.add(1, wrong)).toThrow(TypeError)
  }
})
