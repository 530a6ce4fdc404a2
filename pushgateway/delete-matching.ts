/**
 * DELETE /api/v1/groups?match[]=...: deletes the groups that one of the selectors fits, all or none of
 * them, or with dry_run=true only tells which. DELETE of a push path keeps the original's meaning: that
 * one group.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { splitTarget } from '../shared/web/routes.ts'
import { answerRefused } from './answer.ts'
import { answerJson } from './api.ts'
import { seriesCount, summaryJson } from './groups-api.ts'
import { fitsOne, readSelectors, requireNarrow } from './match-groups.ts'
import { Refused } from './refused.ts'
import type { Store } from './store.ts'

const mostShown = 20

/** `groups` are the first of them, as the list shows them. */
export async function answerDeleteMatching(
  store: Store,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const query = new URLSearchParams(splitTarget(request.url ?? '').search)
    const isDryRun = readDryRun(query)
    const selectors = await readSelectors(query.getAll('match[]'))
    requireNarrow(selectors)
    const found = Array.from(store.groups.all()).filter((group) => fitsOne(selectors, group))
    const groups = found.slice(0, mostShown).map(summaryJson)
    const series = found.reduce((sum, group) => sum + seriesCount(group), 0)
    const count = isDryRun ? found.length : await store.deleteAll(found.map(({ key }) => key))
    answerJson(response, { dry_run: isDryRun, count, series_count: series, groups })
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    answerRefused(response, error)
  }
}

/** Strict, since a dry run that is misspelt would delete. */
function readDryRun(query: URLSearchParams): boolean {
  for (const name of query.keys()) {
    if (name === 'match[]' || name === 'dry_run') continue
    throw new Refused(400, `there is no parameter ${JSON.stringify(name)}: match[] and dry_run are`)
  }
  const values = new Set(query.getAll('dry_run'))
  const [value = 'false'] = values
  if (values.size > 1 || (value !== 'true' && value !== 'false')) {
    throw new Refused(400, `dry_run must be true or false, once`)
  }
  return value === 'true'
}
