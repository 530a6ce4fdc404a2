/** Walks the tree of a query and turns each node into its value over all steps. */
import { aggregate } from './aggregate.ts'
import type { Aggregation, Binary, Call, Expression, Subquery } from './ast.ts'
import type { Evaluation } from './evaluation.ts'
import type { CallContext } from './functions/call-context.ts'
import { scalarFunctions, vectorFunctions } from './functions/table.ts'
import { pairOperation } from './operators.ts'
import { dropNames, noRows, type Rows, transformRows } from './rows.ts'
import { offsetOf, type Ranges, rangeOf, selectInstants, selectRanges } from './selectors.ts'
import { setOperation } from './set-operators.ts'
import { type Steps, singleStep } from './steps.ts'
import { subqueryRanges, subquerySteps } from './subquery.ts'
import { matchVectors } from './vector-matching.ts'

/** Types are checked already: what a place does not take is a bug, not a user's error. */
export class Evaluator {
  readonly #evaluation: Evaluation
  readonly #invariants: ReadonlySet<Expression>

  constructor(evaluation: Evaluation, invariants: ReadonlySet<Expression>) {
    this.#evaluation = evaluation
    this.#invariants = invariants
  }

  isScalar(node: Expression): boolean {
    if (node.kind === 'number') return true
    if (node.kind === 'parentheses' || node.kind === 'unary') return this.isScalar(node.expression)
    if (node.kind === 'binary') return this.isScalar(node.left) && this.isScalar(node.right)
    return node.kind === 'call' && scalarFunctions.has(node.name)
  }

