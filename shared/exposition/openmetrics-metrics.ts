/** Puts the checked samples of an OpenMetrics family together to metrics of the data model. */

import type {
  Bucket,
  Exemplar,
  LabelPair,
  Metric,
  MetricFamily,
  NativeHistogram,
} from './family.ts'
import type { FamilySample, OpenFamily } from './openmetrics-family.ts'
import { labelPairs } from './openmetrics-line.ts'
import { parseNumber, parseTimestamp } from './openmetrics-words.ts'

/**
 * A counter is named with its `_total` and an info with its `_info`, as everywhere in the model.
 * Timestamps are cut to milliseconds. A counter whose page has only its `_created` is NaN.
 */
export function toMetricFamily(family: OpenFamily): MetricFamily {
  const { name, type = 'unknown', help, unit } = family
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : ''
  return {
    name: name + suffix,
    type,
    ...(help === undefined ? {} : { help }),
    ...(unit === undefined || unit === '' ? {} : { unit }),
    metrics: hasParts(type) ? assemble(family, type) : family.samples.map(simple),
  }
}

type TypeWithParts = 'counter' | 'summary' | 'histogram' | 'gaugehistogram'

function hasParts(type: MetricFamily['type']): type is TypeWithParts {
  return type === 'counter' || type === 'summary' || type.endsWith('histogram')
}

function simple(sample: FamilySample): Metric {
  const value = Number(sample.value)
  const labels = labelPairs(sample.labels)
  const timestampMs = milliseconds(sample)
  return timestampMs === undefined ? { labels, value } : { labels, timestampMs, value }
}

/** One metric while its samples come in. */
type Draft = {
  readonly labels: readonly LabelPair[]
  readonly group: string
  /** Suffixes, and bounds behind them, of the lines so far. */
  readonly parts: Set<string>
  /** A line other than `_created` was read: the metric's time, or that it has none, is known. */
  isTimed?: true
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

/** Samples of one metric follow each other; a part that comes again belongs to a later time. */
function assemble(family: OpenFamily, type: TypeWithParts): Metric[] {
  const drafts: Draft[] = []
  const byGroup = new Map<string, Draft>()
  let latest: Draft | undefined
  for (const sample of family.samples) {
    if (latest === undefined || !takes(latest, sample)) {
      latest = newDraft(labelPairs(sample.labels, boundLabel(sample)), sample.group)
      drafts.push(latest)
      byGroup.set(sample.group, latest)
    }
    addPart(latest, sample)
  }
  for (const { group, labels, histogram } of family.natives) {
    const classic = byGroup.get(group)
    if (classic === undefined) drafts.push({ ...newDraft(labelPairs(labels), group), ...histogram })
    else classic.native = histogram.native
  }
  return drafts.map((draft) => finish(draft, type))
}

function newDraft(labels: readonly LabelPair[], group: string): Draft {
  return { labels, group, parts: new Set(), quantiles: [], buckets: [] }
}

function takes(draft: Draft, sample: FamilySample): boolean {
  if (draft.group !== sample.group || draft.parts.has(partOf(sample))) return false
  return (
    sample.suffix === '_created' ||
    draft.isTimed !== true ||
    draft.timestampMs === milliseconds(sample)
  )
}

function partOf({ suffix, labels }: FamilySample): string {
  const bound = boundLabel({ suffix })
  return `${suffix} ${bound === undefined ? '' : labels.get(bound)}`
}

function boundLabel({ suffix }: Pick<FamilySample, 'suffix'>): string | undefined {
  return suffix === '_bucket' ? 'le' : suffix === '' ? 'quantile' : undefined
}

function addPart(draft: Draft, sample: FamilySample): void {
  const { suffix, value, labels, exemplar } = sample
  draft.parts.add(partOf(sample))
  if (suffix === '_created') {
    // A time that is none is allowed there, and tells nothing.
    if (!Number.isFinite(Number(value))) return
    draft.createdNs = parseTimestamp(sample.valueText, 'time').ns
    return
  }
  draft.isTimed = true
  const timestampMs = milliseconds(sample)
  if (timestampMs !== undefined) draft.timestampMs = timestampMs
  switch (suffix) {
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

function milliseconds({ timestamp }: FamilySample): bigint | undefined {
  return timestamp === undefined ? undefined : timestamp.ns / 1_000_000n
}

function finish(draft: Draft, type: TypeWithParts): Metric {
  const { group: _, parts: __, isTimed: ___, quantiles, buckets, ...rest } = draft
  switch (type) {
    case 'counter':
      return { value: Number.NaN, ...rest }
    case 'summary':
      return { ...rest, quantiles }
    default:
      return { ...rest, buckets }
  }
}
