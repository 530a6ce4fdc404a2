/** Functions of one value: rounding, clamping, logarithms, angles. */
import { dropNames, noRows, type Rows, transformRows } from '../rows.ts'
import type { CallContext, VectorFunction } from './call-context.ts'

/** Applies a function to every value, with the number of the step. */
function mapValues(
  context: CallContext,
  rows: Rows,
  compute: (value: number, k: number) => number,
): Rows {
  const mapped = transformRows(rows, (values) => {
    for (let k = 0; k < values.length; k++) values[k] = compute(values[k] as number, k)
  })
  return dropNames(context.evaluation, mapped, context.steps.count)
}

function simple(compute: (value: number) => number): VectorFunction {
  return (context) => mapValues(context, context.vector(0), compute)
}

/** To the nearest multiple; halves go up. */
const round: VectorFunction = (context) => {
  const rows = context.vector(0)
  if (context.call.args.length < 2) return mapValues(context, rows, (v) => Math.floor(v + 0.5))
  // Dividing by the inverse, as Prometheus does, gives 0.1 where multiplying gives 0.1000001.
  const inverses = context.scalar(1).map((multiple) => 1 / multiple)
  return mapValues(
    context,
    rows,
    (value, k) => Math.floor(value * (inverses[k] as number) + 0.5) / (inverses[k] as number),
  )
}

const clamp: VectorFunction = (context) => {
  const least = context.scalar(1)
  const most = context.scalar(2)
  const rows = mapValues(context, context.vector(0), (value, k) =>
    Math.max(least[k] as number, Math.min(most[k] as number, value)),
  )
  return {
    ...rows,
    fill(row, values, present) {
      rows.fill(row, values, present)
      for (let k = 0; k < values.length; k++) {
        if ((most[k] as number) < (least[k] as number)) present[k] = 0
      }
    },
  }
}

/** Math.max and Math.min give NaN for a NaN on either side, as Go's do. */
function clampOne(limit: (value: number, bound: number) => number): VectorFunction {
  return (context) => {
    const bounds = context.scalar(1)
    return mapValues(context, context.vector(0), (value, k) => limit(value, bounds[k] as number))
  }
}

const degrees = 180 / Math.PI

/** Float series have none of what these functions read from native histograms. */
const nothing: VectorFunction = () => noRows

export const mathFunctions: Readonly<Record<string, VectorFunction>> = {
  abs: simple(Math.abs),
  acos: simple(Math.acos),
  acosh: simple(Math.acosh),
  asin: simple(Math.asin),
  asinh: simple(Math.asinh),
  atan: simple(Math.atan),
  atanh: simple(Math.atanh),
  ceil: simple(Math.ceil),
  clamp,
  clamp_max: clampOne(Math.min),
  clamp_min: clampOne(Math.max),
  cos: simple(Math.cos),
  cosh: simple(Math.cosh),
  deg: simple((value) => value * degrees),
  exp: simple(Math.exp),
  floor: simple(Math.floor),
  histogram_avg: nothing,
  histogram_count: nothing,
  histogram_stddev: nothing,
  histogram_stdvar: nothing,
  histogram_sum: nothing,
  ln: simple(Math.log),
  log10: simple(Math.log10),
  log2: simple(Math.log2),
  rad: simple((value) => value / degrees),
  round,
  sgn: simple(Math.sign),
  sin: simple(Math.sin),
  sinh: simple(Math.sinh),
  sqrt: simple(Math.sqrt),
  tan: simple(Math.tan),
  tanh: simple(Math.tanh),
}
