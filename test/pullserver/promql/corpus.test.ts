/** The engine against the corpora: Prometheus' own float cases, and answers recorded from a server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import type { Labels } from '../../../pullserver/labels.ts'
import { createEngine, type QueryResult } from '../../../pullserver/promql/engine.ts'
import { ExecutionError, QueryError } from '../../../pullserver/promql/errors.ts'
import { itShared } from '../../shared-folder.ts'
import { MemoryStore, type TestValue } from './memory-store.ts'

/** What we leave out, by the tag of the corpus. */
const unsupported: Readonly<Record<string, string>> = {
  'ext-selectors': 'anchored and smoothed selectors are experimental',
  'delayed-name': 'delayed name removal is experimental',
  st: 'start timestamps are not stored',
  'type-unit': 'type and unit labels are experimental',
}

type Series = { labels: Record<string, string>; values: unknown[] }
type Dataset = { type: 'dataset'; id: string; loads: { stepMs: number; series: Series[] }[] }
type Case = {
  type: 'eval'
  id: string
  dataset: string
  query: string
  tags?: string[]
  kind: 'instant' | 'range'
  timeMs: number
  startMs: number
  endMs: number
  stepMs: number
}
type Adapter = { query: (testCase: Case) => Promise<unknown> }
type Runner = {
  runCase: (adapter: Adapter, testCase: Case) => Promise<string | null>
  toNum: (value: unknown) => number
}

for (const file of ['cases.dev.jsonl', 'cases.compliance.dev.jsonl']) {
  itShared(`engine answers ${file} as Prometheus does`, (folder) => runCorpus(folder, file))
}

async function runCorpus(folder: string, file: string): Promise<void> {
  const tool = pathToFileURL(join(folder, 'tools/promqltest/promqltest.mjs')).href
  const runner: Runner = await import(tool)
  const datasets = new Map<string, Dataset>()
  const cases: Case[] = []
  for (const line of readFileSync(join(folder, 'corpora/promql', file), 'utf8')
    .trim()
    .split('\n')) {
    const entry: Dataset | Case = JSON.parse(line)
    if (entry.type === 'dataset') datasets.set(entry.id, entry)
    else if (!entry.tags?.some((tag) => tag in unsupported)) cases.push(entry)
  }
  const failures: string[] = []
  let store = new MemoryStore()
  let loaded = ''
  for (const testCase of cases) {
    if (testCase.dataset !== loaded) store = loadStore(runner, datasets.get(testCase.dataset))
    loaded = testCase.dataset
    const failure = await runner.runCase({ query: answer(store) }, testCase)
    if (failure !== null) failures.push(`${testCase.id} ${testCase.query}: ${failure}`)
  }
  expect(failures).toEqual([])
  expect(cases.length).toBeGreaterThan(500)
}

function loadStore(runner: Runner, dataset: Dataset | undefined): MemoryStore {
  const store = new MemoryStore()
  for (const { stepMs, series } of dataset?.loads ?? []) {
    for (const { labels, values } of series) {
      store.add(
        labels,
        stepMs,
        values.map((value) => toTestValue(runner, value)),
      )
    }
  }
  return store
}

/** Native histograms are out of scope: those samples are left out. */
function toTestValue(runner: Runner, value: unknown): TestValue {
  if (value === 'stale') return 'stale'
  return typeof value === 'object' ? null : runner.toNum(value)
}

function answer(store: MemoryStore): Adapter['query'] {
  const engine = createEngine({ store, lookbackMs: 300_000, timeoutMs: 20_000, maxSamples: 1e7 })
  return async ({ kind, query, timeMs, startMs, endMs, stepMs }) => {
    try {
      return kind === 'range'
        ? toAnswer(await engine.range(query, startMs, endMs, stepMs))
        : toAnswer(engine.instant(query, timeMs))
    } catch (error) {
      if (!(error instanceof QueryError || error instanceof ExecutionError)) throw error
      return { type: 'error', error: error.message }
    }
  }
}

function toAnswer(result: QueryResult): unknown {
  const { type, warnings, infos } = result
  const named = (labels: Labels) =>
    Object.fromEntries(labels.map(({ name, value }) => [name, value]))
  if (type === 'scalar') return { type, scalar: result.value, warnings, infos }
  if (type === 'string') return { type, string: result.value, warnings, infos }
  if (type === 'vector') {
    const vector = result.samples.map(({ labels, value }) => ({ labels: named(labels), value }))
    return { type, vector, warnings, infos }
  }
  const matrix = result.series.map(({ labels, timestampsMs, values }) => ({
    labels: named(labels),
    points: Array.from(timestampsMs, (time, i) => [time, values[i]]),
  }))
  return { type, matrix, warnings, infos }
}
