/**
 * Asks mounts for their space, none of them longer than it may take.
 *
 * statfs(2) on a dead network mount blocks its thread until the server comes back, for days if need
 * be, and cannot be cancelled. So file systems that answer from memory are asked directly, the others
 * in the thread pool, each with a deadline. A device that misses it is stuck: it is reported as such
 * from then on and asked again only when its call has returned. A pool full of stuck calls would
 * freeze all else that needs it, so one thread is always left.
 */

import type { StatsFs } from 'node:fs'

/** What a mount answered: its numbers, or why there are none. */
export type MountAnswer = StatsFs | Error | typeof stuck

/** The original shows this text as the label `device_error`. */
export const stuck = 'mountpoint timeout'

export type MountQuestion = {
  readonly path: string
  /** `major:minor`: what is stuck is the device, with all its mount points. */
  readonly number: string
  /** Answers from memory and cannot hang. */
  readonly isQuick: boolean
}

export type MountSystem = {
  statfsNow(path: string): StatsFs
  statfs(path: string): Promise<StatsFs>
}

export type MountLimits = {
  /** How long one mount may take. */
  readonly timeoutMs: number
  /** How many may be asked at once. */
  readonly workers: number
  /** How many threads Node's pool has. */
  readonly poolSize: number
}

export class MountStats {
  readonly #system: MountSystem
  readonly #timeoutMs: number
  readonly #maxCalls: number
  /** Devices whose call has not returned, and whether it is late. */
  readonly #calls = new Map<string, Call>()
  #round: Round | undefined

  constructor(system: MountSystem, { timeoutMs, workers, poolSize }: MountLimits) {
    this.#system = system
    this.#timeoutMs = timeoutMs
    this.#maxCalls = Math.max(1, Math.min(workers, poolSize - 1))
  }

  /**
   * One answer for each question, in their order; a promise only where one cannot be had at once. Not
   * to be called again before that has settled, which it does as soon as the signal aborts.
   */
  ask(
    questions: readonly MountQuestion[],
    getSignal: () => AbortSignal,
  ): MountAnswer[] | Promise<MountAnswer[]> {
    const answers: MountAnswer[] = []
    const waiting: Waiting[] = []
    for (const [index, question] of questions.entries()) {
      if (question.isQuick) answers[index] = this.#askNow(question.path)
      else waiting.push({ ...question, index })
    }
    if (waiting.length === 0) return answers
    return this.#askSlow(waiting, answers, getSignal())
  }

  #askNow(path: string): MountAnswer {
    try {
      return this.#system.statfsNow(path)
    } catch (error) {
      return asError(error)
    }
  }

  async #askSlow(waiting: Waiting[], answers: MountAnswer[], signal: AbortSignal) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const round: Round = { waiting, answers, missing: waiting.length, done: resolve }
    this.#round = round
    const abort = (): void => this.#giveUp(round)
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    this.#pump()
    await promise
    signal.removeEventListener('abort', abort)
    this.#round = undefined
    return answers
  }

  /** Starts what may start, and answers for those whose turn cannot come. */
  #pump(): void {
    const round = this.#round
    if (round === undefined) return
    const calls = this.#calls
    const left: Waiting[] = []
    for (const question of round.waiting) {
      const call = calls.get(question.number)
      if (call?.isLate) settle(round, question.index, stuck)
      else if (call === undefined && calls.size < this.#maxCalls) this.#start(question, round)
      else left.push(question)
    }
    round.waiting = left
    const isBlocked = calls.size >= this.#maxCalls && [...calls.values()].every((one) => one.isLate)
    if (isBlocked) this.#giveUp(round)
  }

  #start(question: Waiting, round: Round): void {
    const late = (): void => {
      call.isLate = true
      settle(round, question.index, stuck)
      this.#pump()
    }
    const call: Call = { isLate: false, late, timer: setTimeout(late, this.#timeoutMs) }
    this.#calls.set(question.number, call)
    const returned = (answer: MountAnswer): void => {
      clearTimeout(call.timer)
      this.#calls.delete(question.number)
      if (!call.isLate) settle(round, question.index, answer)
      this.#pump()
    }
    this.#system.statfs(question.path).then(returned, (error) => returned(asError(error)))
  }

  /** Nothing more is waited for: what runs is late, what has not started is not asked. */
  #giveUp(round: Round): void {
    const { waiting } = round
    round.waiting = []
    for (const { index } of waiting) settle(round, index, stuck)
    for (const call of this.#calls.values()) {
      if (call.isLate) continue
      clearTimeout(call.timer)
      call.late()
    }
  }
}

type Call = { isLate: boolean; readonly late: () => void; readonly timer: NodeJS.Timeout }

type Waiting = MountQuestion & { readonly index: number }

/** One scrape's questions to slow mounts. */
type Round = {
  waiting: Waiting[]
  readonly answers: MountAnswer[]
  missing: number
  readonly done: () => void
}

function settle(round: Round, index: number, answer: MountAnswer): void {
  round.answers[index] = answer
  round.missing -= 1
  if (round.missing === 0) round.done()
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
