/** Functions between scalars and vectors: time, pi, scalar, vector, timestamp and the query's bounds. */
import { unwrap } from '../ast.ts'
import { dropNames, oneRow, type Rows } from '../rows.ts'
import { selectInstants } from '../selectors.ts'
import { stepTimes } from '../steps.ts'
import type { CallContext, ScalarFunction, VectorFunction } from './call-context.ts'

function stepSeconds({ steps }: CallContext): Float64Array {
  return stepTimes(steps).map((ms) => ms / 1000)
}

function constant(value: (context: CallContext) => number): ScalarFunction {
  return (context) => new Float64Array(context.steps.count).fill(value(context))
}

/** The value of the only series, NaN where there is none or several. */
const scalar: ScalarFunction = ({ steps, vector }) => {
  const rows = vector(0)
  const result = new Float64Array(steps.count).fill(Number.NaN)
  const seen = new Uint32Array(steps.count)
  const values = new Float64Array(steps.count)
  const present = new Uint8Array(steps.count)
  for (let row = 0; row < rows.labels.length; row++) {
    rows.fill(row, values, present)
    for (let k = 0; k < steps.count; k++) {
      if (present[k] === 0) continue
      seen[k] = (seen[k] as number) + 1
      result[k] = seen[k] === 1 ? (values[k] as number) : Number.NaN
    }
  }
  return result
}

function chooseNumber(isChosen: (value: number, other: number) => boolean): ScalarFunction {
  return ({ scalar: argument }) => {
    const second = argument(1)
    return argument(0).map((value, k) => {
      const other = second[k] as number
      return isChosen(value, other) || Number.isNaN(value) ? value : other
    })
  }
}

/** Of a selector, when its sample was taken; of anything else, the evaluation time. */
const timestamp: VectorFunction = (context) => {
  const { evaluation, steps } = context
  const argument = unwrap(context.arg(0))
  const rows =
    argument.kind === 'vector-selector'
      ? selectInstants(evaluation, argument, steps, 'timestamp')
      : withTimes(context)
  return dropNames(evaluation, rows, steps.count)
}

function withTimes(context: CallContext): Rows {
  const rows = context.vector(0)
  const seconds = stepSeconds(context)
  return {
    ...rows,
    fill(row, values, present) {
      rows.fill(row, values, present)
      values.set(seconds)
    },
  }
}

export const scalarFunctionsByName: Readonly<Record<string, ScalarFunction>> = {
  scalar,
  time: stepSeconds,
  pi: constant(() => Math.PI),
  start: constant(({ evaluation }) => evaluation.bounds.startMs / 1000),
  end: constant(({ evaluation }) => evaluation.bounds.endMs / 1000),
  step: constant(({ evaluation }) => evaluation.bounds.stepMs / 1000),
  range: constant(({ evaluation: { bounds } }) => (bounds.endMs - bounds.startMs) / 1000),
  max_of: chooseNumber((value, other) => value > other),
  min_of: chooseNumber((value, other) => value < other),
}

export const conversionFunctions: Readonly<Record<string, VectorFunction>> = {
  timestamp,
  vector: (context) => oneRow([], context.scalar(0)),
}
