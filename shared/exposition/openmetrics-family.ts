/** One family of a strict OpenMetrics page while its lines come in, with the rules that a line can break. */

import type { MetricFamily, MetricType } from './family.ts'
import { HistogramCheck } from './openmetrics-histogram.ts'
import { labelPairs, labelsKey, type SampleLine, type Suffix } from './openmetrics-line.ts'
import { Metrics } from './openmetrics-metrics.ts'
import type { NativeLine } from './openmetrics-native.ts'
import { parseNumber, Refused, shown, type Timestamp } from './openmetrics-words.ts'
import { SmallSet } from './small-set.ts'

const suffixes: Readonly<Partial<Record<MetricType, readonly Suffix[]>>> = {
  counter: ['_total', '_created'],
  summary: ['', '_count', '_sum', '_created'],
  histogram: ['_count', '_sum', '_bucket', '_created'],
  gaugehistogram: ['_gcount', '_gsum', '_bucket'],
  info: ['_info'],
}
const ownName: readonly Suffix[] = ['']
const notNan: readonly Suffix[] = ['_total', '_sum', '_count', '_bucket', '_gcount', '_gsum']
const notNegative: readonly Suffix[] = ['_total', '_sum', '_count', '_bucket', '_gcount']
const whole: readonly Suffix[] = ['_count', '_bucket', '_gcount']

export class OpenFamily {
  readonly name: string
  /** Of its first line. */
  readonly line: number
  /** What stands in front of the suffix in its samples; quotes and blanks may still be on it. */
  readonly sampleName: string
  type: MetricType | undefined
  help: string | undefined
  unit: string | undefined
  #metrics: Metrics | undefined
  #histogram: HistogramCheck | undefined
  #group: string | undefined
  #timestamp: Timestamp | undefined
  /** Those that are over. */
  #groups: Set<string> | undefined
  /** Series that the group has had, to leave out what comes twice. */
  readonly #series = new SmallSet()

  constructor(name: string, line: number, sampleName = name) {
    this.name = name
    this.line = line
    this.sampleName = sampleName
  }

  get hasSamples(): boolean {
    return this.#metrics !== undefined
  }

  /** Undefined when a sample of this name starts another family. */
  suffixOf(sampleName: string): Suffix | undefined {
    if (!sampleName.startsWith(this.sampleName)) return undefined
    const rest = sampleName.slice(this.sampleName.length)
    return this.#suffixes.find((suffix) => suffix === rest)
  }

  /** No two families of a page share one of these. */
  get reservedNames(): readonly string[] {
    const suffixes = this.#suffixes.includes('') ? this.#suffixes : ['', ...this.#suffixes]
    return suffixes.map((suffix) => this.name + suffix)
  }

  /** Throws Refused. */
  add(sample: SampleLine, suffix: Suffix, line: number): void {
    const { type } = this
    if (type === 'histogram' || type === 'gaugehistogram') {
      this.#histogram ??= new HistogramCheck(type === 'gaugehistogram')
    }
    const group = this.#groupOf(sample, suffix)
    this.#checkOrder(sample, group)
    const series = this.#seriesOf(sample, suffix)
    // What differs only in what the timestamp's unit hides counts once.
    const repeats = sameTime(sample.timestamp, this.#timestamp) && this.#series.has(series)
    if (!repeats) {
      this.#histogram?.add(sample, suffix, group, line)
      this.#building().add(sample, suffix, group)
    }
    this.#series.add(series)
    this.#group = group
    this.#timestamp = sample.timestamp
    this.#checkValue(sample, suffix)
  }

  /** Of the name the reference sees only whether it is longer than the family's. Throws Refused. */
  addNative(line: NativeLine): void {
    if (line.labels.size > 0 && line.name.length > this.name.length) {
      throw new Refused(`a native histogram of ${shown(line.name)} among ${shown(this.name)}`)
    }
    this.#building().addNative(line)
  }

  /** Says what broke a rule that only shows when the family is whole. Throws Refused. */
  finish(): MetricFamily {
    if (this.name === '') throw new Refused('the metric name is empty')
    const { unit, type, name } = this
    if (unit !== undefined && unit !== '') {
      if (!name.endsWith(`_${unit}`)) {
        throw new Refused(`unit ${shown(unit)} is no suffix of metric name ${shown(name)}`)
      }
      if (type === 'info' || type === 'stateset')
        throw new Refused(`a family of type ${type} has no unit`)
    }
    this.#histogram?.finish()
    return this.#toModel()
  }

  /** A counter is named with its `_total` and an info with its `_info`, as everywhere in the model. */
  #toModel(): MetricFamily {
    const { name, type = 'unknown', help, unit } = this
    const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : ''
    return {
      name: name + suffix,
      type,
      ...(help === undefined ? {} : { help }),
      ...(unit === undefined || unit === '' ? {} : { unit }),
      metrics: this.#metrics?.finish() ?? [],
    }
  }

