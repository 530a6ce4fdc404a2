/** How a collector's runs went, told to the page at each scrape and to the log when it changes. */

import { family } from '../../shared/exposition/declare.ts'
import type { Registry, Series } from '../../shared/exposition/registry.ts'
import { type CollectorLog, NoData } from './collector.ts'

const duration = family(
  'gauge',
  'node_scrape_collector_duration_seconds',
  'How long a collector took in this scrape.',
  ['collector'],
)
const success = family(
  'gauge',
  'node_scrape_collector_success',
  'Whether a collector succeeded; 0 also when there was nothing to measure.',
  ['collector'],
)
/**
 * One series a collector, named by what came of it, and not four of which three are 0: an alert needs
 * only to match those that are there, {outcome=~"error|timeout"}, and a page stays as short as it can.
 */
const outcomeInfo = family(
  'gauge',
  'node_scrape_collector_outcome',
  'Always 1; what came of a collector: ok, no_data (nothing here to measure), error or timeout.',
  ['collector', 'outcome'],
)

/** What a run came to; `err` is what the log says of it. */
export type Outcome = {
  readonly kind: 'ok' | 'no_data' | 'error' | 'timeout'
  readonly err?: string
}

export const ok: Outcome = { kind: 'ok' }

/** The outcome of a run that threw. */
export function outcomeOf(error: unknown): Outcome {
  const err = error instanceof Error ? error.message : String(error)
  return { kind: error instanceof NoData ? 'no_data' : 'error', err }
}

/** A collector that fails in ever new ways, or on and off, gets one error line in so long. */
const errorLineMs = 60_000

/** Tells page and log how the runs went; the log hears of a failure when it begins, not each time. */
export class Outcomes {
  last: Outcome = ok
  readonly #log: CollectorLog
  readonly #name: string
  readonly #duration: Series
  readonly #success: Series
  readonly #registry: Registry
  /** The state of things by the log: what its last line at error or info said. */
  #told: Outcome = ok
  #errorLineMs = Number.NEGATIVE_INFINITY
  /** Failures since the last error line that the log does not tell. */
  #untold = 0

  constructor(name: string, registry: Registry, log: CollectorLog) {
    this.#name = name
    this.#log = log
    this.#registry = registry
    this.#duration = registry.series(duration, name)
    this.#success = registry.series(success, name)
  }

  /** Both times on the clock of performance.now(). */
  add(outcome: Outcome, startMs: number, nowMs = performance.now()): void {
    const seconds = (nowMs - startMs) / 1000
    this.#duration.set(seconds)
    this.#success.set(outcome.kind === 'ok' ? 1 : 0)
    this.#registry.add(outcomeInfo, 1, this.#name, outcome.kind)
    this.last = outcome
    if (outcome !== this.#told) this.#tell(outcome, seconds, nowMs)
  }

  #tell(outcome: Outcome, seconds: number, nowMs: number): void {
    const { kind, err } = outcome
    const fields = { name: this.#name, duration_seconds: seconds, err }
    if (kind === 'no_data') {
      this.#log.debug('collector returned no data', fields)
    } else if (kind === 'ok') {
      this.#log.info('collector works again', fields)
      this.#told = ok
    } else {
      const message = kind === 'timeout' ? 'collector timed out' : 'collector failed'
      const isTold = kind === this.#told.kind && err === this.#told.err
      if (isTold || nowMs - this.#errorLineMs < errorLineMs) {
        this.#log.debug(message, fields)
        if (!isTold) this.#untold += 1
        return
      }
      this.#log.error(message, { ...fields, suppressed: this.#untold || undefined })
      this.#told = outcome
      this.#errorLineMs = nowMs
      this.#untold = 0
    }
  }
}
