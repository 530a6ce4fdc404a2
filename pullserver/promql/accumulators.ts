/** The aggregations that take one row after the other: sum, avg, count, min, max, group, stddev. */

/** Works on the result's own arrays between start and finish; `present` begins as all 0. */
export interface Accumulator {
  start(values: Float64Array, present: Uint8Array): void
  add(values: Float64Array, present: Uint8Array): void
  finish(): void
}

/** By operator; each is made for a number of steps. */
export const accumulators: Readonly<Record<string, (count: number) => Accumulator>> = {
  sum: (count) => new Sum(count),
  avg: (count) => new Mean(count),
  count: () => new Count(),
  group: () => new Presence(),
  min: () => new Extreme((value, best) => value < best),
  max: () => new Extreme((value, best) => value > best),
  stdvar: (count) => new Variance(count, (variance) => variance),
  stddev: (count) => new Variance(count, Math.sqrt),
}

const nothing: Float64Array = new Float64Array(0)
const nowhere: Uint8Array = new Uint8Array(0)

/** Kahan-Neumaier, as KahanSum, with a column for each step. */
class Sum implements Accumulator {
  readonly #lost: Float64Array
  #sums = nothing
  #present = nowhere

  constructor(count: number) {
    this.#lost = new Float64Array(count)
  }

  start(values: Float64Array, present: Uint8Array): void {
    this.#sums = values.fill(0)
    this.#present = present
    this.#lost.fill(0)
  }

  add(values: Float64Array, present: Uint8Array): void {
    const sums = this.#sums
    const lost = this.#lost
    const anyPresent = this.#present
    for (let k = 0; k < values.length; k++) {
      if (present[k] === 0) continue
      anyPresent[k] = 1
      const value = values[k] as number
      const sum = sums[k] as number
      const total = sum + value
      sums[k] = total
      if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) lost[k] = 0
      else if (Math.abs(sum) >= Math.abs(value))
        lost[k] = (lost[k] as number) + (sum - total + value)
      else lost[k] = (lost[k] as number) + (value - total + sum)
    }
  }

  finish(): void {
    for (let k = 0; k < this.#sums.length; k++) {
      this.#sums[k] = (this.#sums[k] as number) + (this.#lost[k] as number)
    }
  }
}

/** The sum divided by the count; where the sum overflows, the mean is carried on instead. */
class Mean implements Accumulator {
  readonly #lost: Float64Array
  readonly #counts: Float64Array
  readonly #incremental: Uint8Array
  #sums = nothing
  #present = nowhere

  constructor(count: number) {
    this.#lost = new Float64Array(count)
    this.#counts = new Float64Array(count)
    this.#incremental = new Uint8Array(count)
  }

  start(values: Float64Array, present: Uint8Array): void {
    this.#sums = values.fill(0)
    this.#present = present
    this.#lost.fill(0)
    this.#counts.fill(0)
    this.#incremental.fill(0)
  }

  add(values: Float64Array, present: Uint8Array): void {
    for (let k = 0; k < values.length; k++) {
      if (present[k] === 0) continue
      this.#present[k] = 1
      const count = (this.#counts[k] as number) + 1
      this.#counts[k] = count
      if (this.#incremental[k] === 0) {
        const total = (this.#sums[k] as number) + (values[k] as number)
        if (Math.abs(total) !== Number.POSITIVE_INFINITY || count === 1) {
          this.#accumulate(k, values[k] as number)
          continue
        }
        this.#incremental[k] = 1
        this.#sums[k] = (this.#sums[k] as number) / (count - 1)
        this.#lost[k] = (this.#lost[k] as number) / (count - 1)
      }
      const share = (count - 1) / count
      this.#sums[k] = (this.#sums[k] as number) * share
      this.#lost[k] = (this.#lost[k] as number) * share
      this.#accumulate(k, (values[k] as number) / count)
    }
  }

  #accumulate(k: number, value: number): void {
    const sum = this.#sums[k] as number
    const lost = this.#lost[k] as number
    const total = sum + value
    this.#sums[k] = total
    if (Math.abs(total) === Number.POSITIVE_INFINITY) this.#lost[k] = 0
    else if (Math.abs(sum) >= Math.abs(value)) this.#lost[k] = lost + (sum - total + value)
    else this.#lost[k] = lost + (value - total + sum)
  }

  finish(): void {
    for (let k = 0; k < this.#sums.length; k++) {
      const count = this.#incremental[k] === 1 ? 1 : (this.#counts[k] as number)
      this.#sums[k] = (this.#sums[k] as number) / count + (this.#lost[k] as number) / count
    }
  }
}

class Count implements Accumulator {
  #counts = nothing
  #present = nowhere

