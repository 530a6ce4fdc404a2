import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { encodeBlock } from '../../../pullserver/storage/block.ts'
import { ChunkDays } from '../../../pullserver/storage/chunk-days.ts'
import type { Opened } from './opening.ts'
import { appendMinutes, matcher, minutesOf, newFolder, openIn, range, startMs } from './opening.ts'

/** Three days of two series: minutes 0-119 on the 20th, then the 21st, then the start of the 22nd. */
function threeDays(): string {
  const path = newFolder()
  const { store, clock, close } = openIn(path)
  // Their numbers are the lowest, but their first chunks come last.
  appendMinutes(store, 'late', 2, 0, 0)
  for (let minute = 0; minute < 2000; minute += 10) {
    clock.nowMs = startMs + minute * 60_000
    appendMinutes(store, 'm', 2, minute, minute + 10)
    if (minute >= 1600) appendMinutes(store, 'late', 2, minute, minute + 10)
    store.maintain()
  }
  close()
  expect(readdirSync(path).sort()).toEqual([
    'chunks-2026-11-20.db',
    'chunks-2026-11-21.db',
    'chunks-2026-11-22.db',
    'head.db',
  ])
  return path
}

function reopen(path: string): Opened {
  return openIn(path, { nowMs: startMs + 2000 * 60_000 })
}

function errors({ said }: Opened): string[] {
  return said.filter(({ level }) => level === 'error').map(({ message }) => message)
}

/** The minutes of the two series, which must be the same, without their first and last block's edge. */
function minutes({ store }: Opened): number[] {
  const [a, b] = minutesOf(store, 'm')
  expect(a).toEqual(b)
  return a ?? []
}

