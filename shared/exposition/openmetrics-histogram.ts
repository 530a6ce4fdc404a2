/** What the lines of one histogram must agree on: buckets in order, +Inf, count and sum. */

import type { SampleLine, Suffix } from './openmetrics-line.ts'
import { parseNumber, Refused, type Timestamp, type Value } from './openmetrics-words.ts'

/** One histogram at one time, as far as its samples were read. */
type Seen = {
  readonly group: string
  readonly timestamp: Timestamp | undefined
  bound: number | undefined
  population: Value
  count: Value | undefined
  sum: Value | undefined
  hasNegativeBound: boolean
  lastLine: number
}

/** Follows the samples of a family. Each method throws Refused, also for a line before the last. */
export class HistogramCheck {
  readonly #isGauge: boolean
  #seen: Seen | undefined

  constructor(isGauge: boolean) {
    this.#isGauge = isGauge
  }

  add(sample: Omit<SampleLine, 'name'>, suffix: Suffix, group: string, line: number): void {
    const { timestamp } = sample
    let seen = this.#seen
    const isSame =
      seen?.group === group &&
      seen.timestamp?.ns === timestamp?.ns &&
      seen.timestamp?.isFloat === timestamp?.isFloat
    if (seen === undefined || !isSame) {
      this.finish()
      seen = {
        ...{ group, timestamp, bound: undefined, population: 0, count: undefined, sum: undefined },
        ...{ hasNegativeBound: false, lastLine: line },
      }
      this.#seen = seen
    }
    seen.lastLine = line
    if (suffix === '_count' || suffix === '_gcount') seen.count = sample.value
    if (suffix === '_sum' || suffix === '_gsum') seen.sum = sample.value
    if (suffix === '_bucket') addBucket(seen, sample)
  }

  finish(): void {
    if (this.#seen === undefined) return
    const reason = fault(this.#seen, this.#isGauge)
    if (reason !== undefined) throw new Refused(reason, this.#seen.lastLine)
  }
}

function addBucket(seen: Seen, { labels, value }: Pick<SampleLine, 'labels' | 'value'>): void {
  const bound = parseNumber(labels.get('le')?.trim() ?? '') ?? Number.NaN
  if (bound < 0) seen.hasNegativeBound = true
  if (seen.bound !== undefined && bound <= seen.bound) {
    throw new Refused('the buckets of a histogram must be in the order of their "le"')
  }
  if (value < seen.population) throw new Refused('a bucket has less than the one below it')
  seen.bound = bound
  seen.population = value
}

function fault(seen: Seen, isGauge: boolean): string | undefined {
  const { bound, population, count, sum, hasNegativeBound } = seen
  if (bound !== Number.POSITIVE_INFINITY) return 'the histogram has no bucket for +Inf'
  if (count !== undefined && (count < population || count > population)) {
    return `the histogram's count is ${count}, its bucket for +Inf has ${population}`
  }
  if (sum !== undefined && count === undefined) return 'the histogram has a sum and no count'
  if (sum === undefined && count !== undefined) return 'the histogram has a count and no sum'
  if (hasNegativeBound && sum !== undefined && !isGauge) {
    return 'a histogram with negative buckets has no sum'
  }
  if (!hasNegativeBound && sum !== undefined && sum < 0) {
    return 'the histogram has a negative sum and no negative bucket'
  }
  return undefined
}
