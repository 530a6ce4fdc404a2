/** The buckets of a native histogram as /api/v1/metrics lists them. */

import type { Histogram, NativeBuckets } from '../shared/exposition/family.ts'
import { formatValue } from '../shared/exposition/number.ts'

/** Which of the two bounds belong to the bucket: 0 the upper, 1 the lower, 2 none, 3 both. */
export type NativeBucket = readonly [
  boundaries: number,
  lower: string,
  upper: string,
  count: string,
]

/** From the lowest to the highest, without those that are empty. */
export function nativeBuckets({ native }: Histogram): NativeBucket[] {
  if (native === undefined) return []
  const { schema, zeroThreshold, zeroCount, negative, positive } = native
  const bound = (index: number): number => 2 ** (index * 2 ** -schema)
  const below = Array.from(counts(negative), ([index, count]) => {
    return bucket(1, -bound(index), -bound(index - 1), count)
  })
  const around = zeroCount > 0 ? [bucket(3, -zeroThreshold, zeroThreshold, zeroCount)] : []
  const above = Array.from(counts(positive), ([index, count]) => {
    return bucket(0, bound(index - 1), bound(index), count)
  })
  return [...below.reverse(), ...around, ...above]
}

/** Index and count of each bucket that is not empty. Spans may claim more buckets than there are. */
function* counts(side: NativeBuckets): Generator<[index: number, count: bigint | number]> {
  const { spans, deltas, counts: floats } = side
  const all = Math.max(deltas.length, floats.length)
  let index = 0
  let at = 0
  let sum = 0n
  for (const { offset, length } of spans) {
    index += offset
    for (let i = 0; i < length && at < all; i++, at++, index++) {
      sum += deltas[at] ?? 0n
      const count = floats[at] ?? sum
      if (count > 0) yield [index, count]
    }
  }
}

function bucket(boundaries: number, lower: number, upper: number, count: bigint | number) {
  const text = typeof count === 'bigint' ? String(count) : formatValue(count)
  return [boundaries, formatValue(lower), formatValue(upper), text] as const
}
