/**
 * The pull server's store alone: CPU per million samples, bytes per sample, memory, longest pause,
 * reading, restart. `node bench/storage.ts [series per scrape] [scrapes] [series per target]`
 *
 * The mix is that of a node_exporter: 45% constants, 25% slow and 15% fast counters, 15% noisy gauges.
 * The clock is simulated: a scrape every 15 s, a commit after each, maintenance every 5 s of it.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Labels, Matcher } from '../pullserver/labels.ts'
import { openStore } from '../pullserver/storage/store.ts'

const series = Number(process.argv[2] ?? 10_000)
const scrapes = Number(process.argv[3] ?? 1_440)
const perTarget = Number(process.argv[4] ?? series)
const intervalMs = 15_000
const start = Date.parse('2026-11-20T00:00:00Z')

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function randomSource(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

const random = randomSource(1)
const kinds = Uint8Array.from({ length: series }, () => {
  const pick = random()
  return pick < 0.45 ? 0 : pick < 0.7 ? 1 : pick < 0.85 ? 2 : 3
})
const values = Float64Array.from(kinds, (kind, i) =>
  kind === 0 ? ([0, 1, 0, 4096, 17, 0.5][i % 6] ?? 0) : Math.floor(random() * 1e6),
)

/** What the next scrape finds. */
function advance(): void {
  for (let i = 0; i < series; i++) {
    const kind = kinds[i]
    const value = values[i] as number
    if (kind === 1) values[i] = random() < 0.1 ? value + 1 : value
    else if (kind === 2) values[i] = value + Math.floor(random() * 5000)
    else if (kind === 3) values[i] = Math.round((value + random() - 0.5) * 1000) / 1000
  }
}

function labelsOf(i: number): Labels {
  return [
    { name: '__name__', value: `node_metric_${i % 300}_total` },
    { name: 'cpu', value: String(i % 16) },
    { name: 'device', value: `disk${i}` },
    { name: 'instance', value: `host-${Math.floor(i / perTarget)}:9100` },
    { name: 'job', value: 'node' },
    { name: 'mode', value: 'idle' },
  ]
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0)
}

const path = mkdtempSync(join(tmpdir(), 'narthex-bench-'))
let nowMs = start
const log = { info: () => {}, warn: console.warn, error: console.error }
// Commits are made by hand below, once a scrape: as at one scrape a second or slower.
const options = {
  path,
  retentionMs: 15 * 86_400_000,
  log,
  nowMs: () => nowMs,
  flushIntervalMs: 1e9,
}
let store = openStore(options)

let before = cpuSeconds()
const groups = Array.from({ length: Math.ceil(series / perTarget) }, (_, target) => {
  const from = target * perTarget
  const n = Math.min(perTarget, series - from)
  const group = store.group(`target ${target}`)
  const refs = Int32Array.from({ length: n }, (_, i) => group.ref(labelsOf(from + i)))
  return { group, refs, values: values.subarray(from, from + n), n }
})
console.log(`${series} new series: ${(cpuSeconds() - before).toFixed(2)} CPU s`)

let cpu = 0
let longest = 0
const times: number[] = []
for (let scrape = 0; scrape < scrapes; scrape++) {
  advance()
  nowMs = start + scrape * intervalMs
  before = cpuSeconds()
  const began = performance.now()
  for (const { group, refs, values, n } of groups) {
    const wanted = group.append(nowMs, refs, values, n)
    if (wanted !== n) throw new Error(`took ${wanted} of ${n}`)
  }
  store.flush()
  for (let i = 0; i < 3; i++) store.maintain()
  const took = performance.now() - began
  times.push(took)
  longest = Math.max(longest, took)
  cpu += cpuSeconds() - before
}
const samples = series * scrapes
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(1)
console.log(
  `${(samples / 1e6).toFixed(1)} M samples: ${(cpu / (samples / 1e6)).toFixed(3)} CPU s/M`,
)
console.log(`ms a scrape: median ${at(0.5)}, 99% ${at(0.99)}, longest ${longest.toFixed(1)}`)
globalThis.gc?.()
const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage()
const mb = (bytes: number) => (bytes / 1e6).toFixed(0)
console.log(
  `MB: rss ${mb(rss)}, heap ${mb(heapUsed)} of ${mb(heapTotal)}, external ${mb(external)}, arrays ${mb(arrayBuffers)}`,
)
store.flush()
console.log(`disk ${(sizeOf(path) / samples).toFixed(2)} B/sample`)
for (const name of readdirSync(path)) console.log(`  ${name} ${statSync(join(path, name)).size}`)

function equals(name: string, value: string): Matcher {
  return { name, operator: '=', value, matches: (text) => text === value }
}

function alternatives(name: string, values: readonly string[]): Matcher {
  const set = new Set(values)
  return { name, operator: '=~', value: values.join('|'), matches: (text) => set.has(text) }
}

const some = Array.from({ length: 1000 }, (_, i) => `disk${Math.floor((i * series) / 1000)}`)
const fewNames = Array.from({ length: 30 }, (_, i) => `node_metric_${i}_total`)
for (const [what, matchers, fromMs] of [
  ['1,000 scattered series', [alternatives('device', some)], start],
  ['30 names (a tenth)', [alternatives('__name__', fewNames)], start],
  ['one series', [equals('device', 'disk77')], start],
  ['all, the last 5 minutes', [equals('job', 'node')], nowMs - 300_000],
] as const) {
  for (let run = 0; run < 3; run++) {
    before = cpuSeconds()
    const began = performance.now()
    const found = store.select(matchers, fromMs, nowMs)
    const took = performance.now() - began
    const count = found.reduce((sum, { values }) => sum + values.length, 0)
    console.log(
      `select ${what}: ${found.length} series, ${count} samples, ${took.toFixed(1)} ms, ${(cpuSeconds() - before).toFixed(3)} CPU s`,
    )
  }
}

const singles = store.group('singles')
const own = Array.from({ length: 1000 }, (_, i) =>
  singles.ref([{ name: '__name__', value: `own_${i}` }]),
)
before = cpuSeconds()
for (let round = 1; round <= 240; round++) {
  nowMs += intervalMs
  for (const [i, ref] of own.entries()) singles.appendAt(ref, nowMs - i, round * i)
  store.flush()
}
console.log(`single samples: ${((cpuSeconds() - before) / 0.24).toFixed(2)} CPU s/M`)

// As after kill -9: nothing is closed or cut, so the log has all that the head had.
store.close()
before = cpuSeconds()
const began = performance.now()
store = openStore(options)
console.log(
  `restart: ${(performance.now() - began).toFixed(0)} ms, ${(cpuSeconds() - before).toFixed(2)} CPU s, ${store.stats().series} series`,
)
store.close()
if (process.env['KEEP'] === undefined) rmSync(path, { recursive: true })
else console.log(path)
