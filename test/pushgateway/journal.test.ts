import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createClock } from '../../pushgateway/clock.ts'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { Groups } from '../../pushgateway/groups.ts'
import { Journal } from '../../pushgateway/journal.ts'
import { type JournalFile, openJournalFile } from '../../pushgateway/journal-file.ts'
import { openJournal } from '../../pushgateway/persistence.ts'
import { Store } from '../../pushgateway/store.ts'
import { decodeProtobuf } from '../../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { encode } from '../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { createLog } from '../../shared/log.ts'
import { protobuf } from '../shared/exposition/protobuf.ts'
import { family, goFile, pushTimes } from './go-file.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'narthex-journal-'))
  folders.push(folder)
  return join(folder, 'push.journal')
}

type Running = {
  store: Store
  log: string[]
  put(path: string, body: string): Promise<void>
  post(path: string, body: string): Promise<void>
  page(): string
}

/** A store on the file, as a start of the program makes it. */
async function start(path: string): Promise<Running> {
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => lines.push(line) })
  const groups = new Groups(new Map())
  const journal = await openJournal({ path, sync: 'always', intervalMs: 1000, log }, groups)
  return running(new Store(groups, createClock(), journal), lines)
}

function running(store: Store, log: string[]): Running {
  const push = (mode: 'put' | 'post') => (path: string, body: string) => {
    const key = parseGroupingKey(path, 'legacy')
    return store.push(mode, key, decodeText(body), { body: Buffer.from(body) })
  }
  const page = () => Buffer.concat(store.groups.write(new Map(), 'underscores', 'plain')).toString()
  return { store, log, put: push('put'), post: push('post'), page }
}

test('a push in protobuf is the same after a restart', async () => {
  const path = newFile()
  const first = await start(path)
  const createdNs = 5n
  const x: MetricFamily = {
    name: 'x',
    type: 'counter',
    metrics: [{ labels: [], value: 1, createdNs }],
  }
  const body = encode([x], protobuf)
  await first.store.push('put', parseGroupingKey('/a', 'legacy'), [x], { body, isProtobuf: true })
  await first.store.close()
  const second = await start(path)
  const page = Buffer.concat(second.store.groups.writeProtobuf(new Map(), 'underscores'))
  expect(decodeProtobuf(page)).toContainEqual(
    expect.objectContaining({ name: 'x', metrics: [expect.objectContaining({ createdNs })] }),
  )
  await second.store.close()
})

test('what was pushed, deleted and refused is the same after a restart', async () => {
  const path = newFile()
  const first = await start(path)
  await first.put('/a/l/\\"', '# HELP x help\n# TYPE x gauge\nx{m="\\n"} -0\n')
  await first.post('/a/l/\\"', '# TYPE h histogram\nh_bucket{le="1"} 1\nh_count 2\nh_sum 3\n')
  await first.put('/b', 'x_total 1\n')
  await first.store.delete(parseGroupingKey('/b', 'legacy'))
  await first.put('/c', 'y 1\n')
  await expect(first.put('/c', 'y 1 1\n')).rejects.toThrow('timestamps')
  const page = first.page()
  expect(page).toContain('push_failure_time_seconds{instance="",job="c"} 1.')
  await first.store.close()
  const second = await start(path)
  expect(second.page()).toBe(page)
  await second.put('/d', 'z 1\n')
  await second.store.close()
  const third = await start(path)
  expect(third.page()).toBe(second.page())
  await third.store.close()
})

test('a wipe is kept', async () => {
  const path = newFile()
  const first = await start(path)
  await first.put('/a', 'x 1\n')
  await first.store.wipe()
  await first.put('/b', '# TYPE x counter\nx 1\n')
  await first.store.close()
  const second = await start(path)
  expect(second.page()).toBe(first.page())
  await second.store.close()
})

test('a file that outgrows what it holds is replaced by a snapshot of the same', async () => {
  const path = newFile()
  const first = await start(path)
  const long = 'v'.repeat(10_000)
  for (let i = 0; i < 40; i++) {
    await Promise.all(
      Array.from({ length: 10 }, (_, job) => {
        return first.put(
          `/${job}`,
          `# TYPE x gauge\nx{l="${long}"} ${i}\n# TYPE s summary\ns_sum -0\n`,
        )
      }),
    )
  }
  const page = first.page()
  await first.store.close()
  expect(first.log.join('')).toMatch(/journal compacted from 1\d{6} to 1\d{5} bytes/)
  expect(readFileSync(path).length).toBeLessThan(4_000_000)
  expect(readdirSync(join(path, '..'))).toEqual(['push.journal'])
  const second = await start(path)
  expect(second.page()).toBe(page)
  await second.store.close()
})

