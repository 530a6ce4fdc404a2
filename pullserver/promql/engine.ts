/** Evaluates queries, at one time or over a range of times. */
import type { Labels } from '../labels.ts'
import type { Expression, ValueType } from './ast.ts'
import { checkTypes } from './check.ts'
import { queryError } from './errors.ts'
import { Evaluator } from './evaluate.ts'
import { Evaluation, type Limits, type SampleSource } from './evaluation.ts'
import { findInvariants } from './invariant.ts'
import { compareLabels } from './label-sets.ts'
import { parseQuery } from './parse.ts'
import {
  type MatrixSeries,
  pointsOf,
  readMatrix,
  readVector,
  type VectorSample,
} from './results.ts'
import { evaluateInSlices } from './slices.ts'
import { type Steps, singleStep, stepTimes } from './steps.ts'

export type EngineOptions = Limits & {
  readonly store: SampleSource
  /** The step of subqueries that name none: the global evaluation interval. 1m by default. */
  readonly subqueryStepMs?: number
}

/** Values are doubles; timestamps are milliseconds. Annotations in Prometheus' words. */
export type QueryResult = (
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] }
  | { readonly type: 'scalar'; readonly timestampMs: number; readonly value: number }
  | { readonly type: 'string'; readonly timestampMs: number; readonly value: string }
) & { readonly warnings: readonly string[]; readonly infos: readonly string[] }

export type Engine = {
  /** Throws QueryError for a bad query and ExecutionError for one that fails. */
  readonly instant: (query: string, timeMs: number, limits?: Partial<Limits>) => QueryResult
  /** The end is included when the steps meet it. Rejects with what `instant` throws. */
  readonly range: (
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
    limits?: Partial<Limits>,
  ) => Promise<QueryResult>
}

const minuteMs = 60_000

/** One engine serves all queries; a range query lets others in between its slices (slices.ts). */
export function createEngine(options: EngineOptions): Engine {
  const evaluationOf = (
    text: string,
    bounds: Evaluation['bounds'],
    isRange: boolean,
    limits: Partial<Limits>,
  ) =>
    new Evaluation({
      text,
      bounds,
      isRange,
      source: options.store,
      limits: {
        ...options,
        ...limits,
        // A caller may ask for less time, not for more.
        timeoutMs: Math.min(options.timeoutMs, limits.timeoutMs ?? Number.POSITIVE_INFINITY),
      },
      subqueryStepMs: options.subqueryStepMs ?? minuteMs,
    })
  return {
    instant(query, timeMs, limits = {}) {
      const expression = parseQuery(query)
      // Samples have whole milliseconds; so have evaluation times.
      const startMs = Math.round(timeMs)
      const bounds = { startMs, endMs: startMs, stepMs: 0 }
      return evaluateInstant(expression, evaluationOf(query, bounds, false, limits))
    },
    async range(query, startMs, endMs, stepMs, limits = {}) {
      const expression = parseQuery(query)
      const bounds = { startMs: Math.round(startMs), endMs: Math.round(endMs), stepMs }
      return await evaluateRange(expression, evaluationOf(query, bounds, true, limits))
    },
  }
}

function evaluateInstant(expression: Expression, evaluation: Evaluation): QueryResult {
  const steps = singleStep(evaluation.bounds.startMs)
  const evaluator = new Evaluator(evaluation, findInvariants(expression))
  const timestampMs = steps.startMs
  const annotated = <T>(result: T) => ({ ...result, ...annotations(evaluation) })
  switch (checkTypes(expression, evaluation.text)) {
    case 'string':
      return annotated({
        type: 'string' as const,
        timestampMs,
        value: evaluator.string(expression),
      })
    case 'scalar': {
      const [value = Number.NaN] = evaluator.scalar(expression, steps)
      return annotated({ type: 'scalar' as const, timestampMs, value })
    }
    case 'range vector': {
      const ranges = evaluator.ranges(expression, steps)
      return annotated({ type: 'matrix' as const, series: pointsOf(evaluation, ranges) })
    }
    case 'instant vector': {
      const rows = evaluator.vector(expression, steps)
      return annotated({ type: 'vector' as const, samples: readVector(rows, timestampMs) })
    }
  }
}

async function evaluateRange(expression: Expression, evaluation: Evaluation): Promise<QueryResult> {
  const type: ValueType = checkTypes(expression, evaluation.text)
  if (type === 'string' || type === 'range vector') {
    throw queryError(
      `invalid expression type "${type}" for range query, must be Scalar or instant Vector`,
    )
  }
  const { startMs, endMs, stepMs } = evaluation.bounds
  const count = stepMs > 0 ? Math.floor((endMs - startMs) / stepMs) + 1 : 1
  const steps: Steps = { startMs, stepMs, count: Math.max(0, count) }
  if (steps.count === 0) return { type: 'matrix', series: [], ...annotations(evaluation) }
  evaluation.holdSamples(steps.count)
  const evaluator = new Evaluator(evaluation, findInvariants(expression))
  const series =
    type === 'scalar'
      ? [scalarSeries(evaluator.scalar(expression, steps), steps)]
      : await evaluateInSlices(evaluation, expression, steps, (slice) =>
          readMatrix(evaluation, evaluator.vector(expression, slice), slice),
        )
  series.sort((a, b) => compareLabels(a.labels, b.labels))
  return { type: 'matrix', series, ...annotations(evaluation) }
}

function scalarSeries(values: Float64Array, steps: Steps): MatrixSeries {
  const labels: Labels = []
  return { labels, timestampsMs: stepTimes(steps), values }
}

function annotations({ warnings, infos }: Evaluation): { warnings: string[]; infos: string[] } {
  return { warnings: [...warnings], infos: [...infos] }
}
