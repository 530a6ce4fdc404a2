/** Puts the checked samples of an OpenMetrics family together to metrics of the data model, as they come. */

import type { Bucket, Exemplar, LabelPair, Metric, MetricType, NativeHistogram } from './family.ts'
import { labelPairs, labelsKey, type SampleLine, type Suffix } from './openmetrics-line.ts'
import type { NativeLine } from './openmetrics-native.ts'
import { parseNumber, parseTimestamp } from './openmetrics-words.ts'
import { SmallSet } from './small-set.ts'

type Sample = Omit<SampleLine, 'name'>

/** One metric while its samples come in. */
type Draft = {
  readonly labels: readonly LabelPair[]
  timestampMs?: bigint
  createdNs?: bigint
  value?: number
  exemplar?: Exemplar
  count?: bigint | number
  sum?: number
  native?: NativeHistogram
  readonly quantiles: [number, number][]
  readonly buckets: Bucket[]
}

/**
 * Timestamps are cut to milliseconds. A counter whose page has only its `_created` is NaN. Samples of
 * one metric follow each other; a part that comes again belongs to a later time.
 */
export class Metrics {
  readonly #type: MetricType
  /** Made by the first one, of its size: most families of a page with very many have one. */
  #finished: Metric[] | undefined
  #natives: NativeLine[] | undefined
  #draft: Draft | undefined
  #group = ''
  /** Suffixes, and bounds behind them, of the draft's lines so far. */
  readonly #parts = new SmallSet()
  /** A line other than `_created` was read: the draft's time, or that it has none, is known. */
  #isTimed = false

  constructor(type: MetricType) {
    this.#type = type
  }

  /** The group is the same for samples that belong together, but for their time. */
  add(sample: Sample, suffix: Suffix, group: string): void {
    if (!hasParts(this.#type)) {
      this.#push(simple(sample))
      return
    }
    const bound = boundLabel(suffix)
    const part = bound === undefined ? suffix : `${suffix} ${sample.labels.get(bound)}`
    const timestampMs = milliseconds(sample)
    const isCreated = suffix === '_created'
    let draft = this.#draft
    const fits =
      group === this.#group &&
      !this.#parts.has(part) &&
      (isCreated || !this.#isTimed || draft?.timestampMs === timestampMs)
    if (draft === undefined || !fits) {
      this.#finishDraft()
      draft = { labels: labelPairs(sample.labels, bound), quantiles: [], buckets: [] }
      this.#draft = draft
      this.#group = group
    }
    this.#parts.add(part)
    if (!isCreated) {
      this.#isTimed = true
      if (timestampMs !== undefined) draft.timestampMs = timestampMs
    }
    addPart(draft, sample, suffix)
  }

  addNative(line: NativeLine): void {
    this.#natives ??= []
    this.#natives.push(line)
  }

  finish(): Metric[] {
    this.#finishDraft()
    const metrics = this.#finished ?? []
    if (this.#natives === undefined) return metrics
    const classic = new Map(metrics.map(({ labels }, index) => [labelsKey(labels), index]))
    for (const { labels, histogram } of this.#natives) {
      const pairs = labelPairs(labels)
      const index = classic.get(labelsKey(pairs))
      const metric = index === undefined ? undefined : metrics[index]
      if (index !== undefined && metric !== undefined && 'buckets' in metric) {
        metrics[index] = { ...metric, native: histogram.native }
      } else metrics.push({ labels: pairs, ...histogram, buckets: [] })
    }
    return metrics
  }

  #push(metric: Metric): void {
    if (this.#finished === undefined) this.#finished = [metric]
    else this.#finished.push(metric)
  }

  #finishDraft(): void {
    if (this.#draft !== undefined) this.#push(finished(this.#draft, this.#type))
    this.#draft = undefined
    this.#parts.clear()
    this.#isTimed = false
  }
}

function hasParts(type: MetricType): boolean {
  return type === 'counter' || type === 'summary' || type.endsWith('histogram')
}

function simple(sample: Sample): Metric {
  const value = Number(sample.value)
  const labels = labelPairs(sample.labels)
  const timestampMs = milliseconds(sample)
  return timestampMs === undefined ? { labels, value } : { labels, timestampMs, value }
}

function boundLabel(suffix: Suffix): 'le' | 'quantile' | undefined {
  return suffix === '_bucket' ? 'le' : suffix === '' ? 'quantile' : undefined
}

function addPart(draft: Draft, sample: Sample, suffix: Suffix): void {
  const { value, labels, exemplar } = sample
  switch (suffix) {
    case '_created':
      // A time that is none is allowed there, and tells nothing.
      if (!Number.isFinite(Number(value))) return
      draft.createdNs = parseTimestamp(sample.valueText, 'time').ns
      return
    case '_count':
    case '_gcount':
      draft.count = BigInt(value)
      return
    case '_sum':
    case '_gsum':
      draft.sum = Number(value)
      return
    case '_bucket':
      draft.buckets.push([bound(labels, 'le'), BigInt(value), exemplar])
      return
    case '_total':
      draft.value = Number(value)
      if (exemplar !== undefined) draft.exemplar = exemplar
      return
    default:
      draft.quantiles.push([bound(labels, 'quantile'), Number(value)])
  }
}

/** It was found to be a number when its line was read. */
function bound(labels: ReadonlyMap<string, string>, name: 'le' | 'quantile'): number {
  return parseNumber(labels.get(name)?.trim() ?? '') ?? Number.NaN
}

function milliseconds({ timestamp }: Sample): bigint | undefined {
  return timestamp === undefined ? undefined : timestamp.ns / 1_000_000n
}

function finished(draft: Draft, type: MetricType): Metric {
  const { quantiles, buckets, ...rest } = draft
  switch (type) {
    case 'counter':
      return { value: Number.NaN, ...rest }
    case 'summary':
      return { ...rest, quantiles }
    default:
      return { ...rest, buckets }
  }
}