  start(values: Float64Array, present: Uint8Array): void {
    this.#counts = values.fill(0)
    this.#present = present
  }

  add(_values: Float64Array, present: Uint8Array): void {
    for (let k = 0; k < present.length; k++) {
      this.#counts[k] = (this.#counts[k] as number) + (present[k] as number)
    }
  }

  finish(): void {
    for (let k = 0; k < this.#counts.length; k++) {
      this.#present[k] = (this.#counts[k] as number) > 0 ? 1 : 0
    }
  }
}

/** `group`: 1 where anything is. */
class Presence implements Accumulator {
  #present = nowhere

  start(values: Float64Array, present: Uint8Array): void {
    values.fill(1)
    this.#present = present
  }

  add(_values: Float64Array, present: Uint8Array): void {
    for (let k = 0; k < present.length; k++) if (present[k] === 1) this.#present[k] = 1
  }

  finish(): void {
    // The values were there from the start.
  }
}

/** The least or the greatest; NaN gives way to any number. */
class Extreme implements Accumulator {
  readonly #isBetter: (value: number, best: number) => boolean
  #best = nothing
  #present = nowhere

  constructor(isBetter: (value: number, best: number) => boolean) {
    this.#isBetter = isBetter
  }

  start(values: Float64Array, present: Uint8Array): void {
    this.#best = values.fill(Number.NaN)
    this.#present = present
  }

  add(values: Float64Array, present: Uint8Array): void {
    const best = this.#best
    for (let k = 0; k < values.length; k++) {
      if (present[k] === 0) continue
      this.#present[k] = 1
      const value = values[k] as number
      const so = best[k] as number
      if (this.#isBetter(value, so) || Number.isNaN(so)) best[k] = value
    }
  }

  finish(): void {
    // The best so far is the best.
  }
}

/** Population variance by Welford's method. */
class Variance implements Accumulator {
  readonly #result: (variance: number) => number
  readonly #counts: Float64Array
  readonly #means: Float64Array
  #squares = nothing
  #present = nowhere

  constructor(count: number, result: (variance: number) => number) {
    this.#result = result
    this.#counts = new Float64Array(count)
    this.#means = new Float64Array(count)
  }

  start(values: Float64Array, present: Uint8Array): void {
    this.#squares = values.fill(0)
    this.#present = present
    this.#counts.fill(0)
    this.#means.fill(0)
  }

  add(values: Float64Array, present: Uint8Array): void {
    for (let k = 0; k < values.length; k++) {
      if (present[k] === 0) continue
      this.#present[k] = 1
      const value = values[k] as number
      const count = (this.#counts[k] as number) + 1
      this.#counts[k] = count
      const delta = value - (this.#means[k] as number)
      const mean = (this.#means[k] as number) + delta / count
      this.#means[k] = mean
      // NaN and Inf have no variance, not even alone.
      this.#squares[k] = (this.#squares[k] as number) + delta * (value - mean)
    }
  }

  finish(): void {
    for (let k = 0; k < this.#squares.length; k++) {
      const variance = (this.#squares[k] as number) / (this.#counts[k] as number)
      this.#squares[k] = this.#result(variance)
    }
  }
}
