/** What one evaluation of a query carries along: the store, the limits, and the annotations. */
import type { Matcher } from '../labels.ts'
import type { SeriesSamples, Store } from '../storage/store.ts'
import { ExecutionError, positionOf, type Span, TooManySamplesError } from './errors.ts'
import type { QueryBounds } from './steps.ts'

/** The part of the store that queries need. */
export type SampleSource = Pick<Store, 'select'>

export type Limits = {
  readonly lookbackMs: number
  readonly timeoutMs: number
  readonly maxSamples: number
}

/** Samples looked at between two looks at the clock: about a millisecond. */
const samplesPerLook = 500_000
/** What a row costs besides its samples, in samples. */
const rowCost = 8000

export class Evaluation {
  readonly text: string
  readonly bounds: QueryBounds
  readonly isRange: boolean
  readonly lookbackMs: number
  readonly subqueryStepMs: number
  readonly warnings = new Set<string>()
  readonly infos = new Set<string>()
  readonly #source: SampleSource
  readonly #maxSamples: number
  readonly #deadlineMs: number
  #samples = 0
  #work = 0

  constructor(options: {
    text: string
    bounds: QueryBounds
    isRange: boolean
    source: SampleSource
    limits: Limits
    subqueryStepMs: number
  }) {
    this.text = options.text
    this.bounds = options.bounds
    this.isRange = options.isRange
    this.lookbackMs = options.limits.lookbackMs
    this.subqueryStepMs = options.subqueryStepMs
    this.#source = options.source
    this.#maxSamples = options.limits.maxSamples
    this.#deadlineMs = performance.now() + options.limits.timeoutMs
  }

  /** Series with samples in (afterMs, endMs]: ranges are open on the left. */
  select(matchers: readonly Matcher[], afterMs: number, endMs: number): SeriesSamples[] {
    const series = this.#source.select(matchers, afterMs + 1, endMs)
    let samples = 0
    for (const { values } of series) samples += values.length
    this.holdSamples(samples)
    return series
  }

  /** Counts samples that the query keeps in memory. Throws TooManySamplesError above the limit. */
  holdSamples(count: number): void {
    this.#samples += count
    if (this.#samples > this.#maxSamples) throw new TooManySamplesError()
  }

  /** Runs a part whose samples are given back at its end. */
  scoped<T>(run: () => T): { result: T; heldSamples: number } {
    const before = this.#samples
    try {
      return { result: run(), heldSamples: this.#samples - before }
    } finally {
      this.#samples = before
    }
  }

  /** To be called for each row that is computed. Throws ExecutionError after the deadline. */
  tick(): void {
    this.spend(rowCost)
  }

  /** To be called for work that grows with windows. Throws ExecutionError after the deadline. */
  spend(samples: number): void {
    this.#work += samples
    if (this.#work < samplesPerLook) return
    this.#work = 0
    if (performance.now() < this.#deadlineMs) return
    throw new ExecutionError('query timed out in expression evaluation', 'timeout')
  }

  /** Notes a warning about a part of the query, once. */
  warn(message: string, span: Span): void {
    this.warnings.add(`PromQL warning: ${message} ${this.#position(span)}`)
  }

  /** Notes a hint about a part of the query, once. */
  inform(message: string, span: Span): void {
    this.infos.add(`PromQL info: ${message} ${this.#position(span)}`)
  }

  #position({ start }: Span): string {
    const { line, column } = positionOf(this.text, start)
    return `(${line}:${column})`
  }
}
