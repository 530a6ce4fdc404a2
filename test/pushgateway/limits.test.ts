import { expect, test } from 'vitest'
import { createClock } from '../../pushgateway/clock.ts'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { Groups, type PushMode } from '../../pushgateway/groups.ts'
import { Limits } from '../../pushgateway/limits.ts'
import { Store } from '../../pushgateway/store.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'

function limited(maxGroups: number, maxSeries: number) {
  const groups = new Groups(new Map())
  const limits = new Limits(groups, { maxGroups, maxSeries })
  const store = new Store(groups, createClock(), undefined, limits)
  const key = (path: string) => parseGroupingKey(path, 'legacy')
  return {
    groups,
    limits,
    key,
    /** `ok`, or the status and the reason. */
    async push(mode: PushMode, path: string, body: string): Promise<string> {
      const pushed = store.push(mode, key(path), decodeText(body), { body: Buffer.from(body) })
      return pushed.then(
        () => 'ok',
        (error: { status: number; message: string }) => `${error.status} ${error.message}`,
      )
    },
    delete: (path: string) => store.delete(key(path)),
    held: () => `${groups.size} ${groups.seriesCount}`,
  }
}

test('series are counted through all changes', async () => {
  const { push, delete: remove, held, groups } = limited(0, 0)
  expect(held()).toBe('0 0')
  await push('put', '/a', 'x{l="1"} 1\nx{l="2"} 1\ny 1\n')
  expect(held()).toBe('1 3')
  await push('post', '/a', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n')
  expect(held()).toBe('1 4')
  await push('post', '/a', 'x{l="2"} 1\nx{l="3"} 1\nx{l="4"} 1\n')
  expect(held()).toBe('1 5')
  await push('put', '/b', 'z 1 1\n')
  expect(held()).toBe('2 5')
  await push('put', '/a', '')
  expect(held()).toBe('2 0')
  await push('put', '/a', 'x 1\n')
  await remove('/a')
  expect(held()).toBe('1 0')
  await push('put', '/a', 'x 1\n')
  groups.wipe()
  expect(held()).toBe('0 0')
})

test('at the limit of groups those that are there can still be pushed to', async () => {
  const { push, delete: remove, held } = limited(2, 0)
  expect(await push('put', '/a', 'x 1\n')).toBe('ok')
  expect(await push('put', '/b', 'x 1 1\n')).toMatch(/^400 .*timestamps/)
  expect(await push('put', '/c', 'x 1\n')).toBe(
    '429 there are 2 groups, and --push.max-groups allows 2: delete some, or let them end by --push.ttl',
  )
  expect(await push('post', '/a', 'x 2\ny 1\n')).toBe('ok')
  expect(await push('put', '/b', 'x 1\n')).toBe('ok')
  expect(held()).toBe('2 3')
  await remove('/a')
  expect(await push('put', '/c', 'x 1\n')).toBe('ok')
})

const atThreeSeries: [mode: PushMode, path: string, body: string, result: 'ok' | 429][] = [
  ['put', '/a', 'x 2\ny 2\n', 'ok'],
  ['put', '/a', 'x 2\nz 2\n', 'ok'],
  ['put', '/a', 'x 2\ny 2\nz 2\n', 429],
  ['put', '/a', '', 'ok'],
  ['post', '/a', 'x 2\n', 'ok'],
  ['post', '/a', 'z 2\n', 429],
  ['post', '/a', 'x{l="1"} 2\nx{l="2"} 2\n', 429],
  ['post', '/a', 'push_time_seconds 1\n', 'ok'],
  ['put', '/c', 'x 2\n', 429],
  ['put', '/c', '', 'ok'],
]

test.each(atThreeSeries)('at a limit of three series %s of %s with %j: %s', async (...one) => {
  const [mode, path, body, result] = one
  const { push, held, groups } = limited(0, 3)
  await push('put', '/a', 'x 1\ny 1\n')
  await push('put', '/b', 'x 1\n')
  const before = Buffer.concat(groups.write(new Map(), 'underscores', 'plain')).toString()
  const answer = await push(mode, path, body)
  if (result === 'ok') return expect(answer).toBe('ok')
  expect(answer).toMatch(/^429 the push adds 1 series to 3, and --push.max-series allows 3: /)
  expect(held()).toBe('2 3')
  expect(Buffer.concat(groups.write(new Map(), 'underscores', 'plain')).toString()).toBe(before)
})

test('what is above a limit that was made smaller can shrink, not grow', async () => {
  const { groups, push } = limited(1, 2)
  for (const path of ['/a', '/b']) {
    groups.push('put', parseGroupingKey(path, 'legacy'), decodeText('x 1\ny 1\nz 1\n'), 1000)
  }
  expect(await push('put', '/a', 'x 1\ny 1\n')).toBe('ok')
  expect(await push('put', '/a', 'x 1\ny 1\nz 1\n')).toMatch(/^429 the push adds 1 series to 5/)
  expect(await push('put', '/c', '')).toMatch(/^429 there are 2 groups/)
})

test('pushes that wait for the disk have their room kept', () => {
  const { limits, key } = limited(2, 3)
  const one = decodeText('x 1\n')
  const first = limits.reserve('put', key('/a'), one)
  const second = limits.reserve('post', key('/b'), one)
  const again = limits.reserve('post', key('/b'), one)
  expect(() => limits.reserve('put', key('/c'), [])).toThrow('there are 2 groups')
  expect(() => limits.reserve('put', key('/b'), one)).toThrow('adds 1 series to 3')
  second()
  expect(() => limits.reserve('put', key('/c'), [])).toThrow('there are 2 groups')
  again()
  limits.reserve('put', key('/c'), one)
  first()
  limits.reserve('put', key('/d'), decodeText('x 1\ny 1\n'))
})
