/** Which series, label names and label values are stored: /api/v1/series, labels, label/<name>/values. */
import type { Labels } from '../labels.ts'
import type { Store } from '../storage/store.ts'
import { type Answer, ApiError, answer } from './answer.ts'
import { allTime, limited, readLimit, readMatcherSets, readTime } from './parameters.ts'

type Index = Pick<Store, 'series' | 'labelNames' | 'labelValues'>

/** Label sets of the series that any `match[]` selects. */
export function findSeries(store: Index, parameters: URLSearchParams): Answer {
  const sets = readMatcherSets(parameters)
  if (sets.length === 0) throw new ApiError('bad_data', 'no match[] parameter provided')
  const { startMs, endMs } = readRange(parameters)
  const [series, warnings] = limited(store.series(sets, startMs, endMs), readLimit(parameters))
  return answer(series.map(labelsToObject), warnings)
}

export function findLabelNames(store: Index, parameters: URLSearchParams): Answer {
  const { startMs, endMs } = readRange(parameters)
  const names = store.labelNames(readMatcherSets(parameters), startMs, endMs)
  return answer(...limited(names, readLimit(parameters)))
}

export function findLabelValues(store: Index, name: string, parameters: URLSearchParams): Answer {
  const { startMs, endMs } = readRange(parameters)
  const sets = readMatcherSets(parameters)
  const values = store.labelValues(unescapeName(name), sets, startMs, endMs)
  return answer(...limited(values, readLimit(parameters)))
}

export function labelsToObject(labels: Labels): Record<string, string> {
  return Object.fromEntries(labels.map(({ name, value }) => [name, value]))
}

/**
 * The name behind a `U__` escaped one: Grafana sends UTF-8 label names so, as they do not fit a
 * path. `__` stands for `_`, `_2e_` for the code point in hex; anything else is no escaped name.
 */
function unescapeName(name: string): string {
  if (!/^U__(?:[a-zA-Z0-9:]|__|_[0-9a-fA-F]{1,6}_)*$/.test(name)) return name
  return name
    .slice(3)
    .replace(/__|_([0-9a-fA-F]{1,6})_/g, (_, hex: string | undefined) =>
      hex === undefined ? '_' : codePoint(hex),
    )
}

function codePoint(hex: string): string {
  const code = Number.parseInt(hex, 16)
  return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
}

function readRange(parameters: URLSearchParams): { startMs: number; endMs: number } {
  return {
    startMs: readTime(parameters, 'start', allTime.startMs),
    endMs: readTime(parameters, 'end', allTime.endMs),
  }
}
