/** All jobs of a configuration: started, changed by a reload, stopped, and shown. */
import os from 'node:os'
import type { Log } from '../../shared/log.ts'
import { version } from '../../shared/version.ts'
import { formatDuration } from '../config/duration.ts'
import type { Config } from '../config/load.ts'
import type { Labels } from '../labels.ts'
import type { Store } from '../storage/store.ts'
import { ScrapeCounters, type ScrapeTotals } from './counters.ts'
import { globalUrl } from './global-url.ts'
import { sharedLookup } from './lookup.ts'
import type { TargetLoop } from './loop.ts'
import type { FamilyMetadata } from './metadata.ts'
import { Pool } from './pool.ts'

/** As /api/v1/targets shows it, but for the time, which is in milliseconds or undefined. */
export type TargetStatus = {
  readonly discoveredLabels: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly scrapePool: string
  readonly scrapeUrl: string
  readonly globalUrl: string
  /** First line in Prometheus' words; a second line, if any, says it plainly. */
  readonly lastError: string
  readonly lastScrape: number | undefined
  readonly lastScrapeDuration: number
  readonly health: 'unknown' | 'up' | 'down'
  readonly scrapeInterval: string
  readonly scrapeTimeout: string
}

export type DroppedTarget = {
  readonly discoveredLabels: Readonly<Record<string, string>>
  readonly scrapePool: string
}

export type TargetMetadata = {
  readonly target: Readonly<Record<string, string>>
  readonly families: ReadonlyMap<string, FamilyMetadata>
}

export interface Scraper {
  start(): void
  /** Makes a new configuration the one in use; targets that are as before are not disturbed. */
  apply(config: Config): Promise<void>
  /** Aborts what is under way. Nothing is marked as ended: a restart continues the series. */
  stop(): Promise<void>
  targets(): TargetStatus[]
  /** At most keep_dropped_targets of each job. */
  dropped(): DroppedTarget[]
  /** Dropped targets of each job, those not kept included. */
  droppedCounts(): Readonly<Record<string, number>>
  metadata(): TargetMetadata[]
  totals(): ScrapeTotals
}

export type ScraperOptions = {
  readonly config: Config
  readonly store: Pick<Store, 'group'>
  readonly log: Log
  readonly nowMs?: () => number
  /** Where this server is seen from outside, for links to targets on localhost. */
  readonly externalUrl?: string
  /** Time between two scrapes of a target with this interval, for the summary of Prometheus' name. */
  readonly observeInterval?: (intervalMs: number, actualSeconds: number) => void
}

/** Some targets answer only to who calls itself Prometheus, so its name is in front. */
const userAgent = `Prometheus/3.5.3 (compatible; Narthex/${version})`

export function createScraper(options: ScraperOptions): Scraper {
  const { store, log, nowMs = Date.now, externalUrl = `http://${os.hostname()}:9090` } = options
  const counters = new ScrapeCounters()
  const lookup = sharedLookup()
  const pools = new Map<string, Pool>()
  const observeInterval = options.observeInterval ?? (() => undefined)

  async function apply(config: Config): Promise<void> {
    const seed = JSON.stringify([os.hostname(), config.global.externalLabels])
    const around = { store, log, nowMs, counters, userAgent, lookup, seed, observeInterval }
    const stopping: Promise<void>[] = []
    const names = new Set(config.scrapeConfigs.map((job) => job.jobName))
    for (const [name, pool] of pools) {
      if (names.has(name)) continue
      stopping.push(pool.remove())
      pools.delete(name)
    }
    for (const job of config.scrapeConfigs) {
      const pool = pools.get(job.jobName) ?? new Pool(job, around)
      pools.set(job.jobName, pool)
      stopping.push(pool.apply(job, around))
    }
    await Promise.all(stopping)
  }

  return {
    start() {
      void apply(options.config)
    },
    apply,
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.stop()))
    },
    targets: () => allLoops(pools).map((loop) => targetStatus(loop, externalUrl)),
    dropped: () => [...pools].flatMap(([name, pool]) => shownDropped(name, pool)),
    droppedCounts: () => {
      return Object.fromEntries([...pools].map(([name, pool]) => [name, pool.dropped().length]))
    },
    metadata: () => {
      return allLoops(pools).map((loop) => ({
        target: asObject(loop.target.labels),
        families: loop.families(),
      }))
    },
    totals: () => counters.totals(),
  }
}

function allLoops(pools: ReadonlyMap<string, Pool>): TargetLoop[] {
  return [...pools.values()].flatMap((pool) => pool.loops())
}

function shownDropped(scrapePool: string, pool: Pool): DroppedTarget[] {
  const shown = pool.keptDropped === 0 ? pool.dropped() : pool.dropped().slice(0, pool.keptDropped)
  return shown.map((labels) => ({ discoveredLabels: asObject(labels), scrapePool }))
}

function targetStatus({ target, config, last }: TargetLoop, externalUrl: string): TargetStatus {
  return {
    discoveredLabels: asObject(target.discoveredLabels),
    labels: asObject(target.labels),
    scrapePool: config.jobName,
    scrapeUrl: target.url,
    globalUrl: globalUrl(target.url, externalUrl),
    lastError: last.error,
    lastScrape: last.timeMs,
    lastScrapeDuration: last.durationSeconds,
    health: last.health,
    scrapeInterval: formatDuration(target.intervalMs),
    scrapeTimeout: formatDuration(target.timeoutMs),
  }
}

function asObject(labels: Labels): Record<string, string> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]))
}
