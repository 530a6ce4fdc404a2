import { expect, test } from 'vitest'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { groupPath, groupSeries, listGroups } from '../../pushgateway/groups-api.ts'
import { gateway } from './gateway.ts'

const paths = ['/a', '/a/l/', '/a%2Fb/z/1/a/2', '/ü \n"\\/l/\u{1f600}']

test.each(paths)('the path of group %j leads back to it', (path) => {
  const key = parseGroupingKey(Buffer.from(path).toString('latin1'), 'legacy')
  const back = parseGroupingKey(groupPath(key.labels).slice('job'.length), 'legacy')
  expect(back).toEqual(key)
})

test('lists are searched, sorted and cut by the server', () => {
  const { put, groups } = gateway()
  put('/b/instance/one', 'x 1\ny{l="1"} 1\ny{l="2"} 1\n')
  put('/a/instance/two', 'x 1\n')
  put('/c/instance/Three', 'x 1 1\n')
  const jobs = (query: string) => {
    const list = listGroups(groups.all(), new URLSearchParams(query))
    const { total, groups: found } = list as {
      total: number
      groups: { labels: { job: string } }[]
    }
    return `${total}:${found.map(({ labels }) => labels.job).join('')}`
  }
  expect(jobs('')).toBe('3:abc')
  expect(jobs('sort=newest')).toBe('3:abc')
  expect(jobs('sort=oldest')).toBe('3:cba')
  expect(jobs('sort=failed')).toBe('3:cab')
  expect(jobs('sort=nonsense&limit=2')).toBe('3:ab')
  expect(jobs('offset=1&limit=1')).toBe('3:b')
  expect(jobs('offset=9')).toBe('3:')
  expect(jobs('limit=-1&offset=x')).toBe('3:abc')
  expect(jobs('search=three')).toBe('1:c')
  expect(jobs('search=Y')).toBe('1:b')
  expect(jobs('search=instance+job="a"')).toBe('1:a')
  expect(jobs('search=nothing')).toBe('0:')
})

test('the parts of a list are those of the whole', () => {
  const { put, groups } = gateway()
  for (let i = 0; i < 400; i++) put(`/job${(i * 7919) % 20}/i/${(i * 31) % 400}`, 'x 1\n')
  const list = (query: string) => {
    const { groups: found } = listGroups(groups.all(), new URLSearchParams(query)) as {
      groups: { path: string }[]
    }
    return found.map(({ path }) => path)
  }
  for (const sort of ['labels', 'newest', 'oldest', 'failed']) {
    const whole = list(`sort=${sort}&limit=500`)
    expect(new Set(whole).size).toBe(400)
    for (const [offset, limit] of [
      [0, 1],
      [0, 7],
      [3, 40],
      [380, 50],
      [5, 0],
    ] as const) {
      const part = list(`sort=${sort}&offset=${offset}&limit=${limit}`)
      expect(part).toEqual(whole.slice(offset, offset + limit))
    }
  }
})

test('of a group with very many series the first are given', () => {
  const { put, groups } = gateway()
  const many = Array.from({ length: 900 }, (_, i) => `{l="${i}"} ${i}\n`)
  put('/a', ['x', 'y', 'z'].map((name) => many.map((line) => name + line).join('')).join(''))
  const [group] = groups.all()
  if (group === undefined) throw new Error('the push was not stored')
  const { families } = groupSeries(group) as { families: { series: number; metrics: unknown[] }[] }
  expect(families.map(({ series, metrics }) => [series, metrics.length])).toEqual([
    [900, 900],
    [900, 100],
    [900, 0],
    [1, 0],
    [1, 0],
  ])
})
