import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { gateway } from './gateway.ts'

test('PUT replaces all families of the group, POST those it mentions', () => {
  const { put, post, page } = gateway()
  put('/a', 'x 1\ny 2\n')
  post('/a', '# TYPE y gauge\ny{l="1"} 3\nz 4\n')
  expect(page()).toBe(
    [
      '# TYPE x untyped',
      'x{instance="",job="a"} 1',
      '# TYPE y gauge',
      'y{instance="",job="a",l="1"} 3',
      '# TYPE z untyped',
      'z{instance="",job="a"} 4',
    ].join('\n'),
  )
  put('/a', 'z 5\n')
  expect(page()).toBe('# TYPE z untyped\nz{instance="",job="a"} 5')
})

test('labels of the URL win over those of the body, and instance is always there', () => {
  const { put, page } = gateway()
  put('/a/l/url', 'x{l="body",job="body",instance="i",z="body"} 1\n')
  put('/b', 'x{l="body"} 1\n')
  expect(page()).toBe(
    [
      '# TYPE x untyped',
      'x{instance="",job="b",l="body"} 1',
      'x{instance="i",job="a",l="url",z="body"} 1',
    ].join('\n'),
  )
})

test('series stand by number of labels, then by values in bytes', () => {
  const { put, page } = gateway()
  put('/b', 'x{l="\u{1f600}"} 1\nx{l="\uffee"} 2\nx{l="b"} 3\nx 4\n')
  put('/B', 'x 5\n')
  put('/a/zz/1', 'x 6\n')
  expect(page().split('\n').slice(1)).toEqual([
    'x{instance="",job="B"} 5',
    'x{instance="",job="b"} 4',
    'x{instance="",job="a",zz="1"} 6',
    'x{instance="",job="b",l="b"} 3',
    'x{instance="",job="b",l="\uffee"} 2',
    'x{instance="",job="b",l="\u{1f600}"} 1',
  ])
})

test('an empty push makes a group of push times only, or empties it', () => {
  const { put, post, page, times } = gateway()
  put('/a', '')
  expect(times()).toEqual([
    'push_failure_time_seconds{instance="",job="a"} 0',
    'push_time_seconds{instance="",job="a"} 1',
  ])
  put('/a', 'x 1\n')
  post('/a', '')
  expect(page()).toBe('# TYPE x untyped\nx{instance="",job="a"} 1')
  put('/a', '')
  expect(page()).toBe('')
  expect(times()).toContain('push_time_seconds{instance="",job="a"} 4')
})

test('nobody can push the push times', () => {
  const { put, times } = gateway()
  for (let i = 0; i < 2; i++) put('/a', 'push_time_seconds 7\npush_failure_time_seconds 7\n')
  expect(times()).toEqual([
    'push_failure_time_seconds{instance="",job="a"} 0',
    'push_time_seconds{instance="",job="a"} 2',
  ])
})

test('a refused push changes nothing but the failure time, which makes the group if need be', () => {
  const { put, page, times, groups } = gateway()
  put('/a', 'x 1\n')
  expect(put('/a', 'x 2\ny 3 123\n')).toBe('pushed metrics must not have timestamps')
  expect(put('/b', 'x 2 1\n')).toBe('pushed metrics must not have timestamps')
  expect(page()).toBe('# TYPE x untyped\nx{instance="",job="a"} 1')
  expect(times()).toEqual([
    'push_failure_time_seconds{instance="",job="a"} 2',
    'push_failure_time_seconds{instance="",job="b"} 3',
    'push_time_seconds{instance="",job="a"} 1',
    'push_time_seconds{instance="",job="b"} 0',
  ])
  expect(Array.from(groups.all(), (group) => group.lastPushSuccessful)).toEqual([false, false])
  expect(put('/a', 'x 2\n')).toBe('ok')
  expect(times()[0]).toBe('push_failure_time_seconds{instance="",job="a"} 2')
  expect(Array.from(groups.all(), (group) => group.lastPushSuccessful)).toEqual([true, false])
})

test('delete takes exactly the group with these labels', () => {
  const { put, page, ...gate } = gateway()
  put('/a', 'x 1\n')
  put('/a/l/1', 'x 1\n')
  expect(gate.delete('/a')).toBe(true)
  expect(gate.delete('/a')).toBe(false)
  expect(page()).toBe('# TYPE x untyped\nx{instance="",job="a",l="1"} 1')
  expect(gate.delete('@base64/YQ/l@base64/MQ')).toBe(true)
  expect(page()).toBe('')
  expect(gate.groups.size).toBe(0)
})

test('wipe forgets all groups, and all types with them', () => {
  const { put, page, groups } = gateway()
  put('/a', '# TYPE x gauge\nx 1\n')
  put('/b', '# TYPE x gauge\nx 1\n')
  expect(groups.wipe()).toBe(2)
  expect(page()).toBe('')
  expect(put('/c', '# TYPE x counter\nx 1\n')).toBe('ok')
})

