/** What the page asks: those of the groups that match a search, a part at a time, and the series of one. */

import type { LabelPair } from '../shared/exposition/family.ts'
import type { Group } from './group.ts'
import { familyJson, labelsJson, timeFamilies } from './group-json.ts'
import type { GroupingKey } from './grouping-key.ts'

/** The orders a list can have; groups that are equal in it stand by job, then by their other labels. */
const orders = {
  labels: () => 0,
  newest: (group: Group) => -group.pushedMs,
  oldest: (group: Group) => group.pushedMs,
  failed: (group: Group) => (group.lastPushSuccessful ? 1 : 0),
} as const

const usualLimit = 50
const largestLimit = 500
const mostSeries = 1000

/** `search` (words that all must occur in labels or family names), `sort`, `offset` and `limit`. */
export function listGroups(groups: Iterable<Group>, query: URLSearchParams): unknown {
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const order = orders[readOrder(query.get('sort'))]
  const found = Array.from(groups).filter((group) => matches(group, words))
  found.sort((a, b) => order(a) - order(b) || compareKeys(a.key, b.key))
  const offset = readCount(query.get('offset'), 0)
  const limit = Math.min(readCount(query.get('limit'), usualLimit), largestLimit)
  return { total: found.length, groups: found.slice(offset, offset + limit).map(summaryJson) }
}

/** The families of a group with their metrics; of very many the first. */
export function groupSeries(group: Group): unknown {
  let rest = mostSeries
  const families: unknown[] = []
  for (const held of [...group.families.values(), ...timeFamilies(group)]) {
    const { name } = held.family
    families.push({ name, series: held.series.length, ...familyJson(held, rest) })
    rest = Math.max(0, rest - held.series.length)
  }
  return { ...summaryJson(group), families }
}

/** What follows /metrics/ in the URL of the group; all in base64, so any value will do. */
export function groupPath(labels: readonly LabelPair[]): string {
  const job = labels.filter(({ name }) => name === 'job')
  const others = labels.filter(({ name }) => name !== 'job')
  return [...job, ...others]
    .map(({ name, value }) => {
      const encoded = Buffer.from(value).toString('base64url')
      return `${encodeURIComponent(name)}@base64/${encoded || '='}`
    })
    .join('/')
}

function summaryJson(group: Group) {
  return {
    labels: labelsJson(group.key.labels),
    path: groupPath(group.key.labels),
    pushed_ms: group.pushedMs,
    failed_ms: group.failedMs,
    last_push_successful: group.lastPushSuccessful,
    expires_ms: group.expiresMs ?? null,
    last_error: group.lastPush?.error ?? null,
    last_source: group.lastPush?.source ?? null,
    last_push_bytes: group.lastPush?.sizeBytes ?? null,
    family_count: group.families.size,
    series_count: Iterator.from(group.families.values()).reduce(
      (n, { series }) => n + series.length,
      0,
    ),
  }
}

function matches(group: Group, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = `${group.key.text} ${[...group.families.keys()].join(' ')}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

function readOrder(text: string | null): keyof typeof orders {
  return text !== null && Object.hasOwn(orders, text) ? (text as keyof typeof orders) : 'labels'
}

/** What is no count is the default: the page sends only counts. */
function readCount(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : fallback
}

function compareKeys(a: GroupingKey, b: GroupingKey): number {
  return compareTexts(jobOf(a), jobOf(b)) || compareTexts(a.text, b.text)
}

function jobOf({ labels }: GroupingKey): string {
  return labels.find(({ name }) => name === 'job')?.value ?? ''
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
