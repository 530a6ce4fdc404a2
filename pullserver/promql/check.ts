/** The type check: every argument and operand has the type that its place calls for. */

import { quote } from '../../shared/quote.ts'
import {
  type Aggregation,
  type Binary,
  type Call,
  type Expression,
  isComparison,
  isSetOperator,
  type ValueType,
  type VectorSelector,
} from './ast.ts'
import { parseError, type Span } from './errors.ts'
import { signatures } from './functions/signatures.ts'

/** The type of an expression. Throws QueryError where a type or a combination is wrong. */
export function checkTypes(expression: Expression, text: string): ValueType {
  return new Checker(text).typeOf(expression)
}

class Checker {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  #refuse(span: Span, reason: string): never {
    throw parseError(this.#text, span, reason)
  }

  typeOf(expression: Expression): ValueType {
    switch (expression.kind) {
      case 'number':
        return 'scalar'
      case 'string':
        return 'string'
      case 'parentheses':
        return this.typeOf(expression.expression)
      case 'vector-selector':
        this.#checkSelector(expression)
        return 'instant vector'
      case 'matrix-selector':
        this.#checkSelector(expression.selector)
        return 'range vector'
      case 'subquery': {
        const type = this.typeOf(expression.expression)
        if (type !== 'instant vector') {
          const reason = `subquery is only allowed on instant vector, got ${type} instead`
          this.#refuse(expression.span, reason)
        }
        return 'range vector'
      }
      case 'unary': {
        const type = this.typeOf(expression.expression)
        if (type === 'scalar' || type === 'instant vector') return type
        const reason = `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`
        return this.#refuse(expression.span, reason)
      }
      case 'aggregation':
        return this.#checkAggregation(expression)
      case 'binary':
        return this.#checkBinary(expression)
      case 'call':
        return this.#checkCall(expression)
    }
  }

  #expect(expression: Expression, wanted: ValueType, context: string): void {
    const type = this.typeOf(expression)
    if (type !== wanted) {
      this.#refuse(expression.span, `expected type ${wanted} in ${context}, got ${type}`)
    }
  }

  /** A selector of everything is a typing error more often than a wish. */
  #checkSelector(selector: VectorSelector): void {
    if (selector.name !== '') {
      const earlier = selector.matchers.slice(0, -1).find(({ name }) => name === '__name__')
      if (earlier === undefined) return
      const names = `${quote(selector.name)} or ${quote(earlier.value)}`
      this.#refuse(selector.span, `metric name must not be set twice: ${names}`)
    }
    if (selector.matchers.every((matcher) => matcher.matches(''))) {
      const reason = 'vector selector must contain at least one non-empty matcher'
      this.#refuse(selector.span, reason)
    }
  }

  #checkAggregation({ operator, expression, parameter }: Aggregation): ValueType {
    this.#expect(expression, 'instant vector', 'aggregation expression')
    if (parameter !== undefined) {
      const wanted = operator === 'count_values' ? 'string' : 'scalar'
      this.#expect(parameter, wanted, 'aggregation parameter')
    }
    return 'instant vector'
  }

  #checkBinary(binary: Binary): ValueType {
    const { operator, operatorSpan, matching, span } = binary
    const left = this.typeOf(binary.left)
    const right = this.typeOf(binary.right)
    const bothScalar = left === 'scalar' && right === 'scalar'
    if (binary.returnBool && !isComparison(operator)) {
      this.#refuse(operatorSpan, 'bool modifier can only be used on comparison operators')
    }
    if (isComparison(operator) && !binary.returnBool && bothScalar) {
      this.#refuse(operatorSpan, 'comparisons between scalars must use BOOL modifier')
    }
    const both = matching.on ? matching.labels.find((l) => matching.include.includes(l)) : undefined
    if (both !== undefined) {
      const reason = `label ${quote(both)} must not occur in ON and GROUP clause at once`
      this.#refuse(operatorSpan, reason)
    }
    this.#checkOperand(left, binary.left.span)
    this.#checkOperand(right, binary.right.span)
    const bothVectors = left === 'instant vector' && right === 'instant vector'
    if (!bothVectors && matching.labels.length > 0) {
      this.#refuse(span, 'vector matching only allowed between instant vectors')
    }
    if (isSetOperator(operator)) {
      if (bothVectors && matching.cardinality !== 'many-to-many') {
        this.#refuse(span, `no grouping allowed for "${operator}" operation`)
      }
      if (!bothVectors) {
        const reason = `set operator "${operator}" not allowed in binary scalar expression`
        this.#refuse(span, reason)
      }
    }
    return bothScalar ? 'scalar' : 'instant vector'
  }

  #checkOperand(type: ValueType, span: Span): void {
    if (type === 'scalar' || type === 'instant vector') return
    const reason = 'binary expression must contain only scalar and instant vector types'
    this.#refuse(span, reason)
  }

  #checkCall({ name, args, span }: Call): ValueType {
    const signature = signatures.get(name)
    if (signature === undefined) return this.#refuse(span, `unknown function with name "${name}"`)
    const most = signature.args.length
    const least = most - signature.optional - (signature.repeated ? 1 : 0)
    const say = (wanted: string) =>
      this.#refuse(span, `expected ${wanted} argument(s) in call to "${name}", got ${args.length}`)
    if (least === most && args.length !== most) say(String(most))
    if (args.length < least) say(`at least ${least}`)
    if (args.length > most && !signature.repeated) say(`at most ${most}`)
    for (const [i, arg] of args.entries()) {
      if (name === 'info' && i === 1) {
        this.#checkInfoSelector(arg)
        continue
      }
      const wanted = signature.args[Math.min(i, most - 1)]
      if (wanted !== undefined) this.#expect(arg, wanted, `call to function "${name}"`)
    }
    return signature.result
  }

  /** info() takes bare matchers as its second argument, and those may match the empty string. */
  #checkInfoSelector(arg: Expression): void {
    if (arg.kind === 'vector-selector' && arg.name === '') return
    const reason = 'expected label selectors as the second argument to "info" function'
    this.#refuse(arg.span, reason)
  }
}
