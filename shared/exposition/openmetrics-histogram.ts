/** What the lines of one histogram must agree on: buckets in order, +Inf, count and sum. */

import type { FamilySample } from './openmetrics-family.ts'
import { parseNumber, Refused, type Value } from './openmetrics-words.ts'

/** Samples of one histogram at one time, as far as they were read. */
type Seen = {
  bound: number | undefined
  population: Value
  count: Value | undefined
  sum: Value | undefined
  hasNegativeBound: boolean
  isGauge: boolean
  last: FamilySample
}

/** Checks the samples of a whole family. Throws Refused. */
export function checkHistogram(samples: readonly FamilySample[], isGauge: boolean): void {
  let seen: Seen | undefined
  for (const sample of samples) {
    const { group, timestamp } = sample
    const same =
      seen?.last.group === group &&
      seen.last.timestamp?.ns === timestamp?.ns &&
      seen.last.timestamp?.isFloat === timestamp?.isFloat
    if (seen === undefined || !same) {
      if (seen !== undefined) checkWhole(seen)
      seen = {
        bound: undefined,
        population: 0,
        count: undefined,
        sum: undefined,
        hasNegativeBound: false,
        isGauge,
        last: sample,
      }
    }
    seen.last = sample
    add(seen, sample)
  }
  if (seen !== undefined) checkWhole(seen)
}

function add(seen: Seen, { suffix, labels, value, line }: FamilySample): void {
  if (suffix === '_count' || suffix === '_gcount') seen.count = value
  if (suffix === '_sum' || suffix === '_gsum') seen.sum = value
  if (suffix !== '_bucket') return
  const bound = parseNumber(labels.get('le')?.trim() ?? '') ?? Number.NaN
  if (bound < 0) seen.hasNegativeBound = true
  if (seen.bound !== undefined && bound <= seen.bound) {
    throw new Refused('the buckets of a histogram must be in the order of their "le"', line)
  }
  if (value < seen.population) {
    throw new Refused('a bucket has less than the one below it', line)
  }
  seen.bound = bound
  seen.population = value
}

function checkWhole(seen: Seen): void {
  const { bound, population, count, sum, hasNegativeBound, last } = seen
  const refuse = (reason: string): never => {
    throw new Refused(reason, last.line)
  }
  if (bound !== Number.POSITIVE_INFINITY) refuse('the histogram has no bucket for +Inf')
  if (count !== undefined && (count < population || count > population)) {
    refuse(`the histogram's count is ${count}, its bucket for +Inf has ${population}`)
  }
  if (sum !== undefined && count === undefined) refuse('the histogram has a sum and no count')
  if (sum === undefined && count !== undefined) refuse('the histogram has a count and no sum')
  if (hasNegativeBound && sum !== undefined && !seen.isGauge) {
    refuse('a histogram with negative buckets has no sum')
  }
  if (!hasNegativeBound && sum !== undefined && sum < 0) {
    refuse('the histogram has a negative sum and no negative bucket')
  }
}
