/** push_time_seconds and push_failure_time_seconds, the two families that every group has. */

import type { GroupLabels } from './group-labels.ts'
import { PushedFamily } from './pushed-family.ts'

/** Nobody can push these: the original lets the second push overwrite the failure time. */
export const pushTimeNames: ReadonlySet<string> = new Set([
  'push_time_seconds',
  'push_failure_time_seconds',
])

export function pushTime(group: GroupLabels, timeMs: number): PushedFamily {
  return timeFamily('push_time_seconds', group, timeMs, 'stored')
}

export function failureTime(group: GroupLabels, timeMs: number): PushedFamily {
  return timeFamily('push_failure_time_seconds', group, timeMs, 'refused')
}

function timeFamily(name: string, group: GroupLabels, timeMs: number, fate: string): PushedFamily {
  const help = `When a push to this group was last ${fate}, in seconds since 1970; 0 is never.`
  const metrics = [{ labels: [], value: timeMs / 1000 }]
  return new PushedFamily(group, { name, type: 'gauge', help, metrics }, undefined, [])
}
