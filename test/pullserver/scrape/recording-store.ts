/** A store that only writes down what it is given, by series, for tests to look at. */
import type { Labels } from '../../../pullserver/labels.ts'
import { formatLabels } from '../../../pullserver/scrape/label-set.ts'
import type { AppendGroup, AppendResult, Store } from '../../../pullserver/storage/store.ts'

export type Recorded = { readonly timestampMs: number; readonly value: number | 'stale' }

export class RecordingStore implements Pick<Store, 'group'> {
  readonly groups = new Map<string, RecordingGroup>()

  group(key: string): RecordingGroup {
    const group = this.groups.get(key) ?? new RecordingGroup()
    this.groups.set(key, group)
    return group
  }

  /** `{__name__="up", ...}` to its samples, over all groups. */
  all(): Map<string, Recorded[]> {
    return new Map([...this.groups.values()].flatMap((group) => [...group.series]))
  }

  samples(text: string): Recorded[] {
    return this.all().get(text) ?? []
  }

  /** The last value of each series, without the synthetic ones. */
  latest(): Record<string, number | 'stale'> {
    const entries = [...this.all()].map(([text, samples]) => [text, samples.at(-1)?.value] as const)
    return Object.fromEntries(
      entries.flatMap(([text, value]) => {
        return value === undefined || /"(up|scrape_\w+)"/.test(text) ? [] : [[text, value]]
      }),
    )
  }

  /** The last value of a synthetic series. */
  synthetic(name: string): number | 'stale' | undefined {
    for (const [text, samples] of this.all()) {
      if (text.includes(`__name__="${name}"`)) return samples.at(-1)?.value
    }
    return undefined
  }
}

export class RecordingGroup implements AppendGroup {
  readonly series = new Map<string, Recorded[]>()
  readonly #refs = new Map<string, number>()
  newestMs = 0

  ref(labels: Labels): number {
    const text = formatLabels(labels)
    const ref = this.#refs.get(text) ?? this.#refs.size
    this.#refs.set(text, ref)
    return ref
  }

  append(timestampMs: number, refs: Int32Array, values: Float64Array, n: number): number {
    if (timestampMs < this.newestMs) return 0
    this.newestMs = timestampMs
    let taken = 0
    for (let i = 0; i < n; i++) taken += this.#add(refs[i] ?? -1, timestampMs, values[i] ?? 0)
    return taken
  }

  appendAt(ref: number, timestampMs: number, value: number): AppendResult {
    if (timestampMs > Date.now() + 600_000) return 'out-of-bounds'
    const last = this.#samples(ref).at(-1)
    if (last !== undefined && timestampMs < last.timestampMs) return 'out-of-order'
    if (last?.timestampMs === timestampMs) return last.value === value ? 'ok' : 'duplicate'
    this.#add(ref, timestampMs, value)
    return 'ok'
  }

  markStale(timestampMs: number, refs: readonly number[]): void {
    for (const ref of refs) this.#add(ref, timestampMs, 'stale')
  }

  #samples(ref: number): Recorded[] {
    const text = [...this.#refs.keys()][ref] ?? ''
    const samples = this.series.get(text) ?? []
    this.series.set(text, samples)
    return samples
  }

  #add(ref: number, timestampMs: number, value: number | 'stale'): number {
    if (ref < 0) return 0
    const samples = this.#samples(ref)
    if (samples.at(-1)?.timestampMs === timestampMs) return 0
    samples.push({ timestampMs, value })
    return 1
  }
}
