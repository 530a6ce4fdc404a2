import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Expiry } from '../../pushgateway/expiry.ts'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { Groups } from '../../pushgateway/groups.ts'
import { listGroups } from '../../pushgateway/groups-api.ts'
import { Journal } from '../../pushgateway/journal.ts'
import { openJournalFile } from '../../pushgateway/journal-file.ts'
import { endless, type Lifetime, readTtl } from '../../pushgateway/lifetime.ts'
import { openJournal } from '../../pushgateway/persistence.ts'
import { Store } from '../../pushgateway/store.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { createLog } from '../../shared/log.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs

type Options = { journal?: Journal; groups?: Groups; lifetime?: Lifetime; startMs?: number }

/** A gateway whose clock stands still but where a test moves it. */
function gateway({ journal, lifetime, startMs = 1e6, ...options }: Options = {}) {
  const groups = options.groups ?? new Groups(new Map(), lifetime)
  const clock = { nowMs: startMs }
  const counted: number[] = []
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => lines.push(line) })
  const metrics = { countExpired: (count: number) => counted.push(count) }
  const store = new Store(groups, () => clock.nowMs, journal)
  const expiry = new Expiry({ store, metrics, log, nowMs: () => clock.nowMs })
  return {
    store,
    expiry,
    lines,
    expired: () => counted.reduce((sum, count) => sum + count, 0),
    /** `ttl` as in the URL. */
    async put(path: string, body = 'x 1\n', ttl?: string): Promise<string> {
      const ttlMs = readTtl(ttl === undefined ? '/' : `/?ttl=${ttl}`)
      const key = parseGroupingKey(path, 'legacy')
      const source = { body: Buffer.from(body), ttlMs }
      return store.push('put', key, decodeText(body), source).then(
        () => 'ok',
        () => 'refused',
      )
    },
    delete: (path: string) => store.delete(parseGroupingKey(path, 'legacy')),
    /** Lets time pass, and ends what is due. */
    async pass(ms: number): Promise<string[]> {
      clock.nowMs += ms
      await expiry.sweep()
      return shown(groups)
    },
  }
}

/** `job`, or `job-` where only its push times are left. */
function shown(groups: Groups): string[] {
  return Array.from(groups.all(), ({ key, families }) => {
    return `${key.labels.find(({ name }) => name === 'job')?.value}${families.size > 0 ? '' : '-'}`
  }).sort()
}

function groupsOf(store: Store): Record<string, number | null>[] {
  return (listGroups(store.groups.all(), new URLSearchParams()) as { groups: [] }).groups
}

test('without a flag and without ?ttl= a group stays for ever', async () => {
  const { put, pass, store } = gateway()
  await put('/a')
  expect(await pass(1e12)).toEqual(['a'])
  expect(groupsOf(store)).toMatchObject([{ expires_ms: null }])
})

test('a group goes when nobody has pushed to it for its time', async () => {
  const { put, pass, expired, store, ...rest } = gateway({
    lifetime: { ...endless, ttlMs: minuteMs },
  })
  await put('/a')
  await put('/b')
  await put('/longer', 'x 1\n', '2m')
  await put('/never', 'x 1\n', '0')
  await put('/shorter', 'x 1\n', '1s')
  expect(groupsOf(store).map(({ expires_ms }) => expires_ms)).toEqual([
    1_060_000,
    1_060_000,
    1_120_000,
    null,
    1_001_000,
  ])
  expect(await pass(secondMs - 1)).toEqual(['a', 'b', 'longer', 'never', 'shorter'])
  expect(await pass(1)).toEqual(['a', 'b', 'longer', 'never'])
  await put('/a')
  await rest.delete('/b')
  await put('/b')
  expect(await pass(minuteMs - secondMs)).toEqual(['a', 'b', 'longer', 'never'])
  expect(await pass(secondMs)).toEqual(['longer', 'never'])
  expect(await pass(minuteMs)).toEqual(['never'])
  expect(expired()).toBe(4)
  await put('/a')
  store.groups.wipe()
  expect(await pass(minuteMs)).toEqual([])
  expect(expired()).toBe(4)
})