test('a write that was cut off is dropped and told, whatever its length', async () => {
  const path = newFile()
  const first = await start(path)
  await first.put('/a', 'x 1\n')
  const whole = readFileSync(path).length
  await first.put('/b', 'x 2\n')
  await first.store.close()
  const content = readFileSync(path)
  for (let length = whole + 1; length < content.length; length++) {
    writeFileSync(path, content.subarray(0, length))
    const again = await start(path)
    expect(again.store.groups.size).toBe(1)
    expect(again.log.join('')).toContain(`bytes=${length - whole}`)
    await again.put('/c', 'x 3\n')
    await again.store.close()
    const last = await start(path)
    expect(last.store.groups.size).toBe(2)
    expect(last.log.join('')).not.toContain('level=WARN')
    await last.store.close()
  }
})

test('a start that was cut off is a new file', async () => {
  const path = newFile()
  for (const content of ['', 'narthex push']) {
    writeFileSync(path, content)
    const store = await start(path)
    await store.put('/a', 'x 1\n')
    await store.store.close()
    const again = await start(path)
    expect(again.store.groups.size).toBe(1)
    await again.store.close()
  }
})

test('damage in the middle costs only the records it hits, and the file is kept', async () => {
  const path = newFile()
  const first = await start(path)
  const ends: number[] = []
  for (const job of ['a', 'b', 'c']) {
    await first.put(`/${job}`, `x{l="${job}"} 1\n`)
    ends.push(readFileSync(path).length)
  }
  await first.store.close()
  const content = readFileSync(path)
  const [start2 = 0, start3 = 0] = ends
  for (let at = start2; at < start3; at += 5) {
    const damaged = Buffer.from(content)
    damaged[at] = (damaged[at] ?? 0) ^ 0x55
    writeFileSync(path, damaged)
    const again = await start(path)
    expect(Array.from(again.store.groups.all(), ({ key }) => key.text)).toEqual([
      'job="a"',
      'job="c"',
    ])
    expect(again.log.join('')).toMatch(/level=ERROR .*the journal is damaged/)
    await again.put('/d', 'x 1\n')
    await again.store.close()
    const kept = readdirSync(join(path, '..')).filter((name) => name.includes('.damaged-'))
    expect(kept).toHaveLength(1)
    const aside = join(path, '..', kept[0] ?? '')
    expect(readFileSync(aside).equals(damaged)).toBe(true)
    rmSync(aside)
    const last = await start(path)
    expect(last.store.groups.size).toBe(3)
    expect(last.log.join('')).not.toContain('damaged')
    await last.store.close()
  }
})

const foreign: [content: string, reason: string][] = [
  ['hello\n', 'it is no journal of this program'],
  [
    '\x2c\xff\x81\x03\x01\x01\x0bMetricGroup\x01\xff\x82',
    'it was written by the Go Pushgateway and is damaged: what is said to have 44 parts ends too early (byte 1); nothing was changed',
  ],
  ['narthex pushgateway journal 2\nabc', 'the format of another release'],
]

test.each(foreign)('a file with %j is not touched', async (content, reason) => {
  const path = newFile()
  writeFileSync(path, content, 'latin1')
  await expect(start(path)).rejects.toThrow(reason)
  await expect(start(path)).rejects.toThrow(`cannot use --persistence.file=${JSON.stringify(path)}`)
  expect(readFileSync(path, 'latin1')).toBe(content)
  expect(readdirSync(join(path, '..'))).toEqual(['push.journal'])
})

function goFileOf(...jobs: readonly string[]): Buffer {
  const metrics = [{ labels: [], value: 1 }]
  return goFile(
    jobs.map((job) => ({
      labels: [['job', job]],
      families: [family({ name: 'x', type: 'gauge', metrics }, 1000), ...pushTimes(1000, 0)],
    })),
  )
}

