/** The tree of a parsed query. Every node knows its place in the text, for errors and annotations. */
import type { Matcher } from '../labels.ts'
import type { Span } from './errors.ts'

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | Unary
  | Parentheses

/** `isDuration`: written as 5m; it is a number of seconds all the same. */
export type NumberLiteral = {
  readonly kind: 'number'
  readonly value: number
  readonly isDuration: boolean
  readonly span: Span
}

export type StringLiteral = { readonly kind: 'string'; readonly value: string; readonly span: Span }

/** What shifts a selector or subquery in time. */
export type TimeShift = {
  readonly offset?: Duration
  /** Milliseconds, or a bound of the whole query. */
  readonly at?: number | 'start' | 'end'
}

/** `name` is that before the braces, '' without one; it is also the last of the matchers. */
export type VectorSelector = TimeShift & {
  readonly kind: 'vector-selector'
  readonly name: string
  readonly matchers: readonly Matcher[]
  readonly span: Span
}

/** Offset and @ are those of the selector inside. */
export type MatrixSelector = {
  readonly kind: 'matrix-selector'
  readonly selector: VectorSelector
  readonly range: Duration
  readonly span: Span
}

/** Without a step, the engine's default is taken. */
export type Subquery = TimeShift & {
  readonly kind: 'subquery'
  readonly expression: Expression
  readonly range: Duration
  readonly step?: Duration
  readonly span: Span
}

export type Call = {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expression[]
  readonly span: Span
}

/** `parameter` is the k of topk, the q of quantile, the label of count_values. */
export type Aggregation = {
  readonly kind: 'aggregation'
  readonly operator: string
  readonly expression: Expression
  readonly parameter?: Expression
  readonly grouping: readonly string[]
  readonly without: boolean
  readonly span: Span
}

export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'

export type VectorMatching = {
  readonly cardinality: Cardinality
  /** on(labels) instead of ignoring(labels). */
  readonly on: boolean
  readonly labels: readonly string[]
  /** Labels of group_left or group_right, copied from the one side. */
  readonly include: readonly string[]
  /** Values that stand in for a missing partner (fill, fill_left, fill_right). */
  readonly fillLeft?: number
  readonly fillRight?: number
}

/** `matching` counts only between two instant vectors. */
export type Binary = {
  readonly kind: 'binary'
  readonly operator: string
  readonly operatorSpan: Span
  readonly left: Expression
  readonly right: Expression
  readonly returnBool: boolean
  readonly matching: VectorMatching
  readonly span: Span
}

export type Unary = {
  readonly kind: 'unary'
  readonly operator: '+' | '-'
  readonly expression: Expression
  readonly span: Span
}

export type Parentheses = {
  readonly kind: 'parentheses'
  readonly expression: Expression
  readonly span: Span
}

/** Milliseconds, or an expression that needs the query's step or range first. */
export type Duration = number | DurationExpression

export type DurationExpression =
  | { readonly kind: 'seconds'; readonly value: number; readonly span: Span }
  | { readonly kind: 'step' | 'range'; readonly span: Span }
  | { readonly kind: 'negate'; readonly operand: DurationExpression; readonly span: Span }
  | {
      readonly kind: 'operation'
      readonly operator: '+' | '-' | '*' | '/' | '%' | '^' | 'min_of' | 'max_of'
      readonly left: DurationExpression
      readonly right: DurationExpression
      readonly span: Span
    }

export type ValueType = 'scalar' | 'instant vector' | 'range vector' | 'string'

/** The expression inside any number of parentheses. */
export function unwrap(expression: Expression): Expression {
  let inner = expression
  while (inner.kind === 'parentheses') inner = inner.expression
  return inner
}

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>='])
const setOperators: ReadonlySet<string> = new Set(['and', 'or', 'unless'])

export function isComparison(operator: string): boolean {
  return comparisons.has(operator)
}

export function isSetOperator(operator: string): boolean {
  return setOperators.has(operator)
}
