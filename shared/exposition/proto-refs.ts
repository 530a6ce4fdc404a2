/** What the refs of a scraped protobuf page say about it as a whole. */
import type { ProtoTable } from './proto-table.ts'

/** Makes `refs` of what is known: a sample that comes again without its own timestamp gets -1. */
export function countRefs(table: ProtoTable): void {
  const { samples, known, refs, timestamps } = table
  const seen = new RefSet(samples)
  table.duplicates = 0
  table.isTimed = false
  for (let sample = 0; sample < samples; sample++) {
    const ref = known[sample] ?? -1
    const isTimed = !Number.isNaN(timestamps[sample])
    const isRepeated = ref >= 0 && !seen.add(ref) && !isTimed
    if (isRepeated) table.duplicates++
    if (isTimed) table.isTimed = true
    refs[sample] = isRepeated ? -1 : ref
  }
}

/** The refs of samples without their own timestamps, each once. */
export function untimedRefs({ samples, refs, timestamps }: ProtoTable): number[] {
  const untimed: number[] = []
  for (let sample = 0; sample < samples; sample++) {
    const ref = refs[sample] ?? -1
    if (ref >= 0 && Number.isNaN(timestamps[sample])) untimed.push(ref)
  }
  return untimed
}

/** Those that the page before has without timestamps and this one has not. */
export function goneRefs(before: ProtoTable, now: ProtoTable): number[] {
  const present = untimedRefs(now)
  const set = new RefSet(present.length)
  for (const ref of present) set.add(ref)
  return untimedRefs(before).filter((ref) => !set.has(ref))
}

/** A set of numbers from 0 on, of a size that is known; a Set takes five times as long. */
class RefSet {
  readonly #slots: Int32Array
  readonly #mask: number

  constructor(size: number) {
    const slots = 2 ** Math.ceil(Math.log2(size + 1) + 1)
    this.#slots = new Int32Array(slots).fill(-1)
    this.#mask = slots - 1
  }

  /** False when it was there. */
  add(ref: number): boolean {
    const slot = this.#find(ref)
    if (this.#slots[slot] === ref) return false
    this.#slots[slot] = ref
    return true
  }

  has(ref: number): boolean {
    return this.#slots[this.#find(ref)] === ref
  }

  /** Where it is, or would be. */
  #find(ref: number): number {
    const slots = this.#slots
    let slot = (Math.imul(ref, 0x9e3779b1) >>> 7) & this.#mask
    while (slots[slot] !== -1 && slots[slot] !== ref) slot = (slot + 1) & this.#mask
    return slot
  }
}
