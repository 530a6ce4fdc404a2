/** A store in memory for tests of the engine: series given as values at a fixed step. */
import { type Labels, labelValue, type Matcher } from '../../../pullserver/labels.ts'
import { compareLabels } from '../../../pullserver/promql/label-sets.ts'
import { writeStale } from '../../../pullserver/storage/stale.ts'
import type { SeriesSamples, Store } from '../../../pullserver/storage/store.ts'

/** null: no sample. */
export type TestValue = number | 'stale' | null

export class MemoryStore implements Pick<Store, 'select'> {
  #series: SeriesSamples[] = []

  /** Sample i is at i * stepMs. */
  add(
    labels: Readonly<Record<string, string>>,
    stepMs: number,
    values: readonly TestValue[],
  ): void {
    const times: number[] = []
    const kept: Exclude<TestValue, null>[] = []
    for (const [i, value] of values.entries()) {
      if (value === null) continue
      times.push(i * stepMs)
      kept.push(value)
    }
    const numbers = Float64Array.from(kept, (value) => (value === 'stale' ? 0 : value))
    for (const [i, value] of kept.entries()) if (value === 'stale') writeStale(numbers, i)
    this.addSamples(labelsOf(labels), Float64Array.from(times), numbers)
  }

  addSamples(labels: Labels, timestampsMs: Float64Array, values: Float64Array): void {
    this.#series.push({ labels, timestampsMs, values })
    this.#series.sort((a, b) => compareLabels(a.labels, b.labels))
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesSamples[] {
    const selected: SeriesSamples[] = []
    for (const { labels, timestampsMs, values } of this.#series) {
      if (!matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)))) continue
      const from = timestampsMs.findIndex((time) => time >= startMs)
      const to = timestampsMs.findLastIndex((time) => time <= endMs) + 1
      if (from < 0 || to <= from) continue
      selected.push({
        labels,
        timestampsMs: timestampsMs.subarray(from, to),
        values: values.subarray(from, to),
      })
    }
    return selected
  }
}

export function labelsOf(labels: Readonly<Record<string, string>>): Labels {
  return Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
