/**
 * What is known of a page's lines, series and metadata, each under a small number (id) that holds as long
 * as the page has the line. They are found by a hash of their bytes; the bytes themselves stay in the
 * page, and the caller compares them.
 */

import { HashChains, withRoom } from './hash-chains.ts'

export class SeriesIndex {
  /** By id: kind of the line and the TYPE it was read under, as scrape-page.ts has them. */
  kinds = new Uint8Array(8)
  contexts = new Uint8Array(8)
  /** By id: its entry in the page it was last seen in, and the scrapes it was first and last seen in. */
  entries = new Int32Array(8)
  born = new Int32Array(8)
  seen = new Int32Array(8)
  /** By id: the slot of its ref; -1 for metadata and dropped series. */
  slots = new Int32Array(8)
  /** By slot: the ref, and the scrapes it was last seen in at all and without its own timestamp. */
  slotRefs = new Int32Array(8)
  slotSeen = new Int32Array(8)
  slotTracked = new Int32Array(8)
  /** By slot: how many ids have it. */
  #slotUsers = new Int32Array(8)
  readonly #ids = new HashChains()
  readonly #slots = new HashChains()

  /** The first id with this hash, -1 for none; next(id) gives the others. */
  first(hash: number): number {
    return this.#ids.first(hash)
  }

  next(id: number): number {
    return this.#ids.next(id)
  }

  add(hash: number, kind: number, context: number, scrape: number, entry: number): number {
    const id = this.#ids.add(hash)
    if (id >= this.kinds.length) this.reserve(id + 1)
    this.kinds[id] = kind
    this.contexts[id] = context
    this.entries[id] = entry
    this.born[id] = scrape
    this.slots[id] = -1
    return id
  }

  /** Series with the same ref share a slot, so that they know of each other. */
  assignRef(id: number, ref: number): void {
    // Refs are often dense: their low bits spread well as they are.
    let slot = this.#slots.first(ref)
    if (slot === -1) {
      slot = this.#slots.add(ref)
      if (slot >= this.slotRefs.length) this.reserve(slot + 1)
      this.slotRefs[slot] = ref
      this.slotSeen[slot] = 0
      this.slotTracked[slot] = 0
      this.#slotUsers[slot] = 0
    }
    this.slots[id] = slot
    this.#slotUsers[slot] = (this.#slotUsers[slot] ?? 0) + 1
  }

  remove(id: number): void {
    this.#ids.remove(id)
    const slot = this.slots[id] ?? -1
    if (slot === -1) return
    const users = (this.#slotUsers[slot] ?? 0) - 1
    this.#slotUsers[slot] = users
    if (users === 0) this.#slots.remove(slot)
  }

  /** Makes room for so many lines. */
  reserve(lines: number): void {
    this.kinds = withRoom(this.kinds, lines)
    this.contexts = withRoom(this.contexts, lines)
    this.entries = withRoom(this.entries, lines)
    this.born = withRoom(this.born, lines)
    this.seen = withRoom(this.seen, lines)
    this.slots = withRoom(this.slots, lines)
    this.slotRefs = withRoom(this.slotRefs, lines)
    this.slotSeen = withRoom(this.slotSeen, lines)
    this.slotTracked = withRoom(this.slotTracked, lines)
    this.#slotUsers = withRoom(this.#slotUsers, lines)
    this.#ids.reserve(lines)
    this.#slots.reserve(lines)
  }
}
