/** Runs one collector at each scrape: its deadline, its time, its success, its line in the log. */

import { family } from '../../shared/exposition/declare.ts'
import { Registry, type Series } from '../../shared/exposition/registry.ts'
import { type Collector, type CollectorLog, NoData, type StartContext } from './collector.ts'
import type { Host } from './host.ts'

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
const noData = family(
  'gauge',
  'node_scrape_collector_no_data',
  'A collector that has nothing to measure on this machine, which is no failure.',
  ['collector'],
)
const timeout = family(
  'gauge',
  'node_scrape_collector_timeout',
  'A collector that was not ready at its deadline.',
  ['collector'],
)

/** What a run came to; `err` is what the log says of it. */
type Outcome = {
  readonly kind: 'ok' | 'no data' | 'failed' | 'late'
  readonly err?: string
}

const ok: Outcome = { kind: 'ok' }

export type Run = {
  readonly name: string
  /** The collector's samples, its outcome among them. */
  readonly registry: Registry
  /**
   * Collects; a promise only where something has to be awaited. Never throws: a failure is an
   * outcome. `getSignal` makes the scrape's deadline when it is first needed.
   */
  collect(getSignal: () => AbortSignal): void | Promise<void>
}

export type RunContext = Omit<StartContext, 'out'>

/** Starts a collector. Throws what its start throws: a StartError, or a bug. */
export function startRun(collector: Collector, context: RunContext): Run {
  const registry = new Registry()
  const { host, flags, log } = context
  const state = collector.start?.({ ...context, out: registry })
  const outcomes = new Outcomes(collector.name, registry, log)
  const read = collector.read && new SharedRead(collector, host, flags, log, state)
  const write = (startMs: number, value: unknown): void => {
    registry.begin()
    let outcome = ok
    try {
      collector.collect({ host, flags, log, out: registry, state, read: value })
    } catch (error) {
      outcome = outcomeOf(error)
    }
    outcomes.add(outcome, startMs)
    registry.end()
  }
  const writeOutcome = (startMs: number, outcome: Outcome): void => {
    registry.begin()
    outcomes.add(outcome, startMs)
    registry.end()
  }
  const collect = (getSignal: () => AbortSignal): void | Promise<void> => {
    const startMs = performance.now()
    if (read === undefined) return write(startMs, undefined)
    const answer = read.ask(getSignal)
    const finish = (settled: ReadAnswer): void => {
      if ('value' in settled) write(startMs, settled.value)
      else writeOutcome(startMs, settled.outcome)
    }
    return answer instanceof Promise ? answer.then(finish) : finish(answer)
  }
  return { name: collector.name, registry, collect }
}

type ReadAnswer = { readonly value: unknown } | { readonly outcome: Outcome }

/** The read step; scrapes that come while it is under way wait for the same one. */
class SharedRead {
  readonly #read: (getSignal: () => AbortSignal) => unknown
  #underWay: Promise<ReadAnswer> | undefined

  constructor(
    collector: Collector,
    host: Host,
    flags: RunContext['flags'],
    log: CollectorLog,
    state: unknown,
  ) {
    this.#read = (getSignal) =>
      collector.read?.({
        host,
        flags,
        log,
        state,
        get signal() {
          return getSignal()
        },
      })
  }

  ask(getSignal: () => AbortSignal): ReadAnswer | Promise<ReadAnswer> {
    if (this.#underWay === undefined) {
      const answer = this.#start(getSignal)
      if (!(answer instanceof Promise)) return answer
      this.#underWay = answer.finally(() => {
        this.#underWay = undefined
      })
    }
    return beforeDeadline(this.#underWay, getSignal())
  }

  #start(getSignal: () => AbortSignal): ReadAnswer | Promise<ReadAnswer> {
    try {
      const value = this.#read(getSignal)
      if (!(value instanceof Promise)) return { value }
      return value.then(
        (settled: unknown) => ({ value: settled }),
        (error: unknown) => ({ outcome: outcomeOf(error) }),
      )
    } catch (error) {
      return { outcome: outcomeOf(error) }
    }
  }
}

/** The answer if it comes in time; what settles because the signal aborts is still in time. */
async function beforeDeadline(
  answer: Promise<ReadAnswer>,
  signal: AbortSignal,
): Promise<ReadAnswer> {
  const { promise: late, resolve } = Promise.withResolvers<ReadAnswer>()
  const onAbort = (): void => {
    const err = signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
    setImmediate(resolve, { outcome: { kind: 'late', err } })
  }
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([answer, late])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function outcomeOf(error: unknown): Outcome {
  const err = error instanceof Error ? error.message : String(error)
  return { kind: error instanceof NoData ? 'no data' : 'failed', err }
}

/** Tells page and log how the runs went; the log hears of a failure when it begins, not each time. */
class Outcomes {
  readonly #log: CollectorLog
  readonly #name: string
  readonly #duration: Series
  readonly #success: Series
  readonly #registry: Registry
  #last: Outcome = ok

  constructor(name: string, registry: Registry, log: CollectorLog) {
    this.#name = name
    this.#log = log
    this.#registry = registry
    this.#duration = registry.series(duration, name)
    this.#success = registry.series(success, name)
  }

  add(outcome: Outcome, startMs: number): void {
    const seconds = (performance.now() - startMs) / 1000
    this.#duration.set(seconds)
    this.#success.set(outcome.kind === 'ok' ? 1 : 0)
    if (outcome.kind === 'no data') this.#registry.add(noData, 1, this.#name)
    if (outcome.kind === 'late') this.#registry.add(timeout, 1, this.#name)
    const isNew = outcome.kind !== this.#last.kind || outcome.err !== this.#last.err
    if (outcome !== this.#last) this.#tell(outcome, seconds, isNew)
    this.#last = outcome
  }

  #tell({ kind, err }: Outcome, seconds: number, isNew: boolean): void {
    const fields = { name: this.#name, duration_seconds: seconds, err }
    if (kind === 'no data') this.#log.debug('collector returned no data', fields)
    else if (kind === 'ok') {
      if (this.#last.kind !== 'no data') this.#log.info('collector works again', fields)
    } else {
      const message = kind === 'late' ? 'collector timed out' : 'collector failed'
      this.#log[isNew ? 'error' : 'debug'](message, fields)
    }
  }
}
