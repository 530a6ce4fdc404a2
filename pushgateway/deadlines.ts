/** Which items are due, without a look at the others: a binary heap that knows where each item stands. */

type Entry<Item> = { readonly item: Item; atMs: number; place: number }

/** Setting and deleting cost the logarithm of the number of items, asking what is due the answer. */
export class Deadlines<Item> {
  /** None is due before the one at half its place. */
  readonly #heap: Entry<Item>[] = []
  readonly #entries = new Map<Item, Entry<Item>>()

  /** Gives the item its deadline, in place of the one it had. */
  set(item: Item, atMs: number): void {
    const known = this.#entries.get(item)
    const entry = known ?? { item, atMs, place: this.#heap.length }
    entry.atMs = atMs
    if (known === undefined) {
      this.#entries.set(item, entry)
      this.#heap.push(entry)
    }
    this.#settle(entry)
  }

  delete(item: Item): void {
    const entry = this.#entries.get(item)
    const last = this.#heap.at(-1)
    if (entry === undefined || last === undefined) return
    this.#entries.delete(item)
    this.#heap.pop()
    if (last === entry) return
    this.#put(last, entry.place)
    this.#settle(last)
  }

  /** Items whose deadline is not after this time, in no order; of very many not all. They stay. */
  due(nowMs: number, most: number): Item[] {
    const found: Item[] = []
    for (const places = [0]; found.length < most; ) {
      const place = places.pop()
      if (place === undefined) break
      const entry = this.#heap[place]
      if (entry === undefined || entry.atMs > nowMs) continue
      found.push(entry.item)
      places.push(2 * place + 1, 2 * place + 2)
    }
    return found
  }

  #settle(entry: Entry<Item>): void {
    for (;;) {
      const parent = this.#heap[(entry.place - 1) >> 1]
      if (parent === undefined || parent.atMs <= entry.atMs) break
      this.#swap(entry, parent)
    }
    for (;;) {
      const left = this.#heap[2 * entry.place + 1]
      const right = this.#heap[2 * entry.place + 2]
      const child =
        right !== undefined && left !== undefined && right.atMs < left.atMs ? right : left
      if (child === undefined || child.atMs >= entry.atMs) break
      this.#swap(entry, child)
    }
  }

  #swap(a: Entry<Item>, b: Entry<Item>): void {
    const { place } = a
    this.#put(a, b.place)
    this.#put(b, place)
  }

  #put(entry: Entry<Item>, place: number): void {
    entry.place = place
    this.#heap[place] = entry
  }
}