test('the last push that was stored says how long', async () => {
  const { put, pass } = gateway()
  await put('/a', 'x 1\n', '1m')
  expect(await put('/a', 'x 1 1\n', '1h')).toBe('refused')
  await put('/b', 'x 1\n', '1m')
  await put('/b')
  expect(await put('/c', 'x 1 1\n', '1m')).toBe('refused')
  expect(await pass(minuteMs / 2)).toEqual(['a', 'b', 'c-'])
  expect(await put('/d', 'x 1 1\n', '1m')).toBe('refused')
  expect(await put('/c', 'x 1 1\n', '1m')).toBe('refused')
  expect(await pass(minuteMs / 2)).toEqual(['b', 'c-', 'd-'])
  expect(await pass(minuteMs / 2)).toEqual(['b'])
})

test('the push time stays as long as the flag says', async () => {
  const lifetime = { ttlMs: minuteMs, keepPushTimeMs: 10 * minuteMs }
  const { put, pass, expired, store } = gateway({ lifetime })
  await put('/a')
  await put('/heartbeat', '')
  await put('/c')
  expect(await pass(minuteMs)).toEqual(['a-', 'c-', 'heartbeat-'])
  expect(expired()).toBe(2)
  const page = Buffer.concat(store.groups.write(new Map(), 'underscores', 'plain')).toString()
  expect(page).toContain('push_time_seconds{instance="",job="a"} 1000\n')
  expect(page).not.toContain('\nx')
  await put('/c')
  expect(await pass(10 * minuteMs - 1)).toEqual(['a-', 'c-', 'heartbeat-'])
  expect(await pass(1)).toEqual(['c-'])
  expect(await pass(minuteMs)).toEqual([])
  expect(expired()).toBe(3)
})

test('a group that came without push times stays until it is pushed to', async () => {
  const { put, pass, store } = gateway({ lifetime: { ...endless, ttlMs: minuteMs } })
  const times = { pushedMs: 0, failedMs: 0, timesMs: new Map() }
  store.groups.restore(parseGroupingKey('/a', 'legacy'), {
    ...times,
    families: decodeText('x 1\n'),
  })
  expect(await pass(minuteMs)).toEqual(['a'])
  await put('/a')
  expect(await pass(minuteMs)).toEqual([])
})

test('very many groups end in one go', async () => {
  const { put, pass, expired, lines } = gateway({ lifetime: { ...endless, ttlMs: minuteMs } })
  for (let i = 0; i < 1001; i++) await put(`/job${i}`)
  expect(await pass(minuteMs)).toEqual([])
  expect(expired()).toBe(1001)
  expect(lines.join('')).toMatch(/^[^\n]* level=INFO .* groups=1001\n$/)
})

/** The groups as a start of the program finds them, with the journal behind them. */
async function open(path: string, lifetime: Lifetime) {
  const log = createLog({ level: 'error', format: 'logfmt' })
  const groups = new Groups(new Map(), lifetime)
  const journal = await openJournal({ path, sync: 'always', intervalMs: 1000, log }, groups)
  return { groups, journal }
}

test('time goes on while the gateway is down, counted from the push', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'state')
  const lifetime = { ttlMs: minuteMs, keepPushTimeMs: minuteMs }
  const first = gateway(await open(path, lifetime))
  await first.put('/a', 'x 1\n', '10s')
  await first.put('/b')
  await first.put('/c', 'x 1 1\n', '40s')
  await first.put('/d', 'x 1\n', '0s')
  expect(await first.pass(10 * secondMs)).toEqual(['a-', 'b', 'c-', 'd'])
  await first.store.close()
  const second = gateway({ ...(await open(path, lifetime)), startMs: 1e6 + 20 * secondMs })
  expect(groupsOf(second.store)).toEqual(
    groupsOf(first.store).map((group) => ({ ...group, series_count: expect.any(Number) })),
  )
  expect(await second.pass(50 * secondMs)).toEqual(['b-', 'c-', 'd'])
  await second.store.close()
  // The flag is that of this start, what a push asked for stays.
  const third = gateway({ ...(await open(path, endless)), startMs: 1e6 + 100 * secondMs })
  expect(await third.pass(0)).toEqual(['b-', 'd'])
  await third.store.close()
  const { groups, journal } = await open(path, endless)
  expect(shown(groups)).toEqual(['b-', 'd'])
  await journal.close()
})

