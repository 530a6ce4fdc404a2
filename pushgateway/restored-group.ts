/** A group as it comes back from a snapshot. */

import type { MetricFamily } from '../shared/exposition/family.ts'

export type RestoredGroup = {
  readonly pushedMs: number
  readonly failedMs: number
  /** What its last push asked for. */
  readonly ttlMs?: number | undefined
  readonly families: readonly MetricFamily[]
  /** When each family was pushed, by name. */
  readonly timesMs: ReadonlyMap<string, number>
}
