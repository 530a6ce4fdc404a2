/**
 * A hash table from hashes to small numbers (ids) in typed arrays: no object for an entry, ids of removed
 * entries are used again. What the ids stand for, and whether two are equal, is the caller's.
 */

const none = -1

/**
 * Arrays of eight elements stay on V8's heap, where a target that has no page yet has dozens of them.
 * They grow at once to what the first page needs.
 */
export class HashChains {
  #hashes = new Int32Array(8)
  #nexts = new Int32Array(8)
  #heads = new Int32Array(16).fill(none)
  readonly #free: number[] = []
  #count = 0

  /** An id for a new entry with this hash: the smallest that was never used, or one that was removed. */
  add(hash: number): number {
    const id = this.#free.pop() ?? this.#count++
    if (id >= this.#hashes.length) this.reserve(id + 1)
    this.#hashes[id] = hash
    this.#link(id, hash)
    return id
  }

  remove(id: number): void {
    const head = (this.#hashes[id] ?? 0) & (this.#heads.length - 1)
    const after = this.#nexts[id] ?? none
    let before = this.#heads[head] ?? none
    if (before === id) {
      this.#heads[head] = after
    } else {
      while (this.#nexts[before] !== id) before = this.#nexts[before] ?? none
      this.#nexts[before] = after
    }
    this.#free.push(id)
  }

  /** The first id with this hash, -1 for none; next(id) gives the others. */
  first(hash: number): number {
    return this.#matching(this.#heads[hash & (this.#heads.length - 1)] ?? none, hash)
  }

  next(id: number): number {
    return this.#matching(this.#nexts[id] ?? none, this.#hashes[id] ?? 0)
  }

  #matching(from: number, hash: number): number {
    let id = from
    while (id !== none && this.#hashes[id] !== hash) id = this.#nexts[id] ?? none
    return id
  }

  /** Makes room for ids up to this many. */
  reserve(ids: number): void {
    if (ids <= this.#hashes.length) return
    const isFree = new Set(this.#free)
    const used = this.#hashes.length
    this.#hashes = withRoom(this.#hashes, ids)
    this.#nexts = withRoom(this.#nexts, ids)
    this.#heads = new Int32Array(this.#hashes.length * 2).fill(none)
    for (let id = 0; id < Math.min(this.#count, used); id++) {
      if (!isFree.has(id)) this.#link(id, this.#hashes[id] ?? 0)
    }
  }

  #link(id: number, hash: number): void {
    const head = hash & (this.#heads.length - 1)
    this.#nexts[id] = this.#heads[head] ?? none
    this.#heads[head] = id
  }
}

/** The same array with room for at least so many elements: without `room` the next power of two. */
export function withRoom<A extends Int32Array | Uint8Array | Float64Array>(
  array: A,
  elements: number,
  room = 2 ** Math.ceil(Math.log2(elements)),
): A {
  if (elements <= array.length) return array
  const larger =
    array instanceof Int32Array
      ? new Int32Array(room)
      : array instanceof Uint8Array
        ? new Uint8Array(room)
        : new Float64Array(room)
  larger.set(array)
  return larger as A
}
