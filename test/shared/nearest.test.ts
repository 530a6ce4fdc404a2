import { expect, test } from 'vitest'
import { nearest } from '../../shared/nearest.ts'

const known = [
  'collector.cpu',
  'collector.cpu.info',
  'collector.cpu.guest',
  'web.max-requests',
  'ab',
]

function check(name: string, expected: string | undefined): void {
  test(`nearest to ${JSON.stringify(name)} is ${expected ?? 'nothing'}`, () => {
    expect(nearest(name, known)).toBe(expected)
  })
}

check('collector.cpu.inof', 'collector.cpu.info') // two letters swapped are two errors
check('collector.cpu.guess', 'collector.cpu.guest')
check('colector.cpu', 'collector.cpu')
check('web.max_requests', 'web.max-requests')
check('web.maximal-requests', undefined)
check('xy', undefined) // two errors are all of it
check('a', undefined)
check('abc', 'ab')
check('', undefined)
