/** The exporter as a function: collectors and a query in, registries for the page out. */

import { BadScrape } from '../../shared/exposition/handler.ts'
import type { Registry } from '../../shared/exposition/registry.ts'
import type { Collector, CollectorLog } from './collector.ts'
import type { Host } from './host.ts'
import type { Run } from './run.ts'
import { enabledNames, type GivenFlags, selectedNames } from './select.ts'
import { startCollector } from './start-collector.ts'

export type ExporterSetup = {
  readonly collectors: readonly Collector[]
  readonly host: Host
  readonly flags: GivenFlags
  readonly log: CollectorLog
  /** How long a scrape waits for a collector. */
  readonly timeoutMs: number
  /** The exporter's metrics of itself, brought up to date by `refresh`. */
  readonly own: { readonly registry: Registry; refresh?(): void }
}

export class Exporter {
  /** Names of the collectors that run, sorted. */
  readonly enabled: ReadonlySet<string>
  readonly #setup: ExporterSetup
  readonly #runs: readonly Run[]
  readonly #known: ReadonlySet<string>
  #scrapes = 0
  #isRetired = false

  /** Starts the collectors. Throws a StartError when one of them cannot. */
  constructor(setup: ExporterSetup) {
    this.#setup = setup
    const { collectors, flags, host, log } = setup
    const on = enabledNames(collectors, flags)
    const started = collectors.filter(({ name }) => on.has(name))
    this.#known = new Set(collectors.map(({ name }) => name))
    this.enabled = new Set(started.map(({ name }) => name))
    const runs: Run[] = []
    try {
      for (const collector of started) {
        runs.push(startCollector(collector, { host, flags, log, on }))
      }
    } catch (error) {
      for (const run of runs) run.stop()
      throw error
    }
    this.#runs = runs.sort(textfileLast)
  }

  /**
   * Runs the collectors that the query asks for. Throws a BadScrape for a query that makes no sense.
   * A promise only where a collector has to wait, which saves the usual scrape a turn.
   */
  gather(
    query: URLSearchParams,
    signal: AbortSignal,
  ): readonly Registry[] | Promise<readonly Registry[]> {
    const { host, own, timeoutMs } = this.#setup
    const runs = this.#select(query)
    host.nextScrape()
    let deadline: AbortSignal | undefined
    const getSignal = (): AbortSignal => {
      deadline ??= AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      return deadline
    }
    const waiting: Promise<void>[] = []
    for (const run of runs) {
      const collected = run.collect(getSignal)
      if (collected !== undefined) waiting.push(collected)
    }
    this.#scrapes += 1
    const finish = (): readonly Registry[] => {
      this.#scrapes -= 1
      this.#stopIfIdle()
      own.refresh?.()
      return [own.registry, ...runs.map(({ registry }) => registry)]
    }
    return waiting.length === 0 ? finish() : Promise.all(waiting).then(finish)
  }

  /** Stops the collectors once the scrapes under way have ended; to be called when no more will come. */
  retire(): void {
    this.#isRetired = true
    this.#stopIfIdle()
  }

  #stopIfIdle(): void {
    if (!this.#isRetired || this.#scrapes > 0) return
    for (const run of this.#runs) run.stop()
  }

  #select(query: URLSearchParams): readonly Run[] {
    try {
      const names = selectedNames(query, this.enabled, this.#known)
      return names === undefined ? this.#runs : this.#runs.filter(({ name }) => names.has(name))
    } catch (error) {
      if (error instanceof BadScrape) {
        this.#setup.log.warn('Refused a scrape', { err: error.message })
      }
      throw error
    }
  }
}

/** What strangers write into files must not displace what we measured: the first wins a clash. */
function textfileLast(a: Run, b: Run): number {
  return Number(a.name === 'textfile') - Number(b.name === 'textfile')
}
