/** Decides which lines of a log are written when something that keeps happening says the same again. */

/** Lines that differ in more than this are too many to remember: the oldest are forgotten. */
const maxRemembered = 1000

type Remembered = { readonly writtenMs: number; suppressed: number }

/**
 * Two lines are the same when their level, message and fields of text are, `err` left aside: a file that
 * is wrong in a new way each time is still the same file.
 */
export class LogLimit {
  readonly #everyMs: number
  readonly #nowMs: () => number
  readonly #remembered = new Map<string, Remembered>()

  constructor(everyMs: number, nowMs: () => number) {
    this.#everyMs = everyMs
    this.#nowMs = nowMs
  }

  /** How many lines before this one were suppressed; undefined when this one is to be, too. */
  admit(level: string, msg: string, fields: Readonly<Record<string, unknown>>): number | undefined {
    const texts = Object.entries(fields).filter(
      ([name, value]) => name !== 'err' && typeof value === 'string',
    )
    const key = JSON.stringify([level, msg, texts])
    const known = this.#remembered.get(key)
    const nowMs = this.#nowMs()
    const ageMs = nowMs - (known?.writtenMs ?? 0)
    // A clock that was set back must not silence a line for longer than it should.
    if (known !== undefined && ageMs >= 0 && ageMs < this.#everyMs) {
      known.suppressed += 1
      return undefined
    }
    this.#remembered.delete(key) // what was written last stands last
    this.#remembered.set(key, { writtenMs: nowMs, suppressed: 0 })
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > maxRemembered && oldest !== undefined) {
      this.#remembered.delete(oldest)
    }
    return known?.suppressed ?? 0
  }
}
