/** Puts the samples of a text page together to families: which family a name belongs to, and the lines of one histogram or summary to one metric. */

import type { LabelPair, Metric, MetricFamily, MetricType } from './family.ts'
import { quoteText } from './go-quote.ts'

/** A family while its lines come in; `type` is fixed by a TYPE line or else by the first sample. */
export type OpenFamily = {
  readonly name: string
  help: string | undefined
  type: MetricType | undefined
  /** Made by the first sample, of its size: most families of a page with very many have one. */
  metrics: Metric[] | undefined
  /** Histogram and summary metrics by their labels, from the second one on. */
  byLabels: Map<string, OpenMetric> | undefined
  /** The metric of the line before: the lines of one metric usually follow each other. */
  latest: OpenMetric | undefined
}

/** Count and sum stay 0 when the page has no line for them, as Go's encoder would write them. */
type OpenMetric = {
  readonly labels: readonly LabelPair[]
  count: number
  sum: number
  timestampMs?: bigint
} & ({ readonly buckets: [number, number][] } | { readonly quantiles: [number, number][] })

/** What the suffix of the sample's name says about it within a histogram or summary. */
export type Part = 'count' | 'sum' | 'other'

/** A summary has no `_bucket`. */
const suffixes: ReadonlyMap<string, Part> = new Map([
  ['_count', 'count'],
  ['_sum', 'sum'],
  ['_bucket', 'other'],
])

/** One sample line. `bound` is its `le` or `quantile`, which is then no longer among the labels. */
export type Line = {
  family: OpenFamily
  part: Part
  labels: readonly LabelPair[]
  bound: number
  value: number
  timestampMs: bigint | undefined
}

/** The families of one page, in order of appearance. */
export class Families {
  readonly #byName = new Map<string, OpenFamily>()
  /** Of the line before: the next one is mostly of the same. */
  #latest: OpenFamily | undefined

  /**
   * The family that a sample or metadata line of this name belongs to, made when new: `x_count`,
   * `x_sum` and `x_bucket` belong to `x` only after a TYPE line said what `x` is.
   */
  startLine(name: string): Line {
    const own = name === this.#latest?.name ? this.#latest : this.#byName.get(name)
    if (own !== undefined) {
      this.#latest = own
      return emptyLine(own, 'other')
    }
    const base = this.#ownerOf(name)
    if (base !== undefined) return base
    const family: OpenFamily = {
      name,
      help: undefined,
      type: undefined,
      metrics: undefined,
      byLabels: undefined,
      latest: undefined,
    }
    this.#byName.set(name, family)
    return emptyLine(family, 'other')
  }

  #ownerOf(name: string): Line | undefined {
    // The suffixes end in t or m; most other names are out with this.
    if (!name.endsWith('t') && !name.endsWith('m')) return undefined
    const cut = name.lastIndexOf('_')
    const part = suffixes.get(name.slice(cut))
    if (part === undefined || cut < 1) return undefined
    const base = this.#byName.get(name.slice(0, cut))
    const bound = boundLabel(base?.type)
    if (base === undefined || bound === undefined) return undefined
    return part === 'other' && bound === 'quantile' ? undefined : emptyLine(base, part)
  }

  /**
   * Families with at least one sample; metadata alone makes none. Each takes the place of what it is made
   * from, so that those of a page with very many are not there twice.
   */
  finished(): MetricFamily[] {
    const open: OpenFamily[] = []
    for (const family of this.#byName.values()) {
      if (family.metrics !== undefined) open.push(family)
    }
    this.#byName.clear()
    this.#latest = undefined
    const families: (OpenFamily | MetricFamily)[] = open
    for (const [index, family] of open.entries()) families[index] = finishedFamily(family)
    return families as MetricFamily[]
  }
}

function finishedFamily({ name, help, type = 'unknown', metrics = [] }: OpenFamily): MetricFamily {
  return help === undefined ? { name, type, metrics } : { name, help, type, metrics }
}

/** The label that is a bound and not a label in families of this type. */
export function boundLabel(type: MetricType | undefined): 'le' | 'quantile' | undefined {
  if (type === 'histogram' || type === 'gaugehistogram') return 'le'
  return type === 'summary' ? 'quantile' : undefined
}

/** Why a sample is not possible in its family; undefined when it is. */
export function refusal({ family, part, bound, value }: Line): string | undefined {
  if (!(value < 0) || boundLabel(family.type) !== 'le' || part === 'sum') return undefined
  if (part === 'count') return `negative count for histogram ${quoteText(family.name)}`
  if (Number.isNaN(bound)) return undefined
  return `negative bucket population for histogram ${quoteText(family.name)}`
}

/** Adds a sample to its family. */
export function addLine(line: Line): void {
  const { family, part, labels, bound, value, timestampMs } = line
  if (boundLabel(family.type) === undefined) {
    addMetric(
      family,
      timestampMs === undefined ? { labels, value } : { labels, timestampMs, value },
    )
    return
  }
  const metric = openMetric(family, labels)
  if (timestampMs !== undefined) metric.timestampMs = timestampMs
  if (part === 'count') metric.count = family.type === 'summary' ? Math.trunc(value) : value
  else if (part === 'sum') metric.sum = value
  // A line without a usable bound (`h 5`) counts for nothing, but its metric is there.
  else if (Number.isNaN(bound)) return
  else if ('buckets' in metric) metric.buckets.push([bound, value])
  else metric.quantiles.push([bound, value])
}

/** Adds a finished metric. */
export function addMetric(family: OpenFamily, metric: Metric): void {
  if (family.metrics === undefined) family.metrics = [metric]
  else family.metrics.push(metric)
}

function emptyLine(family: OpenFamily, part: Part): Line {
  return { family, part, labels: noLabels, bound: NaN, value: NaN, timestampMs: undefined }
}

const noLabels: readonly LabelPair[] = []

/** The metric with these labels, made when new. */
function openMetric(family: OpenFamily, labels: readonly LabelPair[]): OpenMetric {
  let metric = family.latest
  if (metric === undefined || !sameLabels(metric.labels, labels)) {
    family.byLabels ??= new Map()
    const key = labelsKey(labels)
    metric = family.byLabels.get(key)
    if (metric === undefined) {
      metric =
        family.type === 'summary'
          ? { labels, count: 0, sum: 0, quantiles: [] }
          : { labels, count: 0, sum: 0, buckets: [] }
      family.byLabels.set(key, metric)
      addMetric(family, metric)
    }
    family.latest = metric
  }
  return metric
}

function sameLabels(a: readonly LabelPair[], b: readonly LabelPair[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (a[i]?.name !== b[i]?.name || a[i]?.value !== b[i]?.value) return false
  }
  return true
}

/** The same for the same labels in any order, and different for different ones. */
function labelsKey(labels: readonly LabelPair[]): string {
  const sorted = labels.length < 2 ? labels : labels.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  let key = ''
  for (const { name, value } of sorted) {
    key += `${name.length}:${name}${value.length}:${value}`
  }
  return key
}
