/** One target's life: wait for its turn, scrape, store, remember how it went. */
import type { Log } from '../../shared/log.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { AppendGroup } from '../storage/store.ts'
import { bodyKind } from './content-type.ts'
import type { ScrapeCounters } from './counters.ts'
import { Intake, type Losses, nothingRead, type Reading } from './intake.ts'
import type { Lookup } from './lookup.ts'
import type { FamilyMetadata } from './metadata.ts'
import { createTargetClient, type TargetClient } from './request.ts'
import { firstDelayMs, nextTick, offsetMs, scrapeTime } from './schedule.ts'
import { ScrapeError } from './scrape-error.ts'
import type { Target } from './target.ts'

export type LoopParts = {
  readonly target: Target
  readonly config: ScrapeConfig
  readonly group: AppendGroup
  /** Series that a loop for the same target left behind. */
  readonly inherited: readonly number[]
  readonly userAgent: string
  readonly lookup: Lookup
  /** Tells this server from others that scrape the same targets. */
  readonly seed: string
  readonly counters: ScrapeCounters
  readonly observeInterval: (intervalMs: number, actualSeconds: number) => void
  readonly log: Log
  readonly nowMs: () => number
}

export type LastScrape = {
  readonly health: 'unknown' | 'up' | 'down'
  readonly error: string
  readonly timeMs: number | undefined
  readonly durationSeconds: number
}

/** A timer of Node cannot wait longer. */
const longestWaitMs = 2 ** 31 - 1

export class TargetLoop {
  readonly target: Target
  readonly config: ScrapeConfig
  /** Why no scrape is even tried: the job has too many targets. Undefined when it is. */
  refusal: string | undefined
  readonly #parts: LoopParts
  readonly #intake: Intake
  readonly #client: TargetClient
  readonly #offsetMs: number
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #scraping: Promise<void> = Promise.resolve()
  #last: LastScrape = { health: 'unknown', error: '', timeMs: undefined, durationSeconds: 0 }
  #onGrid = false
  #losing = false

  constructor(parts: LoopParts) {
    this.target = parts.target
    this.config = parts.config
    this.#parts = parts
    this.#intake = new Intake(parts.target, parts.config, parts.group, parts.inherited)
    this.#client = createTargetClient(parts.config, parts.userAgent, parts.lookup)
    this.#offsetMs = offsetMs(parts.target.identity, parts.seed, parts.target.intervalMs)
  }

  get last(): LastScrape {
    return this.#last
  }

  families(): ReadonlyMap<string, FamilyMetadata> {
    return this.#intake.families.entries()
  }

  start(): void {
    const nowMs = this.#parts.nowMs()
    this.#waitFor(nowMs + firstDelayMs(this.#offsetMs, this.target.intervalMs))
  }

  /** Ends without a trace in the store: after a restart the series go on. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop.abort()
    this.#client.close()
    await this.#scraping
  }

  /** The target is gone: stops, and marks its series as ended now. */
  remove(): Promise<void> {
    const stopped = this.stop()
    this.#intake.end(this.#parts.nowMs())
    return stopped
  }

  /** Stops, and gives the series that the loop after this one has to see or to mark. */
  handOver(): { series: readonly number[]; stopped: Promise<void> } {
    const stopped = this.stop()
    return { series: this.#intake.handOver(), stopped }
  }

  #waitFor(tickMs: number): void {
    const waitMs = Math.max(0, tickMs - this.#parts.nowMs())
    this.#timer = setTimeout(() => this.#turn(tickMs), Math.min(waitMs, longestWaitMs))
  }

  #turn(tickMs: number): void {
    const { intervalMs } = this.target
    const nowMs = this.#parts.nowMs()
    // A timer may come a little early; much too early means a long interval or a clock set back.
    if (tickMs - nowMs > 1) {
      this.#waitFor(Math.min(tickMs, nextTick(nowMs, intervalMs, this.#offsetMs)))
      return
    }
    this.#scraping = this.#scrape(scrapeTime(nowMs, tickMs, intervalMs)).finally(() => {
      if (!this.#stop.signal.aborted) this.#waitFor(this.#tickAfter(tickMs, nowMs))
    })
  }

  /** A tick that passed meanwhile comes at once if it is the only one; more of them are left out. */
  #tickAfter(tickMs: number, startedMs: number): number {
    const { intervalMs } = this.target
    // The first scrape is off the grid; the second comes half an interval after it or later.
    const afterMs = this.#onGrid ? tickMs : startedMs + intervalMs / 2
    this.#onGrid = true
    const next = nextTick(afterMs, intervalMs, this.#offsetMs)
    const nowMs = this.#parts.nowMs()
    return nowMs - next < intervalMs ? next : nextTick(nowMs, intervalMs, this.#offsetMs)
  }

  async #scrape(timestampMs: number): Promise<void> {
    const startedAt = performance.now()
    const { reading, bodyBytes } = await this.#fetchAndRead()
    if (this.#stop.signal.aborted) return
    const durationSeconds = (performance.now() - startedAt) / 1000
    const losses = this.#intake.store(timestampMs, reading, {
      up: reading.error === undefined,
      durationSeconds,
      scraped: reading.scraped,
      kept: reading.kept,
      added: reading.added,
      bodyBytes,
      timeoutSeconds: this.target.timeoutMs / 1000,
      sampleLimit: this.config.limits.samples,
    })
    this.#remember(timestampMs, durationSeconds, reading, losses)
  }

  async #fetchAndRead(): Promise<{ reading: Reading; bodyBytes: number }> {
    let bodyBytes = 0
    try {
      if (this.refusal !== undefined) throw new ScrapeError(this.refusal)
      const { url, timeoutMs } = this.target
      const { body, contentType } = await this.#client.fetch(url, timeoutMs, this.#stop.signal)
      bodyBytes = body.length
      if (this.#stop.signal.aborted) return { reading: nothingRead, bodyBytes }
      const kind = bodyKind(contentType, this.config.fallbackProtocol)
      return { reading: this.#intake.read(body, kind), bodyBytes }
    } catch (error) {
      if (!(error instanceof ScrapeError)) throw error
      const tooBig = error.reason === 'body size limit exceeded'
      return { reading: { ...nothingRead, error }, bodyBytes: tooBig ? -1 : bodyBytes }
    }
  }

  #remember(timeMs: number, durationSeconds: number, reading: Reading, losses: Losses): void {
    const error = reading.error?.message ?? ''
    const before = this.#last
    if (before.timeMs !== undefined) {
      this.#parts.observeInterval(this.target.intervalMs, (timeMs - before.timeMs) / 1000)
    }
    this.#last = { health: error === '' ? 'up' : 'down', error, timeMs, durationSeconds }
    this.#parts.counters.add(reading, losses)
    const { log } = this.#parts
    const fields = { scrape_pool: this.config.jobName, target: this.target.url }
    if (error !== '' && error !== before.error) log.warn('scrape failed', { ...fields, err: error })
    if (error === '' && before.health === 'down') log.info('scrape works again', fields)
    const lost = losses.duplicates + losses.outOfOrder + losses.outOfBounds
    if (lost > 0 && !this.#losing) {
      log.warn('samples of a scrape were not stored', {
        ...fields,
        duplicate_timestamp: losses.duplicates,
        out_of_order: losses.outOfOrder,
        out_of_bounds: losses.outOfBounds,
      })
    }
    this.#losing = lost > 0
  }
}
