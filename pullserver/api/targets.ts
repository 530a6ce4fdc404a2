/** What is scraped and how it went: /api/v1/targets and /api/v1/scrape_pools. */
import type { Scraper, TargetStatus } from '../scrape/scraper.ts'
import { type Answer, answer } from './answer.ts'
import { readLimit } from './parameters.ts'

type Targets = Pick<Scraper, 'targets' | 'dropped' | 'droppedCounts'>

/** Active and dropped targets, narrowed by `state=active|dropped|any` and `scrapePool`. */
export function listTargets(scraper: Targets, parameters: URLSearchParams): Answer {
  const state = (parameters.get('state') ?? 'any').toLowerCase()
  const pool = parameters.get('scrapePool') ?? ''
  const inPool = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool
  return answer({
    activeTargets: state === 'dropped' ? [] : scraper.targets().filter(inPool).map(toJson),
    droppedTargets: state === 'active' ? [] : scraper.dropped().filter(inPool),
    droppedTargetCounts: scraper.droppedCounts(),
  })
}

export function listScrapePools(scraper: Targets): Answer {
  return answer({ scrapePools: Object.keys(scraper.droppedCounts()).sort() })
}

/** RFC 3339, and Go's zero time for a target that was never scraped. */
function writeDate(timeMs: number | undefined): string {
  return timeMs === undefined ? '0001-01-01T00:00:00Z' : new Date(timeMs).toISOString()
}

function toJson(target: TargetStatus) {
  return { ...target, lastScrape: writeDate(target.lastScrape) }
}

/**
 * Type, unit and help of each family, as the targets declare them: `{name: [{type, unit, help}]}`,
 * each distinct declaration once. Narrowed by `metric`, `limit`, `limit_per_metric`.
 */
export function listMetadata(
  scraper: Pick<Scraper, 'metadata'>,
  parameters: URLSearchParams,
): Answer {
  const metric = parameters.get('metric') ?? ''
  const limit = readLimit(parameters)
  const limitPerMetric = readLimit(parameters, 'limit_per_metric')
  const declared = new Map<string, Map<string, object>>()
  for (const { families } of scraper.metadata()) {
    for (const [name, { type, unit, help }] of families) {
      if (metric !== '' && name !== metric) continue
      const variants = declared.get(name) ?? new Map<string, object>()
      if (variants.size === 0 && declared.size >= limit) continue
      declared.set(name, variants)
      const variant = { type, unit, help }
      if (variants.size < limitPerMetric) variants.set(JSON.stringify(variant), variant)
    }
  }
  const entries = [...declared].map(([name, variants]) => [name, [...variants.values()]])
  return answer(Object.fromEntries(entries))
}