test('a journal that is replaced by a snapshot keeps what the pushes asked for', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'state')
  const first = gateway(await open(path, endless))
  await first.put('/a', 'x 1\n', '1m')
  await first.put('/b', 'x 1 1\n', '2m')
  const long = `x{l="${'v'.repeat(1_200_000)}"} 1\n`
  await Promise.all([first.put('/large', long), first.put('/large', '')])
  await first.store.close()
  expect(readFileSync(path).length).toBeLessThan(10_000)
  const second = gateway(await open(path, endless))
  expect(groupsOf(second.store).map(({ expires_ms }) => expires_ms)).toEqual([
    1_060_000,
    1_120_000,
    null,
  ])
  await second.store.close()
})

test('a push that is written before the end keeps the group, one after it makes a new one', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'state')
  const { store, put, pass, expired } = gateway(await open(path, endless))
  await put('/a', 'x 1\n', '1m')
  await put('/b', 'y 1\n', '1m')
  await pass(secondMs)
  // All three are written together.
  const pushed = put('/a', 'x 2\n', '3m')
  const swept = pass(minuteMs)
  const again = put('/b', 'x 3\n')
  await Promise.all([pushed, swept, again])
  expect(expired()).toBe(1)
  const page = () => Buffer.concat(store.groups.write(new Map(), 'underscores', 'plain')).toString()
  expect(page().match(/^[xy].*/gm)).toEqual([
    'x{instance="",job="a"} 2',
    'x{instance="",job="b"} 3',
  ])
  await store.close()
  const { groups, journal } = await open(path, endless)
  expect(Buffer.concat(groups.write(new Map(), 'underscores', 'plain')).toString()).toBe(page())
  await journal.close()
})

test('a disk that takes nothing keeps the group until it does, and is told once', async () => {
  using folder = temporaryFolder()
  const disk = { isFull: false }
  const journal = new Journal({
    path: join(folder.path, 'state'),
    sync: 'always',
    intervalMs: 1000,
    snapshot: () => [],
    onEvent: () => {},
    openFile: (path, durable) => {
      const file = openJournalFile(path, durable)
      return {
        ...file,
        write: async (bytes, position) => {
          if (disk.isFull) throw new Error('ENOSPC')
          await file.write(bytes, position)
        },
      }
    },
  })
  await journal.startNew()
  const failing = gateway({ journal })
  await failing.put('/a', 'x 1\n', '1s')
  disk.isFull = true
  expect(await failing.pass(secondMs)).toEqual(['a'])
  expect(await failing.pass(secondMs)).toEqual(['a'])
  expect(failing.lines).toHaveLength(1) // at the first of the two
  expect(failing.lines[0]).toContain('ENOSPC')
  disk.isFull = false
  expect(await failing.pass(secondMs)).toEqual([])
  await journal.close()
})

const ttls: [target: string, ttl: number | undefined | RegExp][] = [
  ['/metrics/job/a', undefined],
  ['/metrics/job/a?x=1', undefined],
  ['/metrics/job/a?ttl=15m', 900_000],
  ['/metrics/job/a?x=1&ttl=1h30m', 5_400_000],
  ['/metrics/job/a?ttl=0', 0],
  ['http://host/metrics/job/a?ttl=1d', 86_400_000],
  ['/metrics/job/a?ttl=', /^ttl in the URL: time: invalid duration ""$/],
  ['/metrics/job/a?ttl=15', /^ttl in the URL: time: missing unit in duration "15"$/],
  ['/metrics/job/a?ttl=-1s', /^ttl in the URL must be a duration such as 15m/],
  [`/metrics/job/a?ttl=${'9'.repeat(400)}y`, /^ttl in the URL must be a duration such as 15m/],
]

test.each(ttls)('%s asks for %s', (target, ttl) => {
  if (ttl instanceof RegExp) expect(() => readTtl(target)).toThrow(ttl)
  else expect(readTtl(target)).toBe(ttl)
})
