/** Runs one collector at each scrape, within its deadline. */

import { Registry } from '../../shared/exposition/registry.ts'
import type { Collector, CollectorLog, StartContext } from './collector.ts'
import type { Host } from './host.ts'
import { type Outcome, Outcomes, ok, outcomeOf } from './outcome.ts'

export type Run = {
  readonly name: string
  /** The collector's samples, its outcome among them. */
  readonly registry: Registry
  /** What the last run came to; ok before the first. */
  readonly outcome: Outcome
  /**
   * Collects; a promise only where something has to be awaited. Never throws: a failure is an
   * outcome. `getSignal` makes the scrape's deadline when it is first needed.
   */
  collect(getSignal: () => AbortSignal): void | Promise<void>
  /** Lets go of what the collector holds. Nothing may be asked of it afterwards. */
  stop(): void
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
  return {
    name: collector.name,
    registry,
    get outcome() {
      return outcomes.last
    },
    collect,
    stop: () => collector.stop?.(state),
  }
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
        (error: unknown) => ({ outcome: readOutcome(error, getSignal()) }),
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
    setImmediate(resolve, { outcome: { kind: 'timeout', err } })
  }
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([answer, late])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A read that gives up at the deadline, with the signal's reason, was late rather than wrong. */
function readOutcome(error: unknown, signal: AbortSignal): Outcome {
  const outcome = outcomeOf(error)
  return signal.aborted && error === signal.reason ? { ...outcome, kind: 'timeout' } : outcome
}
