/** What the pull server tells about itself on /metrics, under Prometheus' names where they fit. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MetricFamily } from '../shared/exposition/family.ts'
import { Registry } from '../shared/exposition/registry.ts'
import { createSelfMetrics } from '../shared/self-metrics.ts'
import type { Scraper } from './scrape/scraper.ts'
import type { Store } from './storage/store.ts'

export type OwnMetrics = {
  /** Counts the request when it is answered; `handler` is the route, never the raw path. */
  observe(request: IncomingMessage, response: ServerResponse): void
  configLoaded(ok: boolean, nowMs: number): void
  /** The families of this moment. */
  refresh(): Promise<Registry>
}

/** Prometheus' own bounds for the same histogram. */
const durationBounds = [0.1, 0.2, 0.4, 1, 3, 8, 20, 60, 120]

export function createOwnMetrics(
  store: Pick<Store, 'stats'>,
  scraper: Pick<Scraper, 'targets' | 'totals'>,
): OwnMetrics {
  const own = createSelfMetrics()
  const registry = new Registry()
  const requests = own.counter('prometheus_http_requests_total', 'Requests answered, by route.', [
    'handler',
    'code',
  ])
  const durations = own.histogram(
    'prometheus_http_request_duration_seconds',
    'Time to answer, by route.',
    durationBounds,
    ['handler'],
  )
  const appended = own.counter(
    'prometheus_tsdb_head_samples_appended_total',
    'Samples stored since the start.',
  )
  const series = own.gauge('prometheus_tsdb_head_series', 'Series with samples in memory.')
  const reloadOk = own.gauge(
    'prometheus_config_last_reload_successful',
    'Whether the last reading of the configuration succeeded.',
  )
  const reloadTime = own.gauge(
    'prometheus_config_last_reload_success_timestamp_seconds',
    'When the configuration was last read without errors.',
  )
  const health = own.gauge('narthex_targets', 'Targets by health.', ['health'])
  let appendedBefore = 0
  return {
    observe(request, response) {
      const startedMs = performance.now()
      const handler = routeOf(request.url ?? '')
      response.once('close', () => {
        requests.inc({ handler, code: String(response.statusCode) })
        durations.observe({ handler }, (performance.now() - startedMs) / 1000)
      })
    },
    configLoaded(ok, nowMs) {
      reloadOk.set(ok ? 1 : 0)
      if (ok) reloadTime.set(nowMs / 1000)
    },
    async refresh() {
      const stats = store.stats()
      appended.inc(stats.samples - appendedBefore)
      appendedBefore = stats.samples
      series.set(stats.series)
      for (const state of ['up', 'down', 'unknown']) {
        const count = scraper.targets().filter((target) => target.health === state).length
        health.set({ health: state }, count)
      }
      registry.adopt([...(await own.families()), ...scrapeFamilies(scraper)])
      return registry
    },
  }
}

const scrapeHelps: Readonly<Record<keyof ReturnType<Scraper['totals']>, string>> = {
  prometheus_target_scrapes_exceeded_sample_limit_total: 'Scrapes refused for their sample_limit.',
  prometheus_target_scrapes_exceeded_body_size_limit_total:
    'Scrapes refused for their body_size_limit.',
  prometheus_target_scrapes_sample_duplicate_timestamp_total:
    'Samples dropped as their series had another value at the same time.',
  prometheus_target_scrapes_sample_out_of_order_total:
    'Samples dropped as older than the newest of their series.',
  prometheus_target_scrapes_sample_out_of_bounds_total:
    'Samples dropped as too far in the future or the past.',
  prometheus_target_sync_failed_total: 'Targets that could not be made from their labels.',
}

function scrapeFamilies(scraper: Pick<Scraper, 'totals'>): MetricFamily[] {
  const totals: Readonly<Record<string, number>> = scraper.totals()
  return Object.entries(scrapeHelps).map(([name, help]) => ({
    name,
    help,
    type: 'counter',
    metrics: [{ labels: [], value: totals[name] ?? 0 }],
  }))
}

const knownRoutes = /^\/(api\/v1\/[a-z_]+(\/[a-z]+)?|metrics|query|targets|status|graph|-\/\w+)?$/

/** The route as a label value: label names and unknown paths would make a series each. */
function routeOf(url: string): string {
  const path = url.split('?', 1)[0] ?? ''
  if (path.startsWith('/assets/')) return '/assets/:name'
  if (/^\/api\/v1\/label\/[^/]+\/values$/.test(path)) return '/api/v1/label/:name/values'
  return knownRoutes.test(path) ? path : 'unknown'
}
