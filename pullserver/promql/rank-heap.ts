/** Keeps the best k of many values; NaN is worse than any number, and of equals the first wins. */

type Ranked = { readonly value: number; readonly row: number }

/** A binary heap with the worst of the kept at its root. */
export class RankHeap {
  readonly #capacity: number
  readonly #largest: boolean
  readonly #kept: Ranked[] = []

  /** A capacity below 1 keeps nothing. */
  constructor(capacity: number, largest: boolean) {
    this.#capacity = capacity
    this.#largest = largest
  }

  offer(value: number, row: number): void {
    const kept = this.#kept
    if (kept.length + 1 <= this.#capacity) {
      kept.push({ value, row })
      this.#rise(kept.length - 1)
      return
    }
    const root = kept[0]
    if (root === undefined || !this.#isBetter(value, root.value)) return
    kept[0] = { value, row }
    this.#sink()
  }

  /** What was kept, best first. */
  takeSorted(): Ranked[] {
    return this.#kept.sort((a, b) => (this.#isWorse(a, b) ? 1 : -1))
  }

  #isBetter(value: number, other: number): boolean {
    if (Number.isNaN(value)) return false
    if (Number.isNaN(other)) return true
    return this.#largest ? value > other : value < other
  }

  #isWorse(a: Ranked, b: Ranked): boolean {
    if (this.#isBetter(b.value, a.value)) return true
    return !this.#isBetter(a.value, b.value) && a.row > b.row
  }

  #rise(from: number): void {
    const kept = this.#kept
    const moving = kept[from] as Ranked
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isWorse(moving, kept[parent] as Ranked)) break
      kept[at] = kept[parent] as Ranked
      at = parent
    }
    kept[at] = moving
  }

  #sink(): void {
    const kept = this.#kept
    const moving = kept[0] as Ranked
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= kept.length) break
      const right = child + 1
      if (right < kept.length && this.#isWorse(kept[right] as Ranked, kept[child] as Ranked)) {
        child = right
      }
      if (!this.#isWorse(kept[child] as Ranked, moving)) break
      kept[at] = kept[child] as Ranked
      at = child
    }
    kept[at] = moving
  }
}
