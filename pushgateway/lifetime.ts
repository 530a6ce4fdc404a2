/** How long a group stays that nobody pushes to: --push.ttl, or what its last push asked for. */

import { parseDuration } from '../shared/duration.ts'
import { splitTarget } from '../shared/web/routes.ts'
import type { Group } from './group.ts'
import { Refused } from './refused.ts'

export type Lifetime = {
  /** Of groups whose last push asked for none; 0 is for ever. */
  readonly ttlMs: number
  /** How much longer push_time_seconds stays, so that an alert on silence can see it. */
  readonly keepPushTimeMs: number
}

/** As in the original. */
export const endless: Lifetime = { ttlMs: 0, keepPushTimeMs: 0 }

/** What the end of its time does to a group: all but its push times goes, or all of it. */
export type End = 'empty' | 'expire'

export function endOf(group: Group, { keepPushTimeMs }: Lifetime): End {
  return keepPushTimeMs > 0 && group.families.size > 0 ? 'empty' : 'expire'
}

/** When that is, in milliseconds since the epoch; undefined is never. */
export function endMs(group: Group, lifetime: Lifetime): number | undefined {
  const { ttlMs = lifetime.ttlMs } = group
  // A file of the Go Pushgateway may lack push times: then nobody knows how old a group is.
  if (ttlMs === 0 || group.sinceMs === 0) return undefined
  const keepMs = endOf(group, lifetime) === 'expire' ? lifetime.keepPushTimeMs : 0
  return group.sinceMs + ttlMs + keepMs
}

/** `?ttl=15m` of a push, in milliseconds; undefined where it asks for nothing. Throws a Refused. */
export function readTtl(target: string): number | undefined {
  if (!target.includes('?')) return undefined
  const text = new URLSearchParams(splitTarget(target).search).get('ttl')
  if (text === null) return undefined
  const ttlMs = parseTtl(text)
  if (ttlMs >= 0 && Number.isFinite(ttlMs)) return ttlMs
  throw new Refused(400, 'ttl in the URL must be a duration such as 15m, or 0 for no end')
}

function parseTtl(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Refused(400, `ttl in the URL: ${reason}`)
  }
}
