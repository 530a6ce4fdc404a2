/** One family of a strict OpenMetrics page while its lines come in, with the rules that a line can break. */

import type { MetricType } from './family.ts'
import { checkHistogram } from './openmetrics-histogram.ts'
import type { SampleLine } from './openmetrics-line.ts'
import type { NativeLine } from './openmetrics-native.ts'
import { parseNumber, Refused, shown, type Timestamp } from './openmetrics-words.ts'

/** What a sample's name has behind that of its family; native histograms stand apart. */
export type Suffix =
  | ''
  | '_total'
  | '_created'
  | '_count'
  | '_sum'
  | '_bucket'
  | '_gcount'
  | '_gsum'
  | '_info'

export type FamilySample = Omit<SampleLine, 'name'> & {
  readonly suffix: Suffix
  /** Counted from 1. */
  readonly line: number
  /** The same for samples of one metric: the labels without those that tell its parts apart. */
  readonly group: string
}

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
  readonly samples: FamilySample[] = []
  readonly natives: (NativeLine & { readonly group: string })[] = []
  #group: string | undefined
  #timestamp: Timestamp | undefined
  readonly #groups = new Set<string>()
  /** Series that the group has had, to leave out what comes twice. */
  #series = new Set<string>()

  constructor(name: string, line: number, sampleName = name) {
    this.name = name
    this.line = line
    this.sampleName = sampleName
  }

  get hasSamples(): boolean {
    return this.samples.length > 0 || this.natives.length > 0
  }

  /** Undefined when a sample of this name starts another family. */
  suffixOf(sampleName: string): Suffix | undefined {
    if (!sampleName.startsWith(this.sampleName)) return undefined
    const rest = sampleName.slice(this.sampleName.length)
    return this.#suffixes.find((suffix) => suffix === rest)
  }

  /** No two families of a page share one of these. */
  get reservedNames(): Set<string> {
    return new Set([...this.#suffixes, ''].map((suffix) => this.name + suffix))
  }

  /** Throws Refused. */
  add(sample: SampleLine, suffix: Suffix, line: number): void {
    const group = this.#groupOf(sample, suffix)
    this.#checkOrder(sample, group)
    const series = `${suffix} ${labelsKey(sample.labels)}`
    // What differs only in what the timestamp's unit hides counts once.
    const repeats = sameTime(sample.timestamp, this.#timestamp) && this.#series.has(series)
    if (!repeats) this.samples.push({ ...sample, suffix, line, group })
    this.#series.add(series)
    this.#group = group
    this.#timestamp = sample.timestamp
    this.#groups.add(group)
    this.#checkValue(sample, suffix)
  }

  /** Of the name the reference sees only whether it is longer than the family's. Throws Refused. */
  addNative(line: NativeLine): void {
    if (line.labels.size > 0 && line.name.length > this.name.length) {
      throw new Refused(`a native histogram of ${shown(line.name)} among ${shown(this.name)}`)
    }
    this.natives.push({ ...line, group: labelsKey(line.labels) })
  }

  /** The rules that only show when the family is whole. Throws Refused. */
  finish(): void {
    if (this.name === '') throw new Refused('the metric name is empty')
    const { unit, type, name } = this
    if (unit !== undefined && unit !== '') {
      if (!name.endsWith(`_${unit}`)) {
        throw new Refused(`unit ${shown(unit)} is no suffix of metric name ${shown(name)}`)
      }
      if (type === 'info' || type === 'stateset')
        throw new Refused(`a family of type ${type} has no unit`)
    }
    if (type === 'histogram') checkHistogram(this.samples, false)
    if (type === 'gaugehistogram') checkHistogram(this.samples, true)
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
    if (type === 'stateset') {
      if (labels.has(name)) return labelsKey(labels, name)
      throw new Refused(`a sample of a stateset needs a label named ${shown(name)}`)
    }
    if (suffix === '_bucket') {
      checkUpperBound(labels.get('le'))
      return labelsKey(labels, 'le')
    }
    if (type === 'summary' && suffix === '') {
      checkQuantile(labels.get('quantile'))
      return labelsKey(labels, 'quantile')
    }
    return labelsKey(labels)
  }

  #checkOrder({ timestamp }: SampleLine, group: string): void {
    if (group !== this.#group) {
      if (this.#groups.has(group)) {
        throw new Refused('the samples of one metric must follow each other')
      }
      this.#series = new Set()
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

/** The same for the same labels in any order, and different for different ones. */
function labelsKey(labels: ReadonlyMap<string, string>, without?: string): string {
  let key = ''
  for (const name of [...labels.keys()].sort()) {
    if (name === without) continue
    const value = labels.get(name) ?? ''
    key += `${name.length}:${name}${value.length}:${value}`
  }
  return key
}
