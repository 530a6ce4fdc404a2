/** What a scrape loop or a rule group appends through: checks, then head and log. */
import type { Labels } from '../labels.ts'
import type { Head } from './head.ts'
import { newChain } from './log-entries.ts'
import type { ScrapeLog } from './scrape-log.ts'
import { bitsOf, staleHigh, staleLow } from './stale.ts'
import type { AppendGroup, AppendResult } from './store.ts'

/** Samples from further ahead are refused: a broken clock would block its series until then. */
const futureMs = 600_000

export type GroupOptions = {
  readonly key: string
  readonly head: Head
  readonly log: ScrapeLog
  readonly ref: (labels: Labels) => number
  readonly nowMs: () => number
  readonly retentionMs: number
  /** Called when a sample of a series was not new. */
  readonly shown: (ref: number) => void
  /** Called after samples went into head and log. */
  readonly appended: (samples: number) => void
}

export class Group implements AppendGroup {
  readonly #options: GroupOptions
  readonly #chain: ReturnType<typeof newChain>
  #newestMs = -Infinity
  /** The parser hands over the same array scrape after scrape: its view is made once. */
  #values: Float64Array = new Float64Array(0)
  #bits: Uint32Array = new Uint32Array(0)
  readonly #double = new Float64Array(1)
  readonly #doubleBits = bitsOf(this.#double)

  constructor(options: GroupOptions) {
    this.#options = options
    this.#chain = newChain(options.key)
  }

  get newestMs(): number {
    return this.#newestMs
  }

  ref(labels: Labels): number {
    return this.#options.ref(labels)
  }

  append(timestampMs: number, refs: Int32Array, values: Float64Array, n: number): number {
    checkTimestamp(timestampMs)
    if (timestampMs < this.#newestMs) return 0
    const bits = this.#bitsOf(values)
    const { head, log, appended } = this.#options
    const taken = head.store(this, timestampMs, refs, bits, n)
    if (taken === 0) return 0
    this.#newestMs = timestampMs
    log.add(this.#chain, timestampMs, refs, bits, n)
    appended(taken)
    return taken
  }

  /** Stores a scrape that the log has already. */
  replay(timestampMs: number, refs: Int32Array, values: Float64Array, n: number): void {
    this.#options.head.store(this, timestampMs, refs, bitsOf(values), n)
    this.#newestMs = Math.max(this.#newestMs, timestampMs)
  }

  #bitsOf(values: Float64Array): Uint32Array {
    if (values !== this.#values) {
      this.#values = values
      this.#bits = bitsOf(values)
    }
    return this.#bits
  }

  appendAt(ref: number, timestampMs: number, value: number): AppendResult {
    checkTimestamp(timestampMs)
    const result = this.#storeAt(ref, timestampMs, value)
    // Somebody still shows this series, if only an old sample: it is not to be forgotten.
    if (result !== 'ok') this.#options.shown(ref)
    if (result === 'same') return 'ok'
    // No room on the disk, which is logged, or a ref of a series that was forgotten.
    if (result === 'full' || result === 'unknown') return 'out-of-bounds'
    return result
  }

  #storeAt(
    ref: number,
    timestampMs: number,
    value: number,
  ): ReturnType<Head['storeAt']> | AppendResult {
    const { head, log, appended, nowMs, retentionMs } = this.#options
    const now = nowMs()
    if (timestampMs > now + futureMs || timestampMs < now - retentionMs) return 'out-of-bounds'
    this.#double[0] = value
    const low = this.#doubleBits[0] as number
    const high = this.#doubleBits[1] as number
    const result = head.storeAt(ref, timestampMs, low, high)
    if (result !== 'ok') return result
    log.addSingle(this.#chain, ref, timestampMs, low, high)
    appended(1)
    return 'ok'
  }

  markStale(timestampMs: number, refs: readonly number[]): void {
    if (refs.length === 0) return
    const values = new Float64Array(refs.length)
    const bits = bitsOf(values)
    for (let i = 0; i < refs.length; i++) {
      bits[2 * i] = staleLow
      bits[2 * i + 1] = staleHigh
    }
    this.append(timestampMs, Int32Array.from(refs), values, refs.length)
  }
}

function checkTimestamp(timestampMs: number): void {
  // The range of Date, since chunk files are named by the day.
  if (Number.isInteger(timestampMs) && Math.abs(timestampMs) <= 8.64e15) return
  throw new RangeError(`timestamp must be whole milliseconds, got ${timestampMs}`)
}
