/** What the refs of a scraped protobuf page say about it as a whole. */
import type { ProtoTable } from './proto-table.ts'

/** Makes `refs` of what is known: a sample that comes again without its own timestamp gets -1. */
export function countRefs(table: ProtoTable): void {
  const { samples, known, refs, timestamps } = table
  const seen = new Set<number>()
  table.duplicates = 0
  table.isTimed = false
  for (let sample = 0; sample < samples; sample++) {
    const ref = known[sample] ?? -1
    const isTimed = !Number.isNaN(timestamps[sample])
    const isRepeated = ref >= 0 && !isTimed && seen.has(ref)
    if (isRepeated) table.duplicates++
    if (isTimed) table.isTimed = true
    refs[sample] = isRepeated ? -1 : ref
    seen.add(ref)
  }
}

/** The refs of samples without their own timestamps. */
export function untimedRefs({ samples, refs, timestamps }: ProtoTable): Set<number> {
  const untimed = new Set<number>()
  for (let sample = 0; sample < samples; sample++) {
    const ref = refs[sample] ?? -1
    if (ref >= 0 && Number.isNaN(timestamps[sample])) untimed.add(ref)
  }
  return untimed
}
