/** push_time_seconds and push_failure_time_seconds, the two families that every group has. */

import { formatValue } from '../shared/exposition/number.ts'
import type { GroupLabels } from './group-labels.ts'
import type { PushedFamily } from './pushed-family.ts'
import { Series } from './series.ts'

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
  const value = formatValue(timeMs / 1000)
  return {
    name,
    type: 'gauge',
    help: `When a push to this group was last ${fate}, in seconds since 1970; 0 is never.`,
    series: [new Series(group, group.render([]), value)],
    describe: () =>
      `collected metric "${name}" { ${group.render([]).text} gauge:{value:${value}} }`,
  }
}
