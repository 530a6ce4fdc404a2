/**
 * Answers of systeminformation that are ready when a scrape comes: asked for in the background, on a
 * slow timer, and thrown away when they get too old.
 */

import { family } from '../../shared/exposition/declare.ts'
import { NoData } from './collector.ts'
import type { Answers, Ask, Question, Replies } from './systeminformation.ts'

/** Shown by every collector that does not ask during the scrape. */
export const lastUpdate = family(
  'gauge',
  'node_scrape_collector_last_update_timestamp_seconds',
  'When a collector that works in the background asked for what it shows, since the epoch.',
  ['collector'],
)

export type SurveyTimes = {
  readonly intervalMs: number
  /** How long one round may take. */
  readonly timeoutMs: number
}

export type Answer<Q extends Question> = {
  readonly value: Answers[Q]
  /** When the question was asked, since the epoch: the answer is not older. */
  readonly askedAtSeconds: number
}

/** An answer lives this many rounds; then one that failed in all of them is no longer shown. */
const maxRounds = 3

/** What failed is asked again after so many times what it may take, even if all else can wait longer. */
const retryRounds = 10

export class Survey {
  readonly #ask: Ask
  readonly #questions = new Set<Question>()
  readonly #answers = new Map<Question, { readonly value: unknown; readonly askedAtMs: number }>()
  /** Why the last round brought no answer. */
  readonly #failures = new Map<Question, string>()
  #maxAgeMs = 0
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /**
   * Adds a question. All that are added in one turn are asked together, and again and again from then
   * on, with the times of the first.
   */
  add(question: Question, times: SurveyTimes): void {
    if (this.#questions.size === 0) {
      this.#maxAgeMs = maxRounds * times.intervalMs + times.timeoutMs
      setImmediate(() => void this.#run(times))
    }
    this.#questions.add(question)
  }

  /** The newest answer. Throws NoData before the first, an Error with the reason when it is too old. */
  answer<Q extends Question>(question: Q): Answer<Q> {
    const answer = this.#answers.get(question)
    const failure = this.#failures.get(question)
    if (answer === undefined) {
      if (failure === undefined) throw new NoData('the first answer is still awaited')
      throw new Error(failure)
    }
    const ageMs = Date.now() - answer.askedAtMs
    if (ageMs > this.#maxAgeMs) {
      const reason = failure ?? 'the exporter or its timer slept'
      throw new Error(`no new answer for ${Math.round(ageMs / 1000)} s: ${reason}`)
    }
    return { value: answer.value as Answers[Q], askedAtSeconds: answer.askedAtMs / 1000 }
  }

  /** Asks no more; a round under way comes to its end. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #run(times: SurveyTimes): Promise<void> {
    if (this.#isStopped) return
    await this.#round(times.timeoutMs)
    if (this.#isStopped) return
    const isComplete = this.#failures.size === 0
    const retryMs = Math.min(times.intervalMs, retryRounds * times.timeoutMs)
    const waitMs = isComplete ? times.intervalMs : retryMs
    this.#timer = setTimeout(() => void this.#run(times), waitMs).unref()
  }

  /** Never rejects: who asks for an answer hears why there is none. */
  async #round(timeoutMs: number): Promise<void> {
    const askedAtMs = Date.now()
    const questions = [...this.#questions]
    let replies: Replies = {}
    let silence = `systeminformation did not tell within ${timeoutMs / 1000} s`
    try {
      replies = await this.#ask(questions, timeoutMs)
    } catch (error) {
      silence = `systeminformation: ${error instanceof Error ? error.message : String(error)}`
    }
    for (const question of questions) {
      const reply = replies[question]
      if (reply !== undefined && 'value' in reply) {
        this.#answers.set(question, { value: reply.value, askedAtMs })
        this.#failures.delete(question)
      } else this.#failures.set(question, reply?.error ?? silence)
    }
  }
}
