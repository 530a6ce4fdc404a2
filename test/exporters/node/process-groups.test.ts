import { expect, test } from 'vitest'
import { ProcessGroups, type ProcessUse } from '../../../exporters/node/process-groups.ts'

/** A process of that name, pid and ticks of CPU; started at boot unless said otherwise. */
function process(
  name: string,
  pid: number,
  cpuTicks: number,
  more: Partial<ProcessUse> = {},
): ProcessUse {
  return { pid, startTicks: 0, name, cpuTicks, residentBytes: 0, io: undefined, ...more }
}

/** Rounds of processes, a minute apart after an hour of uptime; then name and ticks of the top. */
function totals(rounds: readonly (readonly ProcessUse[])[], maxGroups = 1000, count = 10) {
  const groups = new ProcessGroups(maxGroups)
  let seconds = 3600
  for (const processes of rounds) {
    groups.update(processes, seconds, 100)
    seconds += 60
  }
  return groups.top(count).map(({ name, cpuTicks }) => [name, cpuTicks])
}

test('a total grows by what each process used, and stays when one ends', () => {
  expect(totals([[process('a', 1, 100), process('a', 2, 50)]])).toEqual([['a', 150]])
  expect(
    totals([
      [process('a', 1, 100), process('a', 2, 50)],
      [process('a', 1, 110)],
      [process('a', 1, 115), process('a', 3, 7, { startTicks: 360_500 })],
    ]),
  ).toEqual([['a', 172]])
})

test('a pid that is another process now starts from nothing', () => {
  const rounds = [[process('a', 1, 100)], [process('a', 1, 30, { startTicks: 360_100 })]]
  expect(totals(rounds)).toEqual([['a', 130]])
})

test('a process that changes its name takes along what it uses from then on', () => {
  const rounds = [[process('sh', 1, 100)], [process('job', 1, 130)]]
  expect(totals(rounds)).toEqual([
    ['job', 30],
    ['sh', 100],
  ])
})

test('a group that comes back goes on where it was', () => {
  expect(totals([[process('a', 1, 100)], [], [process('a', 9, 5)]])).toEqual([['a', 105]])
})

test('what is used lately counts, not what was used long ago', () => {
  // old used an hour of CPU in its hour of life, then nothing.
  const rounds = Array.from({ length: 30 }, (_, round) => [
    process('old', 1, 360_000),
    process('new', 2, round * 3000),
  ])
  expect(totals(rounds.slice(0, 1), 1000, 1)).toEqual([['old', 360_000]])
  expect(totals(rounds, 1000, 1)).toEqual([['new', 87_000]])
})

test('names at the top are bounded, equals go by name, and each measure has its own', () => {
  const groups = new ProcessGroups(1000)
  const io = { readBytes: 10, writtenBytes: 20 }
  groups.update(
    [
      process('c', 1, 5),
      process('b', 2, 5),
      process('a', 3, 5),
      process('big', 4, 0, { residentBytes: 1e9 }),
      process('disk', 5, 0, { io }),
      process('idle', 6, 0),
    ],
    3600,
    100,
  )
  expect(groups.top(2).map(({ name }) => name)).toEqual(['a', 'b', 'big', 'disk'])
  expect(groups.top(2).find(({ name }) => name === 'disk')).toMatchObject({
    readBytes: 10,
    writtenBytes: 20,
    hasIo: true,
    processes: 1,
  })
})

test('names without processes are forgotten beyond the limit, the least used first', () => {
  const first = [process('a', 1, 30), process('b', 2, 10), process('c', 3, 20)]
  expect(totals([first, [process('alive', 4, 1)]], 1)).toEqual([
    ['a', 30],
    ['alive', 1],
  ])
})