  scalar(node: Expression, steps: Steps): Float64Array {
    switch (node.kind) {
      case 'number':
        return new Float64Array(steps.count).fill(node.value)
      case 'parentheses':
        return this.scalar(node.expression, steps)
      case 'unary': {
        const values = this.scalar(node.expression, steps)
        return node.operator === '-' ? values.map((value) => -value) : values
      }
      case 'binary': {
        const { value } = pairOperation(node.operator, node.returnBool, 'left')
        const left = this.scalar(node.left, steps)
        const right = this.scalar(node.right, steps)
        return left.map((l, k) => value(l, right[k] as number))
      }
      case 'call': {
        const compute = scalarFunctions.get(node.name)
        if (compute !== undefined) return compute(this.#callContext(node, steps))
      }
    }
    throw new TypeError(`a ${node.kind} is no scalar`)
  }

  vector(node: Expression, steps: Steps): Rows {
    if (steps.count > 1 && this.#invariants.has(node)) {
      return repeatFirst(this.#vectorOf(node, singleStep(steps.startMs)))
    }
    return this.#vectorOf(node, steps)
  }

  #vectorOf(node: Expression, steps: Steps): Rows {
    switch (node.kind) {
      case 'vector-selector':
        return selectInstants(this.#evaluation, node, steps)
      case 'parentheses':
        return this.vector(node.expression, steps)
      case 'unary': {
        const rows = this.vector(node.expression, steps)
        if (node.operator === '+') return rows
        return dropNames(this.#evaluation, transformRows(rows, negate), steps.count)
      }
      case 'binary':
        return this.#binary(node, steps)
      case 'aggregation':
        return this.#aggregation(node, steps)
      case 'call': {
        const compute = vectorFunctions.get(node.name)
        if (compute !== undefined) return compute(this.#callContext(node, steps))
      }
    }
    throw new TypeError(`a ${node.kind} is no instant vector`)
  }

  ranges(node: Expression, steps: Steps): Ranges {
    if (node.kind === 'parentheses') return this.ranges(node.expression, steps)
    if (node.kind === 'matrix-selector') return selectRanges(this.#evaluation, node, steps)
    if (node.kind === 'subquery') return this.#subquery(node, steps)
    throw new TypeError(`a ${node.kind} is no range vector`)
  }

  string(node: Expression): string {
    if (node.kind === 'parentheses') return this.string(node.expression)
    if (node.kind === 'string') return node.value
    throw new TypeError(`a ${node.kind} is no string`)
  }

  #subquery(node: Subquery, steps: Steps): Ranges {
    const evaluation = this.#evaluation
    const rangeMs = rangeOf(evaluation, node.range)
    const stepMs =
      node.step === undefined ? evaluation.subqueryStepMs : rangeOf(evaluation, node.step)
    const offsetMs = offsetOf(evaluation, node)
    const grid = subquerySteps(evaluation, steps, { at: node.at, offsetMs, rangeMs, stepMs })
    evaluation.holdSamples(grid.inner.count)
    // No inner step falls into any window: nothing can be evaluated, and nothing is found.
    const rows = grid.inner.count === 0 ? noRows : this.vector(node.expression, grid.inner)
    return subqueryRanges(rows, grid, rangeMs)
  }

  #binary(node: Binary, steps: Steps): Rows {
    const leftScalar = this.isScalar(node.left)
    if (leftScalar || this.isScalar(node.right)) return this.#withScalar(node, leftScalar, steps)
    const left = this.vector(node.left, steps)
    const right = this.vector(node.right, steps)
    const evaluation = this.#evaluation
    if (node.matching.cardinality === 'many-to-many') {
      return setOperation(evaluation, node, left, right, steps.count)
    }
    return matchVectors(evaluation, node, left, right, steps.count)
  }

  /** A filter keeps the vector's value, whichever side it is on. */
  #withScalar(node: Binary, scalarIsLeft: boolean, steps: Steps): Rows {
    const { operator, returnBool } = node
    const scalars = this.scalar(scalarIsLeft ? node.left : node.right, steps)
    const rows = this.vector(scalarIsLeft ? node.right : node.left, steps)
    const { value, holds } = pairOperation(operator, returnBool, scalarIsLeft ? 'right' : 'left')
    const computed = transformRows(rows, (values, present) => {
      for (let k = 0; k < values.length; k++) {
        if (present[k] === 0) continue
        const left = (scalarIsLeft ? scalars[k] : values[k]) as number
        const right = (scalarIsLeft ? values[k] : scalars[k]) as number
        if (holds !== undefined && !holds(left, right)) present[k] = 0
        else values[k] = value(left, right)
      }
    })
    return holds === undefined ? dropNames(this.#evaluation, computed, steps.count) : computed
  }

  #aggregation(node: Aggregation, steps: Steps): Rows {
    const { parameter } = node
    const rows = this.vector(node.expression, steps)
    const isLabel = node.operator === 'count_values'
    return aggregate(this.#evaluation, node, rows, steps.count, {
      numbers:
        parameter === undefined || isLabel ? new Float64Array(0) : this.scalar(parameter, steps),
      label: parameter !== undefined && isLabel ? this.string(parameter) : '',
    })
  }

  #callContext(call: Call, steps: Steps): CallContext {
    const arg = (i: number): Expression => {
      const node = call.args[i]
      if (node === undefined) throw new TypeError(`${call.name} has no argument ${i + 1}`)
      return node
    }
    return {
      evaluation: this.#evaluation,
      steps,
      call,
      arg,
      scalar: (i) => this.scalar(arg(i), steps),
      vector: (i) => this.vector(arg(i), steps),
      ranges: (i) => this.ranges(arg(i), steps),
      string: (i) => this.string(arg(i)),
    }
  }
}

function negate(values: Float64Array): void {
  for (let k = 0; k < values.length; k++) values[k] = -(values[k] as number)
}

/** What was computed for one step, at every step. */
function repeatFirst(rows: Rows): Rows {
  const value = new Float64Array(1)
  const isPresent = new Uint8Array(1)
  return {
    ...rows,
    fill(row, values, present) {
      rows.fill(row, value, isPresent)
      values.fill(value[0] as number)
      present.fill(isPresent[0] as number)
    },
  }
}
