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
    const compute: WindowsFunction = (windows, values, present, row) => {
      const falls = isCounter && hasFall(windows.values)
      let any = 0
      for (let k = 0; k < values.length; k++) {
        const from = windows.from[k] as number
        const to = windows.to[k] as number
        const found = to - from >= 2 ? 1 : 0
        present[k] = found
        any |= found
        if (found === 0) continue
        const change = changeInWindow(windows, from, to, falls)
        const grown = extrapolate(windows, k, change, isCounter)
        values[k] = kind === 'rate' ? grown / (windows.rangeMs / 1000) : grown
      }
      if (any === 1) hint(labelValue(ranges.labels[row] ?? [], '__name__'))
    }
    return windowRows(context, ranges, compute)
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

/**
 * A series is taken to begin and end half an interval beyond its samples, or at the window's edge if
 * that is near; a counter never before it was 0.
 */
function extrapolate(windows: Windows, k: number, change: number, isCounter: boolean): number {
  const { timestampsMs, values, from, to } = windows
  const first = from[k] as number
  const last = (to[k] as number) - 1
  const end = windows.endsMs[k] as number
  const sampled = ((timestampsMs[last] as number) - (timestampsMs[first] as number)) / 1000
  const average = sampled / (last - first)
  const threshold = average * 1.1
  let toStart = ((timestampsMs[first] as number) - (end - windows.rangeMs)) / 1000
  let toEnd = (end - (timestampsMs[last] as number)) / 1000
  if (toStart >= threshold) toStart = average / 2
  const firstValue = values[first] as number
  if (isCounter && change > 0 && firstValue >= 0) {
    toStart = Math.min(toStart, sampled * (firstValue / change))
  }
  if (toEnd >= threshold) toEnd = average / 2
  return change * ((sampled + toStart + toEnd) / sampled)
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
