/** The time a scrape has, from its first packet to its last, shared by all it does. */
import { ScrapeError } from './scrape-error.ts'

/** Aborts when the time is over, or when the scrape is no longer wanted. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #stop: AbortSignal
  readonly #onStop = () => this.#controller.abort()
  readonly timeoutMs: number

  constructor(timeoutMs: number, stop: AbortSignal) {
    this.timeoutMs = timeoutMs
    this.#stop = stop
    this.#timer = setTimeout(() => this.#controller.abort(), timeoutMs)
    if (stop.aborted) this.#controller.abort()
    else stop.addEventListener('abort', this.#onStop, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#stop.removeEventListener('abort', this.#onStop)
  }

  /** Undefined while there is time left: then the error is another one. */
  error(prefix: string, what: string): ScrapeError | undefined {
    if (this.#stop.aborted) return new ScrapeError(`${prefix}context canceled`)
    if (!this.signal.aborted) return undefined
    const advice = `target ${what} within scrape_timeout ${this.timeoutMs / 1000}s`
    return new ScrapeError(`${prefix}context deadline exceeded`, advice)
  }
}
