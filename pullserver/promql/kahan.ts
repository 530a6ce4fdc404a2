/** Compensated summation (Kahan-Babuska, Neumaier's variant), as Prometheus sums everywhere. */

/** A running sum whose result is the sum of what was added, nearly as if rounded once. */
export class KahanSum {
  /** The plain sum. */
  sum = 0
  /** What rounding has lost so far. */
  lost = 0

  reset(): void {
    this.sum = 0
    this.lost = 0
  }

  add(value: number): void {
    const { sum } = this
    const total = sum + value
    if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) this.lost = 0
    else if (Math.abs(sum) >= Math.abs(value)) this.lost += sum - total + value
    else this.lost += value - total + sum
    this.sum = total
  }

  get result(): number {
    return this.sum + this.lost
  }
}

/** A running mean that survives sums beyond the largest double. */
export class KahanMean {
  readonly #sum = new KahanSum()
  #count = 0
  /** After an overflow the sum holds the mean itself. */
  #incremental = false

  reset(): void {
    this.#sum.reset()
    this.#count = 0
    this.#incremental = false
  }

  add(value: number): void {
    this.#count += 1
    const sum = this.#sum
    if (!this.#incremental) {
      const { sum: before, lost } = sum
      if (this.#count === 1) {
        sum.sum = value
        return
      }
      sum.add(value)
      if (Number.isFinite(sum.sum) || Number.isNaN(sum.sum)) return
      this.#incremental = true
      sum.sum = before / (this.#count - 1)
      sum.lost = lost / (this.#count - 1)
    }
    const share = (this.#count - 1) / this.#count
    sum.sum *= share
    sum.lost *= share
    sum.add(value / this.#count)
  }

  get result(): number {
    if (this.#incremental) return this.#sum.sum + this.#sum.lost
    return this.#sum.sum / this.#count + this.#sum.lost / this.#count
  }
}
