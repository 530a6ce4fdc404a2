/** Ends the groups whose time is up, within a second of it. */

import type { Log } from '../shared/log.ts'
import type { OwnMetrics } from './own-metrics.ts'
import type { Store } from './store.ts'

export type ExpiryOptions = {
  readonly store: Store
  readonly metrics: Pick<OwnMetrics, 'countExpired'>
  readonly log: Log
  /** Of the wall, in milliseconds since the epoch. */
  readonly nowMs: () => number
}

/** So many go between two turns of the event loop, in which pushes and scrapes are answered. */
const mostAtOnce = 200

export class Expiry {
  readonly #options: ExpiryOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isFailing = false

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  start(): void {
    // A look at the first deadline costs nothing, and a clock that is set is noticed.
    this.#timer = setInterval(() => {
      this.#running ??= this.sweep().finally(() => {
        this.#running = undefined
      })
    }, 1000)
    this.#timer.unref()
  }

  /** Ends when what has begun is on the disk. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
  }

  /** Ends all groups whose time is up. What cannot be written stays for the next time. */
  async sweep(): Promise<void> {
    const { store, metrics, log, nowMs } = this.#options
    const timeMs = nowMs()
    let count = 0
    try {
      for (;;) {
        const due = store.groups.due(timeMs, mostAtOnce)
        if (due.length === 0) break
        const ended = await Promise.all(due.map((group) => store.end(group)))
        count += ended.filter(Boolean).length
        await new Promise(setImmediate)
      }
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing)
        log.error('Groups whose time is up stay until this works', { err: error })
      this.#isFailing = true
    }
    if (count === 0) return
    metrics.countExpired(count)
    log.info('Groups ended, to which nobody had pushed for their time to live', { groups: count })
  }
}
