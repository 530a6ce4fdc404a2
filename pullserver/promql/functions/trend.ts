/** deriv, predict_linear and double_exponential_smoothing: the line or curve through a window. */
import { ExecutionError } from '../errors.ts'
import { KahanSum } from '../kahan.ts'
import { eachWindow, type Windows, windowRows } from '../windows.ts'
import type { VectorFunction } from './call-context.ts'

/** Least squares; x is seconds from the origin. */
function fitLine(
  { timestampsMs, values }: Windows,
  from: number,
  to: number,
  originMs: number,
): { slope: number; intercept: number } {
  const [sumX, sumY, sumXY, sumX2] = [
    new KahanSum(),
    new KahanSum(),
    new KahanSum(),
    new KahanSum(),
  ]
  const first = values[from] as number
  let isConstant = true
  for (let i = from; i < to; i++) {
    const y = values[i] as number
    const x = ((timestampsMs[i] as number) - originMs) / 1000
    if (y !== first) isConstant = false
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumX2.add(x * x)
  }
  // A constant is fitted exactly, without the rounding of the sums.
  if (isConstant) {
    if (!Number.isFinite(first)) return { slope: Number.NaN, intercept: Number.NaN }
    return { slope: 0, intercept: first }
  }
  const n = to - from
  const covariance = sumXY.result - (sumX.result * sumY.result) / n
  const variance = sumX2.result - (sumX.result * sumX.result) / n
  const slope = covariance / variance
  return { slope, intercept: sumY.result / n - (slope * sumX.result) / n }
}

const deriv: VectorFunction = (context) =>
  windowRows(
    context,
    context.ranges(0),
    eachWindow(
      (windows, from, to) => fitLine(windows, from, to, windows.timestampsMs[from] as number).slope,
      2,
    ),
  )

const predictLinear: VectorFunction = (context) => {
  const { startMs, stepMs } = context.steps
  const seconds = context.scalar(1)
  return windowRows(
    context,
    context.ranges(0),
    eachWindow((windows, from, to, k) => {
      const { slope, intercept } = fitLine(windows, from, to, startMs + k * stepMs)
      return slope * (seconds[k] as number) + intercept
    }, 2),
  )
}

const smoothing: VectorFunction = (context) => {
  const smoothings = context.scalar(1)
  const trends = context.scalar(2)
  return windowRows(
    context,
    context.ranges(0),
    eachWindow(({ values }, from, to, k) => {
      const factor = checkFactor(smoothings[k] as number, 'smoothing', 'sf')
      const trendFactor = checkFactor(trends[k] as number, 'trend', 'tf')
      let level = values[from] as number
      let trend = (values[from + 1] as number) - level
      let before = 0
      for (let i = from + 1; i < to; i++) {
        if (i > from + 1) trend = trendFactor * (level - before) + (1 - trendFactor) * trend
        before = level
        level = factor * (values[i] as number) + (1 - factor) * (level + trend)
      }
      return level
    }, 2),
  )
}

function checkFactor(factor: number, name: string, short: string): number {
  if (factor > 0 && factor < 1) return factor
  throw new ExecutionError(
    `invalid ${name} factor. Expected: 0 < ${short} < 1, got: ${factor.toFixed(6)}`,
  )
}

export const trendFunctions: Readonly<Record<string, VectorFunction>> = {
  deriv,
  predict_linear: predictLinear,
  double_exponential_smoothing: smoothing,
}
