/**
 * Count, sum and quantiles of what was observed, the quantiles over the last ten minutes. Values fall
 * into buckets whose bounds grow by two per cent, so a quantile is off by one per cent at most and an
 * observation costs a logarithm.
 */

import type { Summary } from '../shared/exposition/family.ts'

const quantiles = [0.1, 0.5, 0.9]
const growth = Math.log(1.02)
/** Bounds of bucket 0; with 2,400 buckets the last ends beyond 4e11, so sizes in bytes fit too. */
const smallest = 1e-9
const bucketCount = 2400

const windowMs = 600_000
const sliceCount = 5

export class WindowSummary {
  readonly #now: () => number
  #count = 0
  #sum = 0
  /** Of two minutes each; the first is the one that is filled. */
  #slices: Uint32Array[] = [new Uint32Array(bucketCount)]
  #sliceStart: number

  /** `now` in milliseconds, from any origin. */
  constructor(now: () => number) {
    this.#now = now
    this.#sliceStart = now()
  }

  /** The value must not be negative. */
  observe(value: number): void {
    this.#turn()
    this.#count += 1
    this.#sum += value
    const bucket = Math.floor(Math.log(value / smallest) / growth)
    const index = Math.max(0, Math.min(bucketCount - 1, bucket))
    const slice = this.#slices[0]
    if (slice !== undefined) slice[index] = (slice[index] ?? 0) + 1
  }

  /** Quantiles are NaN when nothing was observed in the window. */
  read(): Summary {
    this.#turn()
    const total = this.#slices.reduce((sum, slice) => sum + slice.reduce((a, b) => a + b, 0), 0)
    return {
      count: this.#count,
      sum: this.#sum,
      quantiles: quantiles.map((quantile) => [quantile, this.#quantile(quantile, total)] as const),
    }
  }

  #quantile(quantile: number, total: number): number {
    if (total === 0) return Number.NaN
    let rest = Math.ceil(quantile * total)
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      for (const slice of this.#slices) rest -= slice[bucket] ?? 0
      if (rest <= 0) return smallest * Math.exp((bucket + 0.5) * growth)
    }
    return Number.NaN
  }

  /** Starts a new slice where it is time, and drops those that have left the window. */
  #turn(): void {
    const sliceMs = windowMs / sliceCount
    const turns = Math.floor((this.#now() - this.#sliceStart) / sliceMs)
    if (turns < 1) return
    this.#sliceStart += turns * sliceMs
    const fresh = Array.from({ length: Math.min(turns, sliceCount) }, () => {
      return new Uint32Array(bucketCount)
    })
    this.#slices = [...fresh, ...this.#slices].slice(0, sliceCount)
  }
}
