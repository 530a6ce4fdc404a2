/** What the implementation of a function gets: its arguments, evaluated when it asks for them. */
import type { Call, Expression } from '../ast.ts'
import type { Evaluation } from '../evaluation.ts'
import type { Rows } from '../rows.ts'
import type { Ranges } from '../selectors.ts'
import type { Steps } from '../steps.ts'

export type CallContext = {
  readonly evaluation: Evaluation
  readonly steps: Steps
  readonly call: Call
  /** The arguments, counted from 0. */
  readonly arg: (i: number) => Expression
  readonly scalar: (i: number) => Float64Array
  readonly vector: (i: number) => Rows
  readonly ranges: (i: number) => Ranges
  readonly string: (i: number) => string
}

export type VectorFunction = (context: CallContext) => Rows
export type ScalarFunction = (context: CallContext) => Float64Array
