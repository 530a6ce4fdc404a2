/** Stores in folders of their own that are closed and removed after each test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Labels, Matcher, MatchOperator } from '../../../pullserver/labels.ts'
import type { Store } from '../../../pullserver/storage/store.ts'
import { openStore } from '../../../pullserver/storage/store.ts'

export const startMs = Date.parse('2026-11-20T22:00:00Z')
export const dayMs = 86_400_000

export function newFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'narthex-store-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

export type Opened = ReturnType<typeof openIn>

/** Opens a store with a clock that the test turns, and keeps what it logs. */
export function openIn(path: string, options: { retentionMs?: number; nowMs?: number } = {}) {
  const said: { level: string; message: string; fields: Record<string, unknown> }[] = []
  const say = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    said.push({ level, message, fields: fields ?? {} })
  }
  const clock = { nowMs: options.nowMs ?? startMs }
  const store = openStore({
    path,
    retentionMs: options.retentionMs ?? 15 * dayMs,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    nowMs: () => clock.nowMs,
    flushIntervalMs: 1e9,
  })
  let open = true
  const close = () => {
    if (open) store.close()
    open = false
  }
  onTestFinished(close)
  return { store, clock, said, close }
}

export function labels(name: string, rest: Record<string, string> = {}): Labels {
  return Object.entries({ __name__: name, ...rest })
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

export function matcher(name: string, operator: MatchOperator, value: string): Matcher {
  const regexp = new RegExp(`^(?:${value})$`, 's')
  const matches = {
    '=': (text: string) => text === value,
    '!=': (text: string) => text !== value,
    '=~': (text: string) => regexp.test(text),
    '!~': (text: string) => !regexp.test(text),
  }[operator]
  return { name, operator, value, matches }
}

export const everything = [matcher('__name__', '=~', '.+')]

/** Appends value = minute of the row to n series, a row a minute, in [from, to). */
export function appendMinutes(
  store: Store,
  key: string,
  n: number,
  from: number,
  to: number,
): void {
  const group = store.group(key)
  const refs = Int32Array.from({ length: n }, (_, i) => group.ref(labels(key, { i: String(i) })))
  const values = new Float64Array(n)
  for (let minute = from; minute < to; minute++) {
    values.fill(minute)
    group.append(startMs + minute * 60_000, refs, values, n)
  }
}

/** The minutes that each series of a key has, as far as they have them. */
export function minutesOf(store: Store, key: string): number[][] {
  return store
    .select([matcher('__name__', '=', key)], -Infinity, Infinity)
    .map(({ values }) => [...values])
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
