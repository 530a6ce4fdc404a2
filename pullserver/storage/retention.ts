/** Forgetting: days that are older than the retention, and series of which nothing is left. */
import type { ChunkDays } from './chunk-days.ts'
import { dayMs, dayOf, maxBlockMs } from './chunk-days.ts'

/**
 * Deletes the files of the days that ended before the retention began. A day's last block may reach
 * two hours into the next day. Gives the first day that is kept, which is also the day before which
 * series without newer chunks may be forgotten.
 */
export function dropOldDays(days: ChunkDays, nowMs: number, retentionMs: number): number {
  const firstKept = dayOf(nowMs - retentionMs - maxBlockMs)
  for (const day of days.days()) if (day < firstKept) days.drop(day)
  return firstKept
}

/** When the next day may be dropped. */
export function nextDropMs(firstKept: number, retentionMs: number): number {
  return (firstKept + 1) * dayMs + retentionMs + maxBlockMs
}
