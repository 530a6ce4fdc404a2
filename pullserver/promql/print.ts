/** Writes a parsed query as Prometheus does: in one line, or over several where it is long. */

import { formatValue } from '../../shared/exposition/number.ts'
import { quote } from '../../shared/quote.ts'
import type { Matcher } from '../labels.ts'
import type {
  Aggregation,
  Binary,
  Duration,
  DurationExpression,
  Expression,
  TimeShift,
  VectorSelector,
} from './ast.ts'
import { formatDurationLiteral } from './duration.ts'

/** The query in one line, normalised: what rules show as their query. */
export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return node.isDuration ? printDuration(node.value * 1000) : formatValue(node.value)
    case 'string':
      return quote(node.value)
    case 'vector-selector':
      return printSelector(node) + printShift(node)
    case 'matrix-selector':
      return `${printSelector(node.selector)}[${printDuration(node.range)}]${printShift(node.selector)}`
    case 'subquery':
      return printExpression(node.expression) + printSubqueryEnd(node)
    case 'parentheses':
      return `(${printExpression(node.expression)})`
    case 'unary':
      return node.operator + printExpression(node.expression)
    case 'call':
      return `${node.name}(${node.args.map(printExpression).join(', ')})`
    case 'aggregation': {
      const parameter = node.parameter === undefined ? '' : `${printExpression(node.parameter)}, `
      return `${printAggregator(node)}(${parameter}${printExpression(node.expression)})`
    }
    case 'binary':
      return `${printExpression(node.left)} ${printOperator(node)} ${printExpression(node.right)}`
  }
}

/** Longer than this, an expression is broken into lines. */
const maxWidth = 100

/** The query with what is long broken into indented lines. */
export function formatExpression(node: Expression, depth = 0): string {
  const indent = '  '.repeat(depth)
  const line = printExpression(node)
  if (line.length <= maxWidth) return indent + line
  const inside = (inner: readonly Expression[]) =>
    `(\n${inner.map((part) => formatExpression(part, depth + 1)).join(',\n')}\n${indent})`
  switch (node.kind) {
    case 'call':
      return indent + node.name + inside(node.args)
    case 'aggregation': {
      const { parameter, expression } = node
      const parts = parameter === undefined ? [expression] : [parameter, expression]
      return indent + printAggregator(node) + inside(parts)
    }
    case 'parentheses':
      return indent + inside([node.expression])
    case 'unary':
      return indent + node.operator + formatExpression(node.expression, depth).trimStart()
    case 'subquery':
      return formatExpression(node.expression, depth) + printSubqueryEnd(node)
    case 'binary': {
      const left = formatExpression(node.left, depth + 1)
      const right = formatExpression(node.right, depth + 1)
      return `${left}\n${indent}${printOperator(node)}\n${right}`
    }
    default:
      return indent + line
  }
}

function printSelector({ name, matchers }: VectorSelector): string {
  // The last matcher of a named selector is that of the name.
  const others = name === '' ? matchers : matchers.slice(0, -1)
  const braces = others.length === 0 && name !== '' ? '' : `{${others.map(printMatcher).join(',')}}`
  if (name === '' || /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) return name + braces
  return `{${[quote(name), ...others.map(printMatcher)].join(',')}}`
}

function printMatcher({ name, operator, value }: Matcher): string {
  return `${printLabel(name)}${operator}${quote(value)}`
}

function printLabel(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name)
}

function printShift({ at, offset }: TimeShift): string {
  const moment = typeof at === 'number' ? (at / 1000).toFixed(3) : `${at}()`
  const fixed = at === undefined ? '' : ` @ ${moment}`
  return offset === undefined ? fixed : `${fixed} offset ${printDuration(offset)}`
}

function printSubqueryEnd(node: TimeShift & { range: Duration; step?: Duration }): string {
  const step = node.step === undefined ? '' : printDuration(node.step)
  return `[${printDuration(node.range)}:${step}]${printShift(node)}`
}

function printDuration(duration: Duration): string {
  if (typeof duration === 'number') return formatDurationLiteral(duration)
  return printDurationExpression(duration)
}

function printDurationExpression(node: DurationExpression): string {
  switch (node.kind) {
    case 'seconds':
      return formatDurationLiteral(Math.round(node.value * 1000))
    case 'step':
    case 'range':
      return `${node.kind}()`
    case 'negate':
      return `-${printDurationExpression(node.operand)}`
    case 'operation': {
      const [left, right] = [node.left, node.right].map(printDurationExpression)
      const isCall = node.operator === 'min_of' || node.operator === 'max_of'
      // The parentheses of the text are not kept in the tree: all are written.
      return isCall ? `${node.operator}(${left}, ${right})` : `(${left} ${node.operator} ${right})`
    }
  }
}

function printAggregator({ operator, grouping, without }: Aggregation): string {
  const labels = grouping.map(printLabel).join(', ')
  if (without) return `${operator} without (${labels}) `
  return grouping.length === 0 ? operator : `${operator} by (${labels}) `
}

function printOperator({ operator, returnBool, matching }: Binary): string {
  const { on, labels, cardinality, include, fillLeft, fillRight } = matching
  const list = (names: readonly string[]) => `(${names.map(printLabel).join(', ')})`
  const parts = [operator]
  if (returnBool) parts.push('bool')
  const isGrouped = cardinality === 'many-to-one' || cardinality === 'one-to-many'
  if (on || labels.length > 0 || isGrouped) parts.push(on ? 'on' : 'ignoring', list(labels))
  if (isGrouped) {
    parts.push(cardinality === 'many-to-one' ? 'group_left' : 'group_right', list(include))
  }
  if (fillLeft !== undefined) parts.push(`fill_left (${formatValue(fillLeft)})`)
  if (fillRight !== undefined) parts.push(`fill_right (${formatValue(fillRight)})`)
  return parts.join(' ')
}
