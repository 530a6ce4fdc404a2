/** absent and absent_over_time: a series exactly when there is none. */
import type { Label, Labels, Matcher } from '../../labels.ts'
import type { Expression } from '../ast.ts'
import { oneRow, type Rows } from '../rows.ts'
import { Windows } from '../windows.ts'
import type { VectorFunction } from './call-context.ts'

const absent: VectorFunction = ({ steps, arg, vector }) => {
  const rows = vector(0)
  const any = new Uint8Array(steps.count)
  const values = new Float64Array(steps.count)
  const present = new Uint8Array(steps.count)
  for (let row = 0; row < rows.labels.length; row++) {
    rows.fill(row, values, present)
    for (let k = 0; k < any.length; k++) if (present[k] === 1) any[k] = 1
  }
  return absentRow(arg(0), any)
}

const absentOverTime: VectorFunction = ({ evaluation, steps, arg, ranges }) => {
  const over = ranges(0)
  const windows = new Windows(evaluation, over)
  const any = new Uint8Array(steps.count)
  for (let row = 0; row < over.labels.length; row++) {
    windows.load(over.read(row))
    for (let k = 0; k < any.length; k++) {
      if ((windows.to[k] as number) > (windows.from[k] as number)) any[k] = 1
    }
  }
  return absentRow(arg(0), any)
}

function absentRow(argument: Expression, any: Uint8Array): Rows {
  const row = oneRow(labelsOfMissing(argument), new Float64Array(any.length).fill(1))
  return {
    ...row,
    fill(i, values, present) {
      row.fill(i, values, present)
      for (let k = 0; k < any.length; k++) if (any[k] === 1) present[k] = 0
    },
  }
}

/** What an `=` matcher says of the missing series; a label matched twice says nothing. */
function labelsOfMissing(argument: Expression): Labels {
  const matchers = matchersOf(argument).filter(({ name }) => name !== '__name__')
  const labels: Label[] = []
  for (const { name, operator, value } of matchers) {
    const isOnly = matchers.filter((matcher) => matcher.name === name).length === 1
    if (isOnly && operator === '=' && value !== '') labels.push({ name, value })
  }
  return labels.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function matchersOf(argument: Expression): readonly Matcher[] {
  if (argument.kind === 'vector-selector') return argument.matchers
  return argument.kind === 'matrix-selector' ? argument.selector.matchers : []
}

export const absentFunctions: Readonly<Record<string, VectorFunction>> = {
  absent,
  absent_over_time: absentOverTime,
}
