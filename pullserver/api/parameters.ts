/** Reads and checks the parameters of API requests: times, durations, steps, limits, matchers. */

import { parseDuration } from '../config/duration.ts'
import type { Matcher } from '../labels.ts'
import { QueryError } from '../promql/errors.ts'
import { parseSelector } from '../promql/parse.ts'
import { ApiError } from './answer.ts'

/** Time bounds used when a request names none: all that is stored, as Prometheus' minTime and maxTime. */
export const allTime = { startMs: -8.64e15, endMs: 8.64e15 } as const

/** A time in milliseconds from float seconds or RFC 3339; the default where the parameter is absent. */
export function readTime(parameters: URLSearchParams, name: string, defaultMs: number): number {
  const text = parameters.get(name)
  if (text === null || text === '') return defaultMs
  return parseTime(name, text, `invalid time value for '${name}': `)
}

/** As {@link readTime}, for parameters that must be there. */
export function requireTime(parameters: URLSearchParams, name: string): number {
  const text = parameters.get(name) ?? ''
  if (text === '') throw invalid(name, 'cannot parse "" to a valid timestamp')
  return parseTime(name, text, '')
}

/** A duration in milliseconds from float seconds or Prometheus' `1h30m`. */
export function readDuration(parameters: URLSearchParams, name: string, defaultMs: number): number {
  const text = parameters.get(name)
  return text === null || text === '' ? defaultMs : parseStep(name, text)
}

export function requireDuration(parameters: URLSearchParams, name: string): number {
  return parseStep(name, parameters.get(name) ?? '')
}

/** The most items to answer with; 0 or absent means no limit. */
export function readLimit(parameters: URLSearchParams, name = 'limit'): number {
  const text = parameters.get(name)
  if (text === null || text === '') return Number.POSITIVE_INFINITY
  if (!/^\d+$/.test(text)) {
    throw invalid(name, `cannot parse ${JSON.stringify(text)} to a non-negative integer`)
  }
  return Number(text) === 0 ? Number.POSITIVE_INFINITY : Number(text)
}

/** One matcher set for each `match[]`; each must have a matcher that refuses the empty string. */
export function readMatcherSets(parameters: URLSearchParams): Matcher[][] {
  return parameters.getAll('match[]').map((text) => {
    const matchers = parseMatchers(text)
    if (matchers.every((matcher) => matcher.matches(''))) {
      throw new ApiError('bad_data', 'match[] must contain at least one non-empty matcher')
    }
    return matchers
  })
}

/** The items up to the limit, and the warning that tells when some were cut. */
export function limited<Item>(items: readonly Item[], limit: number): [readonly Item[], string[]] {
  if (items.length <= limit) return [items, []]
  return [items.slice(0, limit), ['results truncated due to limit']]
}

export function invalid(name: string, reason: string): ApiError {
  return new ApiError('bad_data', `invalid parameter "${name}": ${reason}`)
}

function parseTime(name: string, text: string, prefix: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return Math.round(seconds * 1000)
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
  const parsed = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(parsed)) return parsed
  throw invalid(name, `${prefix}cannot parse ${JSON.stringify(text)} to a valid timestamp`)
}

function parseStep(name: string, text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return Math.round(seconds * 1000)
  try {
    return parseDuration(text)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`)
  }
}

function parseMatchers(text: string): Matcher[] {
  try {
    return [...parseSelector(text)]
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    throw invalid('match[]', error.message)
  }
}
