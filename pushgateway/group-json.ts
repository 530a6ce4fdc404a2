/** A group as /api/v1/metrics shows it. */

import type { Bucket, LabelPair, Metric } from '../shared/exposition/family.ts'
import { isNative } from '../shared/exposition/family.ts'
import { formatValue } from '../shared/exposition/number.ts'
import { typeName } from './describe.ts'
import type { GroupFamily } from './family-index.ts'
import type { Group } from './group.ts'
import { metricsOf } from './metrics-of.ts'
import { nativeBuckets } from './native-buckets.ts'

type Json = Readonly<Record<string, unknown>>

/** Keys are sorted, as Go writes maps. */
export function groupJson(group: Group): Json {
  const entries = new Map<string, unknown>()
  for (const held of [...group.families.values(), ...timeFamilies(group)])
    entries.set(held.family.name, familyJson(held))
  // A family may be called labels, too; what the group is wins.
  entries.set('labels', labelsJson(group.key.labels))
  entries.set('last_push_successful', group.lastPushSuccessful)
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** push_time_seconds and push_failure_time_seconds. */
export function timeFamilies(group: Group): GroupFamily[] {
  return [group.pushTime, group.failureTime].filter((held) => held !== undefined)
}

/** At most `limit` of its metrics. */
export function familyJson(held: GroupFamily, limit = Number.POSITIVE_INFINITY): Json {
  return {
    time_stamp: new Date(held.timeMs).toISOString(),
    type: typeName(held.family.type),
    ...(held.help !== undefined && held.help !== '' && { help: held.help }),
    metrics: metricsOf(held.family, held.series.slice(0, limit)).map(metricJson),
  }
}

export function labelsJson(labels: readonly LabelPair[]): Json {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]))
}

function metricJson(metric: Metric): Json {
  const labels = labelsJson(metric.labels)
  if ('value' in metric) return { labels, value: numberJson(metric.value) }
  if ('valueless' in metric) return { labels }
  const count = numberJson(metric.count ?? 0)
  const sum = numberJson(metric.sum ?? 0)
  if ('buckets' in metric) {
    const buckets = isNative(metric) ? nativeBuckets(metric) : pointsJson(metric.buckets)
    return { buckets, count, labels, sum }
  }
  return { count, labels, quantiles: pointsJson(metric.quantiles), sum }
}

function pointsJson(points: readonly (Bucket | readonly [number, number])[]): Json {
  return Object.fromEntries(points.map(([at, value]) => [numberJson(at), numberJson(value)]))
}

/** Numbers are texts here, since JSON has neither NaN nor infinities. */
function numberJson(value: number | bigint): string {
  if (typeof value === 'bigint') return String(value)
  return Object.is(value, -0) ? '-0' : formatValue(value)
}