function damage(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

test('a sound folder has all minutes', () => {
  const opened = reopen(threeDays())
  expect(minutes(opened)).toEqual(range(0, 2000))
  expect(opened.said).toEqual([])
})

test('a chunk file that is no database is put aside, the other days are served', () => {
  const path = threeDays()
  const file = join(path, 'chunks-2026-11-21.db')
  const garbage = Buffer.alloc(8192, 'x')
  writeFileSync(file, garbage)
  const opened = reopen(path)
  const left = minutes(opened)
  expect(left[0]).toBe(0)
  expect(left.at(-1)).toBe(1999)
  expect(left.length).toBeLessThan(800)
  expect(opened.said.length).toBe(1)
  expect(opened.said[0]?.message).toContain('put aside')
  expect(opened.said[0]?.fields['file']).toBe(file)
  const aside = String(opened.said[0]?.fields['aside'])
  expect(readFileSync(aside)).toEqual(garbage)
  opened.close()
  const again = reopen(path)
  expect(minutes(again)).toEqual(left)
  expect(again.said).toEqual([])
})

test('a chunk file that lost its end is put aside, the other days are served', () => {
  const path = threeDays()
  const file = join(path, 'chunks-2026-11-21.db')
  truncateSync(file, statSync(file).size - 4096)
  const opened = reopen(path)
  const left = minutes(opened)
  expect(left[0]).toBe(0)
  expect(left.at(-1)).toBe(1999)
  expect(left.length).toBeLessThan(1500)
  expect(errors(opened)[0]).toContain('put aside')
})

test('a chunk file found damaged by a write is replaced by a new one', () => {
  const path = newFolder()
  const file = join(path, 'chunks-2026-11-21.db')
  writeFileSync(file, Buffer.alloc(8192, 'x'))
  const said: string[] = []
  const log = { info: () => {}, warn: () => {}, error: (text: string) => said.push(text) }
  const days = new ChunkDays(path, log, () => startMs)
  onTestFinished(() => days.close())
  const minMs = Date.parse('2026-11-21T01:00:00Z')
  const block = encodeBlock({
    ids: Int32Array.of(3),
    timesMs: Float64Array.of(minMs),
    minMs,
    maxMs: minMs,
    read: (_, values) => {
      values.set([1, 2])
      return 1
    },
  })
  days.write(block, [{ id: 3, labels: '["a","b"]' }])
  expect(said.length).toBe(1)
  const [stored] = days.blocks(minMs, minMs)
  expect(stored?.firstSeries).toBe(3)
  expect(days.seriesOf(stored?.day ?? 0)).toEqual([{ id: 3, labels: '["a","b"]' }])
  expect(readdirSync(path).some((name) => name.includes('damaged'))).toBe(true)
})

test('a strip with a flipped bit is left out of the answer', () => {
  const path = threeDays()
  damage(
    join(path, 'chunks-2026-11-21.db'),
    `UPDATE strip SET data = CAST(substr(data, 1, 8) || x'77' || substr(data, 10) AS BLOB)
     WHERE id = (SELECT min(id) FROM strip)`,
  )
  const opened = reopen(path)
  const left = minutes(opened)
  expect(left.length).toBeGreaterThan(1800)
  expect(left.length).toBeLessThan(2000)
  expect(errors(opened)[0]).toContain('damaged')
})

test('without a sound head.db the names come back from the chunk files', () => {
  for (const damaging of [
    (file: string) => writeFileSync(file, Buffer.alloc(8192, 'x')),
    (file: string) => truncateSync(file, 0),
    (file: string) => damage(file, 'DELETE FROM series; DELETE FROM log'),
  ]) {
    const path = threeDays()
    damaging(join(path, 'head.db'))
    const opened = reopen(path)
    const left = minutes(opened)
    // What was not cut yet was in the log, and is lost with it.
    expect(left).toEqual(range(0, left.length))
    expect(left.length).toBeGreaterThanOrEqual(2000 - 120)
    expect(opened.store.select([matcher('i', '=', '0')], 0, Infinity).length).toBe(2)
    appendMinutes(opened.store, 'm', 2, 2000, 2010)
    appendMinutes(opened.store, 'new', 1, 2000, 2001)
    expect(minutes(opened).slice(-10)).toEqual(range(2000, 2010))
    opened.close()
    const again = reopen(path)
    expect(minutes(again).slice(-10)).toEqual(range(2000, 2010))
    expect(minutesOf(again.store, 'new')).toEqual([[2000]])
  }
})

test('a damaged log row costs what is after it, and nothing that was cut', () => {
  const path = threeDays()
  damage(
    join(path, 'head.db'),
    "UPDATE log SET data = x'00' WHERE seq = (SELECT max(seq) FROM log)",
  )
  const opened = reopen(path)
  const left = minutes(opened)
  expect(left).toEqual(range(0, left.length))
  expect(left.length).toBeGreaterThan(1800)
  expect(errors(opened)[0]).toContain('head.db is damaged')
  opened.close()
  expect(minutes(reopen(path))).toEqual(left)
})

test('a folder can have one process only, and the error says what to do', () => {
  const path = newFolder()
  openIn(path)
  expect(() => openIn(path)).toThrow(/another process uses this folder; stop it, or start/)
})

test('while the disk refuses chunks nothing is lost, and later all is written', () => {
  const path = newFolder()
  const opened = openIn(path)
  // The first cut is at 20 rows, the second is due at minute 140.
  appendMinutes(opened.store, 'm', 2, 0, 140)
  const blocker = new DatabaseSync(join(path, 'chunks-2026-11-20.db'))
  blocker.exec('BEGIN IMMEDIATE')
  appendMinutes(opened.store, 'm', 2, 140, 142)
  expect(errors(opened)).toEqual([
    'cannot write chunks, new samples are refused; check that the disk has room',
  ])
  blocker.exec('ROLLBACK')
  blocker.close()
  appendMinutes(opened.store, 'm', 2, 142, 150)
  expect(minutes(opened)).toEqual([...range(0, 140), ...range(142, 150)])
})