test('the help that is shown is the one that was pushed last', () => {
  const { put, page } = gateway()
  put('/a', '# HELP x first\nx 1\n')
  put('/b', '# HELP x second \\\\ \\n line\nx 1\n')
  put('/c', 'x 1\n')
  expect(page().split('\n')[0]).toBe('# HELP x second \\\\ \\n line')
})

test('histograms and summaries are written whole, with the bucket for +Inf', () => {
  const { put, page } = gateway()
  put('/a', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 3\nh_sum 2.5\n')
  put('/b', '# TYPE s summary\ns{quantile="0.5"} NaN\ns_count 3\ns_sum 1e6\n')
  expect(page()).toBe(
    [
      '# TYPE h histogram',
      'h_bucket{instance="",job="a",le="1"} 1',
      'h_bucket{instance="",job="a",le="+Inf"} 3',
      'h_sum{instance="",job="a"} 2.5',
      'h_count{instance="",job="a"} 3',
      '# TYPE s summary',
      's{instance="",job="b",quantile="0.5"} NaN',
      's_sum{instance="",job="b"} 1e+06',
      's_count{instance="",job="b"} 3',
    ].join('\n'),
  )
})

test('names of any characters are quoted, or escaped for those who ask for less', () => {
  const { put, page } = gateway()
  put('/a', '{"x.y","l.m"="1"} -0\n')
  expect(page()).toBe('# TYPE "x.y" untyped\n{"x.y",instance="",job="a","l.m"="1"} 0')
  expect(page('underscores')).toBe('# TYPE x_y untyped\nx_y{instance="",job="a",l_m="1"} 0')
  expect(page('dots')).toContain('x_dot_y{')
  expect(page('values')).toContain('U__x_2e_y{')
  expect(page()).toContain('{"x.y",')
})

test('a page of many groups is the same after any pushes, plain and from gzip', () => {
  const gate = gateway()
  const line = (name: string, job: number, value: number) =>
    `${name}{instance="",job="${job}"} ${value}`
  for (let job = 0; job < 3000; job++) gate.put(`/${job}`, `x ${job}\ny ${job}\n`)
  for (let job = 0; job < 3000; job += 3) gate.delete(`/${job}`)
  for (let job = 0; job < 3000; job += 7) gate.put(`/${job}`, 'y 1\n')
  const x: string[] = []
  const y: string[] = []
  for (let job = 0; job < 3000; job++) {
    if (job % 7 === 0) y.push(line('y', job, 1))
    else if (job % 3 !== 0) {
      x.push(line('x', job, job))
      y.push(line('y', job, job))
    }
  }
  const order = (lines: string[]) => lines.sort((a, b) => (sortable(a) < sortable(b) ? -1 : 1))
  const sortable = (text: string) => text.replace(/.*job="(\d+)".*/, '$1')
  const expected = ['# TYPE x untyped', ...order(x), '# TYPE y untyped', ...order(y)].join('\n')
  expect(gate.page()).toBe(expected)
  expect(gate.pageFromGzip()).toBe(expected)
})

test('long lines are written right while their blocks are split and joined', () => {
  const gate = gateway()
  const buckets = Array.from({ length: 30 }, (_, le) => `h_bucket{i="%",le="${le}"} ${le}\n`).join(
    '',
  )
  const body = (count: number) =>
    `# TYPE h histogram\n${Array.from({ length: count }, (_, i) => `${buckets}h_count{i="%"} 30\n`.replaceAll('%', String(i).padStart(4, '0'))).join('')}`
  const lines = (count: number) => 1 + count * 33
  for (const count of [400, 390, 10, 400, 0]) {
    gate.put('/a', body(count))
    expect(gate.pageFromGzip()).toBe(gate.page())
    expect(gate.page() === '' ? 0 : gate.page().split('\n').length).toBe(
      count === 0 ? 0 : lines(count),
    )
    const order = gate.page().match(/(?<=_count\{i=")\d+/g) ?? []
    expect(order).toEqual([...order].sort())
  }
})

test('what is kept of a push does not keep its body', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const { put } = gateway()
  const filler = '#'.repeat(1_000_000)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 50; i++) {
    const name = `family_of_push_number_${i}`
    put(`/a${i}`, `# HELP ${name} some words of help\n${name} 1\n${filler}\n`)
    put(`/b${i}`, `x{label_of_the_push="a value of it"} 1\n${filler}\n`)
    put(`/c${i}`, `# TYPE h histogram\nh_sum{label_of_the_push="a value of it"} 1\n${filler}\n`)
  }
  collectGarbage()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000)
})
