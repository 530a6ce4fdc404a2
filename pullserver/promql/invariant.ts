/** Finds what is the same at every step because @ fixes all its selectors: it is evaluated once. */
import type { Expression } from './ast.ts'

/** Functions whose result depends on the evaluation time itself. */
const timeDependent: ReadonlySet<string> = new Set(
  'time timestamp predict_linear day_of_month day_of_week day_of_year days_in_month hour minute month year'.split(
    ' ',
  ),
)

/** The nodes that do not depend on the evaluation time. Literals are left out: they cost nothing. */
export function findInvariants(root: Expression): ReadonlySet<Expression> {
  const invariant = new Set<Expression>()
  visit(root, invariant)
  return invariant
}

function visit(node: Expression, invariant: Set<Expression>): boolean {
  const fixed = isFixed(node, (child) => visit(child, invariant))
  if (fixed && node.kind !== 'number' && node.kind !== 'string') invariant.add(node)
  return fixed
}

/** Every child is visited in any case, since it may be invariant inside a node that is not. */
function isFixed(node: Expression, visitChild: (child: Expression) => boolean): boolean {
  switch (node.kind) {
    case 'number':
    case 'string':
      return true
    case 'vector-selector':
      return node.at !== undefined
    case 'matrix-selector':
      return node.selector.at !== undefined
    case 'subquery':
      visitChild(node.expression)
      return node.at !== undefined
    case 'parentheses':
    case 'unary':
      return visitChild(node.expression)
    case 'binary':
      return [node.left, node.right].map(visitChild).every(Boolean)
    case 'aggregation': {
      const { expression, parameter } = node
      return [expression, ...(parameter ? [parameter] : [])].map(visitChild).every(Boolean)
    }
    case 'call':
      return node.args.map(visitChild).every(Boolean) && !timeDependent.has(node.name)
  }
}
