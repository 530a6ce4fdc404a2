/** rate, increase, delta, irate, idelta, changes and resets: how a series changes in its window. */

import { quote } from '../../../shared/quote.ts'
import { labelValue } from '../../labels.ts'
import { eachWindow, type Windows, type WindowsFunction, windowRows } from '../windows.ts'
import type { VectorFunction } from './call-context.ts'

const counterName = /_(?:total|sum|count|bucket)$/

/** The change over the window, extrapolated to its ends; of counters, falls count as restarts. */
function extrapolated(kind: 'rate' | 'increase' | 'delta'): VectorFunction {
  return (context) => {
    const ranges = context.ranges(0)
    const isCounter = kind !== 'delta'
    const hint = isCounter ? counterHint(context) : () => undefined
    const divisor = kind === 'rate' ? ranges.rangeMs / 1000 : 1
    const margins = new Margins(context.steps.count)
    const compute: WindowsFunction = (windows, values, present, row) => {
      margins.measure(windows)
      const falls = isCounter && hasFall(windows.values)
      const { sampled, toStart, toEnd } = margins
      let any = 0
      for (let k = 0; k < values.length; k++) {
        const from = windows.from[k] as number
        const to = windows.to[k] as number
        const found = to - from >= 2 ? 1 : 0
        present[k] = found
        any |= found
        if (found === 0) continue
        const change = changeInWindow(windows, from, to, falls)
        const first = windows.values[from] as number
        const seconds = sampled[k] as number
        let before = toStart[k] as number
        // A counter was 0 at the earliest where the line through the samples is.
        if (isCounter && change > 0 && first >= 0) {
          before = Math.min(before, seconds * (first / change))
        }
        values[k] = (change * ((seconds + before + (toEnd[k] as number)) / seconds)) / divisor
      }
      if (any === 1) hint(labelValue(ranges.labels[row] ?? [], '__name__'))
    }
    return windowRows(context, ranges, compute)
  }
}

/**
 * How far a series is taken to reach beyond its first and last sample of a window: to the window's
 * edge if that is near, else half an interval. All in seconds.
 */
class Margins {
  readonly sampled: Float64Array
  readonly toStart: Float64Array
  readonly toEnd: Float64Array
  #version = 0

  constructor(count: number) {
    this.sampled = new Float64Array(count)
    this.toStart = new Float64Array(count)
    this.toEnd = new Float64Array(count)
  }

  measure(windows: Windows): void {
    if (windows.version === this.#version) return
    this.#version = windows.version
    const { timestampsMs, endsMs, rangeMs } = windows
    for (let k = 0; k < endsMs.length; k++) {
      const first = windows.from[k] as number
      const last = (windows.to[k] as number) - 1
      if (last <= first) continue
      const [firstMs, lastMs] = [timestampsMs[first] as number, timestampsMs[last] as number]
      const end = endsMs[k] as number
      const sampled = (lastMs - firstMs) / 1000
      const average = sampled / (last - first)
      const threshold = average * 1.1
      const toStart = (firstMs - (end - rangeMs)) / 1000
      const toEnd = (end - lastMs) / 1000
      this.sampled[k] = sampled
      this.toStart[k] = toStart >= threshold ? average / 2 : toStart
      this.toEnd[k] = toEnd >= threshold ? average / 2 : toEnd
    }
  }
}

/** Hints once for each name that does not look like that of a counter. */
function counterHint({ evaluation, arg }: Parameters<VectorFunction>[0]): (name: string) => void {
  let last = ''
  return (name) => {
    if (name === last) return
    last = name
    if (name === '' || counterName.test(name)) return
    evaluation.inform(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
      arg(0).span,
    )
  }
}

function hasFall(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) {
    if ((values[i] as number) < (values[i - 1] as number)) return true
  }
  return false
}

function changeInWindow(windows: Windows, from: number, to: number, hasFalls: boolean): number {
  const { values } = windows
  let change = (values[to - 1] as number) - (values[from] as number)
  if (!hasFalls) return change
  windows.spend(to - from)
  for (let i = from + 1; i < to; i++) {
    const before = values[i - 1] as number
    if ((values[i] as number) < before) change += before
  }
  return change
}

/** The change between the last two samples, of counters each second. */
function instant(isRate: boolean): VectorFunction {
  return (context) =>
    windowRows(
      context,
      context.ranges(0),
      eachWindow(({ timestampsMs, values }, _from, to) => {
        const last = values[to - 1] as number
        const before = values[to - 2] as number
        const elapsedMs = (timestampsMs[to - 1] as number) - (timestampsMs[to - 2] as number)
        if (elapsedMs === 0) return undefined
        if (!isRate) return last - before
        return (last < before ? last : last - before) / (elapsedMs / 1000)
      }, 2),
    )
}

/** How often neighbours in the window stand in a relation. */
function countPairs(isCounted: (before: number, after: number) => boolean): VectorFunction {
  return (context) =>
    windowRows(
      context,
      context.ranges(0),
      eachWindow(({ values }, from, to) => {
        let count = 0
        for (let i = from + 1; i < to; i++) {
          if (isCounted(values[i - 1] as number, values[i] as number)) count++
        }
        return count
      }),
    )
}

export const rateFunctions: Readonly<Record<string, VectorFunction>> = {
  rate: extrapolated('rate'),
  increase: extrapolated('increase'),
  delta: extrapolated('delta'),
  irate: instant(true),
  idelta: instant(false),
  // From NaN to NaN is no change.
  changes: countPairs((a, b) => a !== b && !(Number.isNaN(a) && Number.isNaN(b))),
  resets: countPairs((before, after) => after < before),
}
