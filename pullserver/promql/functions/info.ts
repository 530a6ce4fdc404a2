/** info: adds the labels of info series (target_info by default) to series of the same target. */
import { type Labels, labelValue, type Matcher } from '../../labels.ts'
import type { Expression } from '../ast.ts'
import { ExecutionError } from '../errors.ts'
import type { Evaluation } from '../evaluation.ts'
import { labelsText, withLabel } from '../label-sets.ts'
import { createMatcher } from '../parse-selector.ts'
import { materialize, type Rows, type Table, uniteEqual } from '../rows.ts'
import { offsetOf, selectAt } from '../selectors.ts'
import { shiftTimes, stepTimes } from '../steps.ts'
import type { CallContext, VectorFunction } from './call-context.ts'

/** The labels by which a series finds its info series. */
const identifying = ['instance', 'job'] as const

const info: VectorFunction = (context) => {
  const { evaluation, steps } = context
  const matchers = matchersOf(context)
  const base = materialize(evaluation, context.vector(0), steps.count)
  const times = timesOf(evaluation, context.arg(0), stepTimes(steps))
  const selected = selectAt(evaluation, [...matchers.names, ...matchers.data], times, 'timestamp')
  const infos = materialize(evaluation, selected, steps.count)
  const rows: Enriched[] = []
  for (const [row, labels] of base.labels.entries()) {
    rows.push(...enrich(row, labels, infos, matchers))
  }
  return uniteEqual(evaluation, enrichedRows(base, rows), steps.count)
}

type Matchers = { readonly names: readonly Matcher[]; readonly data: readonly Matcher[] }

function matchersOf({ call }: CallContext): Matchers {
  const selector = call.args[1]
  const all = selector?.kind === 'vector-selector' ? selector.matchers : []
  const names = all.filter(({ name }) => name === '__name__')
  const saysWhich = names.some(({ operator }) => operator === '=' || operator === '=~')
  return {
    names: saysWhich ? names : [...names, createMatcher('__name__', '=', 'target_info')],
    data: all.filter(({ name }) => name !== '__name__'),
  }
}

/** When the samples of the argument's first selector were taken: its info is that of then. */
function timesOf(evaluation: Evaluation, node: Expression, times: Float64Array): Float64Array {
  switch (node.kind) {
    case 'vector-selector':
      return shiftTimes(times, node.at, offsetOf(evaluation, node), evaluation.bounds)
    case 'matrix-selector':
      return timesOf(evaluation, node.selector, times)
    case 'subquery': {
      const offsetMs = offsetOf(evaluation, node)
      const shifted = shiftTimes(times, node.at, offsetMs, evaluation.bounds)
      return timesOf(evaluation, node.expression, shifted)
    }
    case 'parentheses':
    case 'unary':
    case 'aggregation':
      return timesOf(evaluation, node.expression, times)
    case 'binary':
      return timesOf(evaluation, node.left, times)
    case 'call': {
      const argument = node.args.find(({ kind }) => kind !== 'number' && kind !== 'string')
      return argument === undefined ? times : timesOf(evaluation, argument, times)
    }
    default:
      return times
  }
}

/** A base series under one of its label sets, at the steps that have it. */
type Enriched = { readonly row: number; readonly labels: Labels; readonly steps: number[] }

function enrich(row: number, labels: Labels, infos: Table, { names, data }: Matchers): Enriched[] {
  const all = Array.from({ length: infos.count }, (_, k) => k)
  // An info series does not enrich itself.
  const isInfo = names.every((matcher) => matcher.matches(labelValue(labels, '__name__')))
  if (isInfo) return [{ row, labels, steps: all }]
  const partners = partnersOf(labels, infos)
  const needsInfo = data.some((matcher) => !matcher.matches(''))
  const wanted = new Set(data.map(({ name }) => name))
  const sets = new Map<string, Enriched>()
  for (const k of all) {
    const there = newestOfEachName(infos, partners, k)
    if (there.length === 0 && needsInfo) continue
    const key = there.join(',')
    const set = sets.get(key) ?? { row, labels: addLabels(labels, infos, there, wanted), steps: [] }
    sets.set(key, set)
    set.steps.push(k)
  }
  return [...sets.values()]
}

function partnersOf(labels: Labels, infos: Table): number[] {
  const isPartner = (other: Labels) =>
    identifying.every((name) => labelValue(other, name) === labelValue(labels, name))
  return [...infos.labels.keys()].filter((row) => isPartner(infos.labels[row] ?? []))
}

/** Of the info series of one name, that whose sample is the newest. Values are timestamps here. */
function newestOfEachName(infos: Table, partners: readonly number[], k: number): number[] {
  const newest = new Map<string, number>()
  for (const row of partners) {
    const at = row * infos.count + k
    if (infos.present[at] === 0) continue
    const name = labelValue(infos.labels[row] ?? [], '__name__')
    const other = newest.get(name)
    if (other === undefined) {
      newest.set(name, row)
      continue
    }
    const otherTime = infos.values[other * infos.count + k] as number
    const time = infos.values[at] as number
    if (time === otherTime) throw duplicateInfo(infos, other, row)
    if (time > otherTime) newest.set(name, row)
  }
  return [...newest.values()]
}

function duplicateInfo({ labels }: Table, one: number, other: number): ExecutionError {
  return new ExecutionError(
    `found duplicate series for info metric: existing ${labelsText(labels[one] ?? [])}, ` +
      `new ${labelsText(labels[other] ?? [])}`,
  )
}

/** The labels of the base, which win, with those of the info series. */
function addLabels(
  base: Labels,
  infos: Table,
  rows: readonly number[],
  wanted: ReadonlySet<string>,
): Labels {
  const added = new Map<string, string>()
  for (const { name, value } of rows.flatMap((row) => infos.labels[row] ?? [])) {
    const isOwn = name === '__name__' || name === 'instance' || name === 'job'
    if (isOwn || (wanted.size > 0 && !wanted.has(name)) || labelValue(base, name) !== '') continue
    const other = added.get(name)
    if (other !== undefined && other !== value) {
      throw new ExecutionError(`conflicting label: ${name}`)
    }
    added.set(name, value)
  }
  let labels = base
  for (const [name, value] of added) labels = withLabel(labels, name, value)
  return labels
}

function enrichedRows(base: Table, enriched: readonly Enriched[]): Rows {
  return {
    labels: enriched.map(({ labels }) => labels),
    fill(i, values, present) {
      present.fill(0)
      const { row, steps } = enriched[i] as Enriched
      for (const k of steps) {
        const at = row * base.count + k
        present[k] = base.present[at] as number
        values[k] = base.values[at] as number
      }
    },
  }
}

export const infoFunctions: Readonly<Record<string, VectorFunction>> = { info }
