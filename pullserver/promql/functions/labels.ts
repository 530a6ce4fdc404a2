/** label_replace and label_join: series under other labels. */
import { compileRe2, type Re2 } from '../../../shared/re2.ts'
import { labelValue } from '../../labels.ts'
import { ExecutionError } from '../errors.ts'
import { withLabel } from '../label-sets.ts'
import { uniteEqual } from '../rows.ts'
import type { VectorFunction } from './call-context.ts'

/** A label set where the source does not match; the replacement may name its groups. */
const labelReplace: VectorFunction = (context) => {
  const rows = context.vector(0)
  const destination = context.string(1)
  const replacement = context.string(2)
  const source = context.string(3)
  const pattern = compilePattern(context.string(4))
  if (destination === '') {
    throw new ExecutionError(`invalid destination label name in label_replace(): ${destination}`)
  }
  const labels = rows.labels.map((from) => {
    const value = pattern.expand(labelValue(from, source), replacement)
    return value === undefined ? from : withLabel(from, destination, value)
  })
  return uniteEqual(context.evaluation, { ...rows, labels }, context.steps.count)
}

function compilePattern(source: string): Re2 {
  try {
    return compileRe2(source)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new ExecutionError(`invalid regular expression in label_replace(): ${source}`)
  }
}

const labelJoin: VectorFunction = (context) => {
  const rows = context.vector(0)
  const destination = context.string(1)
  const separator = context.string(2)
  const sources = context.call.args.slice(3).map((_, i) => context.string(i + 3))
  if (sources.includes('')) {
    throw new ExecutionError('invalid source label name in label_join(): ')
  }
  if (destination === '') {
    throw new ExecutionError('invalid destination label name in label_join(): ')
  }
  const labels = rows.labels.map((from) => {
    const joined = sources.map((source) => labelValue(from, source)).join(separator)
    return withLabel(from, destination, joined)
  })
  return uniteEqual(context.evaluation, { ...rows, labels }, context.steps.count)
}

export const labelFunctions: Readonly<Record<string, VectorFunction>> = {
  label_replace: labelReplace,
  label_join: labelJoin,
}