  /** The type can no longer change when a sample has come. */
  #building(): Metrics {
    this.#metrics ??= new Metrics(this.type ?? 'unknown')
    return this.#metrics
  }

  get #suffixes(): readonly Suffix[] {
    return (this.type && suffixes[this.type]) ?? ownName
  }

  /** Info samples are one group, whatever their labels. */
  #groupOf({ labels, value }: SampleLine, suffix: Suffix): string {
    const { type, name } = this
    if (whole.includes(suffix) && typeof value === 'number' && !Number.isInteger(value)) {
      throw new Refused(`expected an integer as value of ${suffix}, got ${value}`)
    }
    if (type === 'info') return ''
    if (type === 'stateset' && !labels.has(name)) {
      throw new Refused(`a sample of a stateset needs a label named ${shown(name)}`)
    }
    if (suffix === '_bucket') checkUpperBound(labels.get('le'))
    if (type === 'summary' && suffix === '') checkQuantile(labels.get('quantile'))
    return labelsKey(labelPairs(labels, this.#ownLabel(suffix)))
  }

  /** The label that tells the samples of one group apart. */
  #ownLabel(suffix: Suffix): string | undefined {
    if (this.type === 'stateset') return this.name
    if (suffix === '_bucket') return 'le'
    return this.type === 'summary' && suffix === '' ? 'quantile' : undefined
  }

  /** Tells the series of one group apart. */
  #seriesOf({ labels }: SampleLine, suffix: Suffix): string {
    if (this.type === 'info') return labelsKey(labelPairs(labels))
    const own = this.#ownLabel(suffix)
    return own === undefined ? suffix : `${suffix} ${labels.get(own)}`
  }

  #checkOrder({ timestamp }: SampleLine, group: string): void {
    if (group !== this.#group) {
      if (this.#groups?.has(group) === true) {
        throw new Refused('the samples of one metric must follow each other')
      }
      if (this.#group !== undefined) {
        this.#groups ??= new Set()
        this.#groups.add(this.#group)
      }
      this.#series.clear()
      return
    }
    if ((timestamp === undefined) !== (this.#timestamp === undefined)) {
      throw new Refused('one sample of a metric has a timestamp and another has none')
    }
    if (timestamp === undefined || this.#timestamp === undefined) return
    if (timestamp.isFloat !== this.#timestamp.isFloat) {
      throw new Refused('one timestamp of a metric has an exponent and another has none')
    }
    if (timestamp.ns < this.#timestamp.ns && this.type !== 'info') {
      throw new Refused('timestamps of a metric must not go back')
    }
  }

  #checkValue({ value, exemplar }: SampleLine, suffix: Suffix): void {
    const { type } = this
    if (type === 'stateset' && Number(value) !== 0 && Number(value) !== 1) {
      throw new Refused(`a state is 0 or 1, got ${value}`)
    }
    if (type === 'info' && Number(value) !== 1) {
      throw new Refused(`an info sample is always 1, got ${value}`)
    }
    if (type === 'summary' && suffix === '' && value < 0) {
      throw new Refused(`a quantile's value cannot be negative, got ${value}`)
    }
    if (Number.isNaN(value) && notNan.includes(suffix)) {
      throw new Refused(`the value of ${suffix} cannot be NaN`)
    }
    if (value < 0 && notNegative.includes(suffix)) {
      throw new Refused(`the value of ${suffix} cannot be negative, got ${value}`)
    }
    if (exemplar !== undefined && suffix !== '_bucket' && suffix !== '_total') {
      throw new Refused('only counters and buckets of histograms can have exemplars')
    }
  }
}

function checkUpperBound(le: string | undefined): void {
  if (le === undefined) throw new Refused('a bucket needs a label named "le"')
  const bound = parseNumber(le.trim())
  if (
    bound === undefined ||
    le === 'NaN' ||
    (bound === Number.POSITIVE_INFINITY && le !== '+Inf')
  ) {
    throw new Refused(`expected a number or +Inf as label "le", got ${shown(le)}`)
  }
}

function checkQuantile(quantile: string | undefined): void {
  const value = quantile === undefined ? Number.NaN : (parseNumber(quantile.trim()) ?? Number.NaN)
  if (value >= 0 && value <= 1) return
  throw new Refused(
    `expected a number from 0 to 1 as label "quantile", got ${shown(quantile ?? 'none')}`,
  )
}

function sameTime(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a?.ns === b?.ns && a?.isFloat === b?.isFloat
}
