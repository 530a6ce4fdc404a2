/** The *_over_time functions: one number out of the samples of a window. */
import { KahanMean, KahanSum } from '../kahan.ts'
import { quantile, warnOfQuantile } from '../quantile.ts'
import { eachWindow, type WindowFunction, windowRows } from '../windows.ts'
import type { VectorFunction } from './call-context.ts'

function overTime(compute: WindowFunction, names: 'drop' | 'keep' = 'drop'): VectorFunction {
  return (context) => windowRows(context, context.ranges(0), eachWindow(compute), names)
}

const sum: VectorFunction = (context) => {
  const total = new KahanSum()
  const compute: WindowFunction = ({ values }, from, to) => {
    total.reset()
    for (let i = from; i < to; i++) total.add(values[i] as number)
    return total.result
  }
  return windowRows(context, context.ranges(0), eachWindow(compute))
}

const average: VectorFunction = (context) => {
  const mean = new KahanMean()
  const compute: WindowFunction = ({ values }, from, to) => {
    mean.reset()
    for (let i = from; i < to; i++) mean.add(values[i] as number)
    return mean.result
  }
  return windowRows(context, context.ranges(0), eachWindow(compute))
}

/** Population variance by Welford's method with compensated sums. */
function variance(result: (variance: number) => number): VectorFunction {
  return (context) => {
    const mean = new KahanSum()
    const squares = new KahanSum()
    const compute: WindowFunction = ({ values }, from, to) => {
      mean.reset()
      squares.reset()
      for (let i = from; i < to; i++) {
        const value = values[i] as number
        const delta = value - mean.result
        mean.add(delta / (i - from + 1))
        squares.add(delta * (value - mean.result))
      }
      return result(squares.result / (to - from))
    }
    return windowRows(context, context.ranges(0), eachWindow(compute))
  }
}

type IsBetter = (value: number, best: number) => boolean

/** The index of the best sample; NaN gives way to any number. */
function indexOfBest(values: Float64Array, from: number, to: number, isBetter: IsBetter): number {
  let best = from
  for (let i = from + 1; i < to; i++) {
    const so = values[best] as number
    if (isBetter(values[i] as number, so) || Number.isNaN(so)) best = i
  }
  return best
}

function extreme(isBetter: IsBetter): VectorFunction {
  return overTime(
    ({ values }, from, to) => values[indexOfBest(values, from, to, isBetter)] as number,
  )
}

function timeOfExtreme(isBetter: IsBetter): VectorFunction {
  return overTime(
    ({ values, timestampsMs }, from, to) =>
      (timestampsMs[indexOfBest(values, from, to, isBetter)] as number) / 1000,
  )
}

const quantileOverTime: VectorFunction = (context) => {
  const quantiles = context.scalar(0)
  const ranges = context.ranges(1)
  const compute: WindowFunction = ({ values }, from, to, k) => {
    const q = quantiles[k] as number
    if (!(q >= 0 && q <= 1)) {
      warnOfQuantile(context.evaluation, quantiles.subarray(k, k + 1), context.arg(0).span)
    }
    return quantile(q, values.slice(from, to))
  }
  return windowRows(context, ranges, eachWindow(compute))
}

/** The median of the distances from the median. */
const medianDeviation = overTime(({ values }, from, to) => {
  const window = values.slice(from, to)
  if (window.some(Number.isNaN)) return Number.NaN
  const median = quantile(0.5, window)
  return quantile(
    0.5,
    window.map((value) => Math.abs(value - median)),
  )
})

export const overTimeFunctions: Readonly<Record<string, VectorFunction>> = {
  sum_over_time: sum,
  avg_over_time: average,
  count_over_time: overTime((_windows, from, to) => to - from),
  present_over_time: overTime(() => 1),
  min_over_time: extreme((value, best) => value < best),
  max_over_time: extreme((value, best) => value > best),
  first_over_time: overTime(({ values }, from) => values[from] as number, 'keep'),
  last_over_time: overTime(({ values }, _from, to) => values[to - 1] as number, 'keep'),
  stddev_over_time: variance(Math.sqrt),
  stdvar_over_time: variance((value) => value),
  quantile_over_time: quantileOverTime,
  mad_over_time: medianDeviation,
  ts_of_first_over_time: overTime(
    ({ timestampsMs }, from) => (timestampsMs[from] as number) / 1000,
  ),
  ts_of_last_over_time: overTime(
    ({ timestampsMs }, _from, to) => (timestampsMs[to - 1] as number) / 1000,
  ),
  ts_of_min_over_time: timeOfExtreme((value, best) => value <= best),
  ts_of_max_over_time: timeOfExtreme((value, best) => value >= best),
}
