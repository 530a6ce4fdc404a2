import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Matcher } from '../../../pullserver/labels.ts'
import { labelValue } from '../../../pullserver/labels.ts'
import { bitsOf } from '../../../pullserver/storage/stale.ts'
import { openStore } from '../../../pullserver/storage/store.ts'
import { fillRow, firstMs, labelsAt, ownCount, ownTime, seriesCount, stepMs } from './appending.ts'

const child = fileURLToPath(new URL('./appending.ts', import.meta.url))

function named(value: string): Matcher {
  return { name: '__name__', operator: '=', value, matches: (text) => text === value }
}

/** Lets a child append, kills it with SIGKILL, gives the lines it printed. */
async function appendAndKill(path: string, row: number, flushMs: number, afterMs: number) {
  const running = spawn(process.execPath, [child, path, String(row), String(flushMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let complaints = ''
  const firstLine = new Promise((resolve) => {
    running.stdout.on('data', (text) => {
      out += text
      resolve(undefined)
    })
  })
  running.stderr.on('data', (text) => {
    complaints += text
  })
  await Promise.race([firstLine, once(running, 'exit')])
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  const killedAt = Date.now()
  running.kill('SIGKILL')
  const [, signal] = await once(running, 'close')
  expect(complaints).toBe('')
  expect(signal).toBe('SIGKILL')
  // The last line may be cut off.
  return { lines: out.split('\n').slice(0, -1), killedAt }
}

/** Opens the folder as after a crash and checks every sample; gives the number of rows there. */
function checkAll(path: string): number {
  for (const name of readdirSync(path).filter((name) => name.endsWith('.db'))) {
    const database = new DatabaseSync(join(path, name))
    expect(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']).toBe('ok')
    database.close()
  }
  const problems: unknown[] = []
  const log = { info: () => {}, warn: () => {}, error: (...said: unknown[]) => problems.push(said) }
  const nowMs = () => firstMs
  const store = openStore({ path, retentionMs: 365 * 86_400_000, log, nowMs })
  try {
    const found = store.select([named('scraped')], firstMs, Infinity)
    const rows = Math.max(...found.map((one) => one.timestampsMs.at(-1) ?? 0)) / stepMs
    const count = rows - firstMs / stepMs + 1
    checkScraped(found, count)
    checkOwn(store.select([named('own')], firstMs, Infinity), count)
    expect(problems).toEqual([])
    return count
  } finally {
    store.close()
  }
}

function checkScraped(found: ReturnType<ReturnType<typeof openStore>['select']>, rows: number) {
  const row = new Float64Array(seriesCount)
  const wanted = Array.from({ length: seriesCount }, () => new Float64Array(rows))
  for (let r = 0; r < rows; r++) {
    fillRow(row, r)
    for (let i = 0; i < seriesCount; i++) {
      bitsOf(wanted[i] ?? row).set(bitsOf(row).subarray(2 * i, 2 * i + 2), 2 * r)
    }
  }
  let samples = 0
  for (const { labels, timestampsMs, values } of found) {
    const i = Number(labelValue(labels, 'i'))
    const from = ((timestampsMs[0] ?? 0) - firstMs) / stepMs
    expect(labels).toEqual(labelsAt(i, from))
    const expected = (wanted[i] ?? row).slice(from, from + values.length)
    if (Buffer.compare(Buffer.from(bytesOf(values)), Buffer.from(bytesOf(expected))) !== 0) {
      throw new Error(`series ${i} from row ${from}: wrong values`)
    }
    for (const [k, time] of timestampsMs.entries()) {
      if (time !== firstMs + (from + k) * stepMs) throw new Error(`series ${i}: hole at row ${k}`)
    }
    samples += values.length
  }
  expect(samples).toBe(rows * seriesCount)
}

function checkOwn(found: ReturnType<ReturnType<typeof openStore>['select']>, rows: number) {
  expect(found.length).toBe(ownCount)
  for (const { labels, timestampsMs, values } of found) {
    const i = Number(labelValue(labels, 'i'))
    // They are appended one by one after the scrape: a commit may come in between.
    expect([rows, rows - 1]).toContain(timestampsMs.length)
    expect(timestampsMs.every((time, row) => time === ownTime(i, row))).toBe(true)
    expect(values.every((value, row) => value === i * row)).toBe(true)
  }
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

test('every committed sample survives kill -9, again and again', async () => {
  const path = mkdtempSync(join(tmpdir(), 'narthex-crash-'))
  try {
    let rows = 0
    for (const afterMs of [500, 50, 600, 200, 700]) {
      const { lines } = await appendAndKill(path, rows, 0, afterMs)
      const committed = Number(lines.at(-1))
      rows = checkAll(path)
      expect(rows).toBeGreaterThan(committed)
    }
    expect(rows).toBeGreaterThan(300)
  } finally {
    rmSync(path, { recursive: true })
  }
}, 60_000)

test('samples older than the flush interval survive kill -9', async () => {
  const path = mkdtempSync(join(tmpdir(), 'narthex-crash-'))
  try {
    const { lines, killedAt } = await appendAndKill(path, 0, 200, 1500)
    const rows = checkAll(path)
    const old = lines
      .map((line) => line.split(' ').map(Number))
      .filter(([, at]) => killedAt - (at ?? 0) > 600)
    expect(old.length).toBeGreaterThan(20)
    expect(rows).toBeGreaterThan(old.at(-1)?.[0] ?? Infinity)
  } finally {
    rmSync(path, { recursive: true })
  }
}, 60_000)
