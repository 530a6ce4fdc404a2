/** What the page asks: those of the groups that match a search, a part at a time, and the series of one. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { LabelPair } from '../shared/exposition/family.ts'
import { splitTarget } from '../shared/web/routes.ts'
import { answerRefused } from './answer.ts'
import { answerJson } from './api.ts'
import type { Group } from './group.ts'
import { familyJson, labelsJson, timeFamilies } from './group-json.ts'
import type { GroupingKey } from './grouping-key.ts'
import { fitsOne, type GroupSelector, readSelectors } from './match-groups.ts'
import { Refused } from './refused.ts'
import type { Store } from './store.ts'

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

/** GET /api/v1/groups: the list for `match[]` and the parameters of listGroups. */
export async function answerList(
  store: Store,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const query = new URLSearchParams(splitTarget(request.url ?? '').search)
    const selectors = await readSelectors(query.getAll('match[]'))
    answerJson(response, listGroups(store.groups.all(), query, selectors))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    answerRefused(response, error)
  }
}

/** `search` (words that all must occur in labels or family names), `sort`, `offset` and `limit`. */
export function listGroups(
  groups: Iterable<Group>,
  query: URLSearchParams,
  selectors: readonly GroupSelector[] = [],
): unknown {
  const words = (query.get('search') ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const order = orders[readOrder(query.get('sort'))]
  const found: Listed[] = []
  for (const group of groups) {
    if (!fitsOne(selectors, group) || !matches(group, words)) continue
    found.push({ group, rank: order(group), job: jobOf(group.key), text: group.key.text })
  }
  const offset = readCount(query.get('offset'), 0)
  const limit = Math.min(readCount(query.get('limit'), usualLimit), largestLimit)
  const shown = firstOf(found, offset + limit).slice(offset)
  return { total: found.length, groups: shown.map(({ group }) => summaryJson(group)) }
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

/** What lists show of a group. */
export function summaryJson(group: Group) {
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
    series_count: seriesCount(group),
  }
}

/** Of what was pushed, without the push times. */
export function seriesCount(group: Group): number {
  return group.families.values().reduce((sum, { series }) => sum + series.length, 0)
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

/** A group with what the sort looks at, worked out once and not at each comparison. */
type Listed = {
  readonly group: Group
  readonly rank: number
  readonly job: string
  readonly text: string
}

/** The first ones in order. Of 20,000 groups to sort all for the first 50 would take six times as long. */
function firstOf(found: readonly Listed[], count: number): Listed[] {
  const first: Listed[] = []
  let last: Listed | undefined
  for (const one of found) {
    if (last !== undefined && compareListed(one, last) > 0) continue
    first.push(one)
    if (first.length <= 2 * count) continue
    first.sort(compareListed).length = count
    last = first.at(-1)
  }
  return first.sort(compareListed).slice(0, count)
}

function compareListed(a: Listed, b: Listed): number {
  return a.rank - b.rank || compareTexts(a.job, b.job) || compareTexts(a.text, b.text)
}

function jobOf({ labels }: GroupingKey): string {
  return labels.find(({ name }) => name === 'job')?.value ?? ''
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