test('a file of the Go Pushgateway is taken over, and kept beside the journal', async () => {
  const path = newFile()
  const content = goFileOf('a', '', 'b')
  writeFileSync(path, content)
  const first = await start(path)
  expect(first.page()).toContain('x{instance="",job="a"} 1\nx{instance="",job="b"} 1\n')
  expect(first.page()).toContain('push_time_seconds{instance="",job="a"} 1\n')
  const log = first.log.join('')
  expect(log).toMatch(/level=ERROR .*left out" group="job=\\"\\"" reason="job name is required"/)
  const [kept = '', ...more] = readdirSync(join(path, '..')).filter((name) => /\.gob-/.test(name))
  expect(more).toEqual([])
  expect(log).toContain(`kept=${join(path, '..', kept)} groups=2 dropped=1`)
  expect(readFileSync(join(path, '..', kept)).equals(content)).toBe(true)
  await first.put('/c', 'z 2\n')
  const page = first.page()
  await first.store.close()
  const second = await start(path)
  expect(second.page()).toBe(page)
  expect(second.log.join('')).not.toMatch(/level=ERROR|took over/)
  await second.store.close()
  expect(readdirSync(join(path, '..'))).toEqual([kept, 'push.journal'].sort())
})

test('a start that cannot write the journal leaves the Go file as it was', async () => {
  const path = newFile()
  const content = goFileOf('a')
  writeFileSync(path, content)
  // A folder of this name cannot be replaced by the journal that is written under it first.
  mkdirSync(`${path}.tmp`)
  await expect(start(path)).rejects.toThrow(/cannot use --persistence.file=.*push.journal.tmp/)
  expect(readFileSync(path).equals(content)).toBe(true)
  expect(readdirSync(join(path, '..')).sort()).toEqual(['push.journal', 'push.journal.tmp'])
})

test('a folder that is not there is said', async () => {
  await expect(start('/nonexistent/folder/file')).rejects.toThrow('ENOENT')
})

test('a folder in which nothing can be made is said', async () => {
  // /sys refuses root too.
  await expect(start('/sys/push.journal')).rejects.toThrow(/EACCES|EPERM|EROFS/)
})

/** A disk that fails on demand, after it has written half. */
function failingFile(fail: { write: string | undefined; truncate: boolean }) {
  return (path: string, durable: boolean): JournalFile => {
    const file = openJournalFile(path, durable)
    return {
      ...file,
      async write(bytes, position) {
        if (fail.write === undefined) return file.write(bytes, position)
        await file.write(bytes.subarray(0, bytes.length >> 1), position)
        throw new Error(fail.write)
      },
      async truncate(length) {
        if (fail.truncate) throw new Error('cannot truncate')
        return file.truncate(length)
      },
    }
  }
}

test.each([false, true])(
  'a full disk refuses pushes and stores nothing of them (truncate fails: %s)',
  async (truncate) => {
    const path = newFile()
    const fail: { write: string | undefined; truncate: boolean } = {
      write: undefined,
      truncate: false,
    }
    const events: string[] = []
    const groups = new Groups(new Map())
    const journal = new Journal({
      path,
      sync: 'always',
      intervalMs: 1000,
      snapshot: () => [],
      onEvent: (message) => events.push(message),
      openFile: failingFile(fail),
    })
    await journal.startNew()
    const { put, store, page } = running(new Store(groups, createClock(), journal), [])
    await put('/a', 'x 1\n')
    const before = page()
    const size = readFileSync(path).length
    fail.write = 'ENOSPC: no space left on device'
    fail.truncate = truncate
    for (let i = 0; i < 3; i++) {
      const results = await Promise.allSettled([put('/b', 'x 2\n'), put('/c', 'x 3\n')])
      for (const result of results) {
        expect(result).toMatchObject({
          reason: {
            status: 503,
            message: `nothing was stored: cannot write to ${JSON.stringify(path)}: ${truncate && i > 0 ? 'cannot truncate' : fail.write}`,
          },
        })
      }
    }
    expect(page()).toBe(before)
    if (!truncate) expect(readFileSync(path).length).toBe(size)
    expect(events.length > 0).toBe(truncate)
    Object.assign(fail, { write: undefined, truncate: false })
    await put('/d', 'x 4\n')
    const expected = page()
    await store.close()
    const again = await start(path)
    expect(again.page()).toBe(expected)
    expect(again.log.join('')).not.toContain('level=WARN')
    await again.store.close()
  },
)
