/** The arithmetic and the comparisons of two numbers, with Go's results for the odd cases. */

export function arithmetic(
  operator: string,
): ((left: number, right: number) => number) | undefined {
  return operations[operator]
}

const operations: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
}

/** JavaScript gives NaN for 1 ** NaN and (-1) ** Infinity; C and Go give 1. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) return 1
  return base ** exponent
}

export function comparison(
  operator: string,
): ((left: number, right: number) => boolean) | undefined {
  return comparisons[operator]
}

const comparisons: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

/**
 * What a binary operator does with a pair: the value, and whether the pair stays. Comparisons without
 * bool keep the value that `keep` names.
 */
export type PairOperation = {
  readonly value: (left: number, right: number) => number
  readonly holds: ((left: number, right: number) => boolean) | undefined
}

export function pairOperation(
  operator: string,
  returnBool: boolean,
  keep: 'left' | 'right',
): PairOperation {
  const value = arithmetic(operator)
  if (value !== undefined) return { value, holds: undefined }
  const holds = comparison(operator)
  if (holds === undefined) throw new TypeError(`no binary operator ${operator}`)
  if (returnBool) return { value: (left, right) => (holds(left, right) ? 1 : 0), holds: undefined }
  return { value: keep === 'left' ? (left) => left : (_left, right) => right, holds }
}
