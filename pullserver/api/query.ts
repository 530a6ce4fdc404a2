/** Evaluates queries for the API: /api/v1/query and /api/v1/query_range. */
import type { Engine } from '../promql/engine.ts'
import { ExecutionError, QueryError } from '../promql/errors.ts'
import { parseQuery } from '../promql/parse.ts'
import { formatExpression } from '../promql/print.ts'
import { type Answer, ApiError, answer } from './answer.ts'
import {
  invalid,
  readDuration,
  readLimit,
  readTime,
  requireDuration,
  requireTime,
} from './parameters.ts'
import { writeResult } from './write-result.ts'

/** The most points a series of a range query may have; Prometheus' own limit, with its text. */
const pointsMax = 11_000

/** One instant: `query`, `time` (now), `timeout`, `limit`, `lookback_delta`. */
export async function queryInstant(
  engine: Engine,
  parameters: URLSearchParams,
  nowMs: number,
): Promise<Answer> {
  const limit = readLimit(parameters)
  const timeMs = readTime(parameters, 'time', nowMs)
  const options = readOptions(parameters)
  return evaluate(limit, async () => engine.instant(parameters.get('query') ?? '', timeMs, options))
}

/** A series of instants: `query`, `start`, `end`, `step`, and the options of an instant query. */
export async function queryRange(engine: Engine, parameters: URLSearchParams): Promise<Answer> {
  const limit = readLimit(parameters)
  const startMs = requireTime(parameters, 'start')
  const endMs = requireTime(parameters, 'end')
  if (endMs < startMs) throw invalid('end', 'end timestamp must not be before start time')
  const stepMs = requireDuration(parameters, 'step')
  if (stepMs <= 0) {
    throw invalid(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    )
  }
  if ((endMs - startMs) / stepMs > pointsMax) {
    throw new ApiError(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  const options = readOptions(parameters)
  const query = parameters.get('query') ?? ''
  return evaluate(limit, () => engine.range(query, startMs, endMs, stepMs, options))
}

/** The query as Prometheus would lay it out. */
export function formatQuery(parameters: URLSearchParams): Answer {
  try {
    return answer(formatExpression(parseQuery(parameters.get('query') ?? '')))
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw invalid('query', error.message)
  }
}

function readOptions(parameters: URLSearchParams) {
  const timeoutMs = readDuration(parameters, 'timeout', 0)
  const lookbackMs = readDuration(parameters, 'lookback_delta', 0)
  return {
    ...(timeoutMs > 0 && { timeoutMs }),
    ...(lookbackMs > 0 && { lookbackMs }),
  }
}

async function evaluate(limit: number, run: () => ReturnType<Engine['range']>): Promise<Answer> {
  try {
    const result = await run()
    const { json, truncated } = writeResult(result, limit)
    const warnings = truncated
      ? [...result.warnings, 'results truncated due to limit']
      : result.warnings
    return { dataJson: json, warnings, infos: result.infos }
  } catch (error) {
    if (error instanceof QueryError) throw invalid('query', error.message)
    if (error instanceof ExecutionError) throw new ApiError(error.kind, error.message)
    throw error
  }
}
