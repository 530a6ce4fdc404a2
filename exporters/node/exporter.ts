/** The exporter as a function: collectors and a query in, registries for the page out. */

import { BadScrape } from '../../shared/exposition/handler.ts'
import type { Registry } from '../../shared/exposition/registry.ts'
import { compileOperatorRegexp } from '../../shared/regexp.ts'
import { type Collector, type CollectorLog, StartError } from './collector.ts'
import type { Host } from './host.ts'
import { type Run, startRun } from './run.ts'
import { enabledNames, type GivenFlags, selectedNames } from './select.ts'

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

  /** Starts the collectors. Throws a StartError when one of them cannot. */
  constructor(setup: ExporterSetup) {
    this.#setup = setup
    const { collectors, flags } = setup
    const on = enabledNames(collectors, flags)
    const started = collectors.filter(({ name }) => on.has(name))
    this.#known = new Set(collectors.map(({ name }) => name))
    this.enabled = new Set(started.map(({ name }) => name))
    this.#runs = started.map((collector) => startCollector(collector, setup, on)).sort(textfileLast)
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
    const finish = (): readonly Registry[] => {
      own.refresh?.()
      return [own.registry, ...runs.map(({ registry }) => registry)]
    }
    return waiting.length === 0 ? finish() : Promise.all(waiting).then(finish)
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

function startCollector(collector: Collector, setup: ExporterSetup, on: ReadonlySet<string>): Run {
  const { name } = collector
  const { values, given } = setup.flags
  const full = (flag: string): string =>
    `collector.${collector.flags[flag]?.fullName ?? `${name}.${flag}`}`
  const flagName = (flag: string): string => `--${full(flag)}`
  const flags: Record<string, unknown> = {}
  for (const flag of Object.keys(collector.flags)) flags[flag] = values[full(flag)]
  try {
    return startRun(collector, {
      host: setup.host,
      // Each value was read by the flag that this collector declared.
      flags: flags as Record<string, never>,
      log: setup.log,
      flagName,
      given: (flag) => given.has(full(flag)),
      isEnabled: (other) => on.has(other),
      regexp: (flag) => compile(String(flags[flag]), flagName(flag)),
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new StartError(`collector ${name} cannot start: ${error.message}`, { cause: error })
  }
}

function compile(pattern: string, flagName: string): RegExp {
  try {
    return compileOperatorRegexp(pattern)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new StartError(`${flagName}: ${error.message}`, { cause: error })
  }
}
