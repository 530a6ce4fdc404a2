import type { StatsFs } from 'node:fs'
import { expect, test, vi } from 'vitest'
import {
  type MountAnswer,
  type MountQuestion,
  MountStats,
  stuck,
} from '../../../exporters/node/stat-mounts.ts'

const stats = { blocks: 1 } as StatsFs
const neverAborts = (): AbortSignal => new AbortController().signal

/** Mounts whose answers the test gives when it likes. */
function fakeSystem() {
  const pending = new Map<string, PromiseWithResolvers<StatsFs>>()
  const asked: string[] = []
  return {
    asked,
    statfsNow: (): StatsFs => stats,
    statfs(path: string): Promise<StatsFs> {
      asked.push(path)
      const answer = Promise.withResolvers<StatsFs>()
      pending.set(path, answer)
      return answer.promise
    },
    async answer(path: string): Promise<void> {
      pending.get(path)?.resolve(stats)
      await tick()
    },
    async fail(path: string, error: Error): Promise<void> {
      pending.get(path)?.reject(error)
      await tick()
    },
  }
}

async function tick(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await Promise.resolve()
}

function mount(path: string, number = path, isQuick = false): MountQuestion {
  return { path, number, isQuick }
}

const limits = { timeoutMs: 5000, workers: 4, poolSize: 8 }

test('quick mounts are answered at once, errors included', () => {
  const system = {
    ...fakeSystem(),
    statfsNow(path: string): StatsFs {
      if (path === '/bad') throw new Error('permission denied')
      return stats
    },
  }
  const answers = new MountStats(system, limits).ask(
    [mount('/a', '1', true), mount('/bad', '2', true)],
    neverAborts,
  )
  expect(answers).toEqual([stats, new Error('permission denied')])
})

test('slow mounts are answered in the order of the questions, whatever order they come in', async () => {
  const system = fakeSystem()
  const asking = new MountStats(system, limits).ask(
    [mount('/nfs'), mount('/', '0', true), mount('/cifs')],
    neverAborts,
  )
  await system.answer('/cifs')
  await system.fail('/nfs', new Error('stale'))
  expect(await asking).toEqual([new Error('stale'), stats, stats])
})

test('a mount that misses its deadline is stuck until its call returns', async () => {
  vi.useFakeTimers()
  try {
    const system = fakeSystem()
    const mounts = new MountStats(system, limits)
    const questions = [mount('/dead'), mount('/alive')]
    const first = mounts.ask(questions, neverAborts)
    await system.answer('/alive')
    await vi.advanceTimersByTimeAsync(5000)
    expect(await first).toEqual([stuck, stats])

    const second = mounts.ask(questions, neverAborts)
    await system.answer('/alive')
    expect(await second).toEqual([stuck, stats])
    expect(system.asked).toEqual(['/dead', '/alive', '/alive']) // the dead one is left alone

    await system.answer('/dead')
    const third = mounts.ask(questions, neverAborts)
    await system.answer('/dead')
    await system.answer('/alive')
    expect(await third).toEqual([stats, stats])
  } finally {
    vi.useRealTimers()
  }
})

test('all mount points of a stuck device are stuck, and only one of them is asked', async () => {
  vi.useFakeTimers()
  try {
    const system = fakeSystem()
    const asking = new MountStats(system, limits).ask(
      [mount('/a', '0:40'), mount('/b', '0:40'), mount('/c', '0:41')],
      neverAborts,
    )
    await system.answer('/c')
    await vi.advanceTimersByTimeAsync(5000)
    expect(await asking).toEqual([stuck, stuck, stats])
    expect(system.asked).toEqual(['/a', '/c'])
  } finally {
    vi.useRealTimers()
  }
})

test('the mount points of a live device are asked one after the other', async () => {
  const system = fakeSystem()
  const asking = new MountStats(system, limits).ask(
    [mount('/a', '1'), mount('/b', '1')],
    neverAborts,
  )
  await system.answer('/a')
  await system.answer('/b')
  expect(await asking).toEqual([stats, stats])
})

test('one thread of the pool is always left, however many mounts are dead', async () => {
  vi.useFakeTimers()
  try {
    const system = fakeSystem()
    const mounts = new MountStats(system, { ...limits, workers: 16, poolSize: 4 })
    const questions = ['/1', '/2', '/3', '/4', '/5'].map((path) => mount(path))
    const first = mounts.ask(questions, neverAborts)
    expect(system.asked).toEqual(['/1', '/2', '/3'])
    await vi.advanceTimersByTimeAsync(5000)
    expect(await first).toEqual([stuck, stuck, stuck, stuck, stuck])
    expect(system.asked).toEqual(['/1', '/2', '/3'])

    await system.answer('/2')
    const second = mounts.ask(questions, neverAborts) // one thread is free again
    await system.answer('/2')
    await system.answer('/4')
    await system.answer('/5')
    expect(await second).toEqual([stuck, stats, stuck, stats, stats])
  } finally {
    vi.useRealTimers()
  }
})

test('when the scrape ends early, what has not answered is stuck at once', async () => {
  const system = fakeSystem()
  const controller = new AbortController()
  const mounts = new MountStats(system, { ...limits, workers: 1 })
  const asking = mounts.ask([mount('/slow'), mount('/waiting')], () => controller.signal)
  controller.abort()
  expect(await asking).toEqual([stuck, stuck])
  expect(system.asked).toEqual(['/slow'])
  await system.answer('/slow')
  const again = mounts.ask([mount('/waiting')], neverAborts)
  await system.answer('/waiting')
  expect(await again).toEqual([stats])
})

test('a scrape that is over before it began asks nobody', async () => {
  const system = fakeSystem()
  const answers: MountAnswer[] = await new MountStats(system, limits).ask([mount('/nfs')], () =>
    AbortSignal.abort(),
  )
  expect(answers).toEqual([stuck])
  expect(system.asked).toEqual([])
})
