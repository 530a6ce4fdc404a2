import { expect, test } from 'vitest'
import { Deadlines } from '../../pushgateway/deadlines.ts'

test('what is due is what a look at all items finds, after any changes', () => {
  const deadlines = new Deadlines<number>()
  const all = new Map<number, number>()
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48_271) % 0x7fff_ffff
    return seed % below
  }
  for (let step = 0; step < 5000; step++) {
    const item = random(200)
    const atMs = random(1000)
    if (random(3) === 0) {
      deadlines.delete(item)
      all.delete(item)
    } else {
      deadlines.set(item, atMs)
      all.set(item, atMs)
    }
    const nowMs = random(1000)
    const due = deadlines.due(nowMs, 1000).sort((a, b) => a - b)
    const expected = [...all].filter(([, time]) => time <= nowMs).map(([one]) => one)
    expect(due).toEqual(expected.sort((a, b) => a - b))
  }
})

test('of very many as many are given as were asked for', () => {
  const deadlines = new Deadlines<number>()
  for (let item = 0; item < 100; item++) deadlines.set(item, item)
  expect(deadlines.due(50, 7)).toHaveLength(7)
  expect(deadlines.due(50, 100)).toHaveLength(51)
  expect(deadlines.due(-1, 7)).toEqual([])
})
