/**
 * Evaluates long range queries in slices of time, one after the other.
 *
 * Steps do not depend on each other, so a month of samples need not be in memory at once: without
 * slices, 30 days of 320 series at 15 s would exceed the limit of 50 million samples. Between two
 * slices the event loop has its turn: a month's graph must not keep targets from being scraped.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Expression, unwrap } from './ast.ts'
import { TooManySamplesError } from './errors.ts'
import type { Evaluation } from './evaluation.ts'
import { labelsKey } from './label-sets.ts'
import type { MatrixSeries } from './results.ts'
import { rangeOf } from './selectors.ts'
import type { Steps } from './steps.ts'

const hourMs = 3600_000
/** Shorter queries are evaluated in one go. */
const firstSliceMs = 6 * hourMs
/** What a slice should load: 80 MB, and enough that the cost of another selection is small. */
const wantedSamples = 5e6

/** The series over all steps. Throws what evaluate throws, unless shorter slices help. */
export async function evaluateInSlices(
  evaluation: Evaluation,
  expression: Expression,
  steps: Steps,
  evaluate: (slice: Steps) => MatrixSeries[],
): Promise<MatrixSeries[]> {
  // Each slice loads the windows before its first step too: it should be longer than they are.
  const leastMs = Math.max(firstSliceMs, 2 * reachMs(evaluation, expression))
  const stepsIn = (ms: number) => Math.max(1, Math.floor(ms / Math.max(1, steps.stepMs)))
  const slices: MatrixSeries[][] = []
  let length = stepsIn(leastMs)
  for (let done = 0; done < steps.count; ) {
    if (done > 0) await nextTurn()
    const count = Math.min(length, steps.count - done)
    const slice = { ...steps, startMs: steps.startMs + done * steps.stepMs, count }
    try {
      const { result, heldSamples } = evaluation.scoped(() => evaluate(slice))
      slices.push(result)
      for (const { values } of result) evaluation.holdSamples(values.length)
      done += count
      const growth = wantedSamples / Math.max(1, heldSamples)
      length = Math.max(
        1,
        Math.floor(count * Math.min(4, growth)),
        Math.min(count, stepsIn(leastMs)),
      )
    } catch (error) {
      if (!(error instanceof TooManySamplesError) || count === 1) throw error
      length = Math.ceil(count / 4)
    }
  }
  return slices.length === 1 ? (slices[0] ?? []) : joinSlices(slices)
}

/** How far back of a step its evaluation looks, offsets aside. */
function reachMs(evaluation: Evaluation, node: Expression): number {
  const inner = unwrap(node)
  switch (inner.kind) {
    case 'matrix-selector':
      return rangeOf(evaluation, inner.range)
    case 'subquery':
      return rangeOf(evaluation, inner.range) + reachMs(evaluation, inner.expression)
    case 'unary':
    case 'aggregation':
      return reachMs(evaluation, inner.expression)
    case 'binary':
      return Math.max(reachMs(evaluation, inner.left), reachMs(evaluation, inner.right))
    case 'call':
      return Math.max(0, ...inner.args.map((arg) => reachMs(evaluation, arg)))
    default:
      return 0
  }
}

function joinSlices(slices: readonly MatrixSeries[][]): MatrixSeries[] {
  const parts = new Map<string, MatrixSeries[]>()
  for (const series of slices.flat()) {
    const key = labelsKey(series.labels)
    const others = parts.get(key)
    if (others === undefined) parts.set(key, [series])
    else others.push(series)
  }
  return [...parts.values()].map((series) => ({
    labels: series[0]?.labels ?? [],
    timestampsMs: concatenate(series.map(({ timestampsMs }) => timestampsMs)),
    values: concatenate(series.map(({ values }) => values)),
  }))
}

function concatenate(arrays: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(arrays.reduce((length, array) => length + array.length, 0))
  let at = 0
  for (const array of arrays) {
    joined.set(array, at)
    at += array.length
  }
  return joined
}
