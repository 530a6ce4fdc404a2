/** Arithmetic on one classic histogram: cumulative counts up to upper bounds. */

export type Bucket = { readonly upperBound: number; count: number }

/** Counts that differ by less than this, relatively, differ by rounding. */
const smallDifference = 1e-12
const leastNormal = 2.2250738585072014e-308

/**
 * The quantile, linear inside a bucket, NaN where the buckets say nothing. Reorders and corrects the
 * buckets; `wasForced` tells that counts fell by more than rounding explains.
 */
export function bucketQuantile(
  q: number,
  unsorted: Bucket[],
): { value: number; wasForced: boolean } {
  const plain = (value: number) => ({ value, wasForced: false })
  if (Number.isNaN(q)) return plain(Number.NaN)
  if (q < 0) return plain(Number.NEGATIVE_INFINITY)
  if (q > 1) return plain(Number.POSITIVE_INFINITY)
  const buckets = prepare(unsorted)
  if (buckets === undefined) return plain(Number.NaN)
  const wasForced = makeMonotonic(buckets)
  return { value: quantileOf(q, buckets), wasForced }
}

function quantileOf(q: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1
  const total = (buckets[last] as Bucket).count
  if (last < 1 || total === 0) return Number.NaN
  let rank = q * total
  let at = 0
  while (at < last && !((buckets[at] as Bucket).count >= rank)) at++
  // The last bucket has no upper end to interpolate to.
  if (at === last) return (buckets[last - 1] as Bucket).upperBound
  let { count, upperBound } = buckets[at] as Bucket
  if (at === 0) return upperBound <= 0 ? upperBound : upperBound * (rank / count)
  const below = buckets[at - 1] as Bucket
  count -= below.count
  rank -= below.count
  return below.upperBound + (upperBound - below.upperBound) * (rank / count)
}

/** The share of observations between two values. */
export function bucketFraction(lower: number, upper: number, unsorted: Bucket[]): number {
  const buckets = prepare(unsorted)
  const total = buckets?.at(-1)?.count ?? 0
  if (buckets === undefined || total === 0) return Number.NaN
  if (Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  if (lower >= upper) return 0
  const rankOf = (value: number) => Math.min(total, rankBelow(buckets, value) ?? total)
  return (rankOf(upper) - rankOf(lower)) / total
}

/** How many observations are below a value, undefined when it lies above all buckets. */
function rankBelow(buckets: readonly Bucket[], value: number): number | undefined {
  let rank = 0
  for (const [i, { upperBound, count }] of buckets.entries()) {
    const first = upperBound > 0 ? 0 : Number.NEGATIVE_INFINITY
    const lowerBound = i === 0 ? first : (buckets[i - 1] as Bucket).upperBound
    if (lowerBound >= value) return rank
    if (upperBound > value) {
      // A bucket without lower end has all that is in it at its upper bound.
      if (lowerBound === Number.NEGATIVE_INFINITY) return count
      return rank + ((count - rank) * (value - lowerBound)) / (upperBound - lowerBound)
    }
    rank = count
  }
  return undefined
}

/** Sorts, and adds up buckets of one bound; undefined without a +Inf bucket. */
function prepare(buckets: Bucket[]): Bucket[] | undefined {
  buckets.sort((a, b) => a.upperBound - b.upperBound)
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return undefined
  const united: Bucket[] = []
  for (const bucket of buckets) {
    const last = united.at(-1)
    if (last?.upperBound === bucket.upperBound) last.count += bucket.count
    else united.push({ ...bucket })
  }
  return united
}

/** Lets no count be less than that before it. Tells whether any was clearly less. */
function makeMonotonic(buckets: Bucket[]): boolean {
  let wasForced = false
  let before = buckets[0]?.count ?? 0
  for (const bucket of buckets.slice(1)) {
    if (bucket.count === before) continue
    const nearly = isNearly(before, bucket.count)
    if (!nearly && !(bucket.count < before)) {
      before = bucket.count
      continue
    }
    if (!nearly) wasForced = true
    bucket.count = before
  }
  return wasForced
}

function isNearly(a: number, b: number): boolean {
  if (Number.isNaN(a) && Number.isNaN(b)) return true
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < leastNormal) return difference < smallDifference * leastNormal
  return difference / Math.min(sum, Number.MAX_VALUE) < smallDifference
}
