/** The naming rules of promlint, which `promtool check metrics` applies, in its words. */

import type { LabelPair, MetricFamily } from '../../shared/exposition/family.ts'
import { baseUnit } from './units.ts'

export type Problem = { readonly metric: string; readonly text: string }

/** What is against the rules, by metric name and then by text; one text may come several times. */
export function lint(families: readonly MetricFamily[]): Problem[] {
  return families
    .flatMap((family) => problemsOf(family).map((text) => ({ metric: family.name, text })))
    .sort((a, b) => compare(a.metric, b.metric) || compare(a.text, b.text))
}

/** As Go does, by bytes. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function problemsOf(family: MetricFamily): string[] {
  return [
    ...(family.help === undefined ? ['no help text'] : []),
    ...unitProblems(family.name),
    ...suffixProblems(family),
    ...labelsOf(family).flatMap((label) => labelProblems(family, label)),
    ...nameProblems(family.name),
    ...duplicates(family),
  ]
}

function unitProblems(name: string): string[] {
  for (const unit of name.split('_')) {
    const base = baseUnit(unit)
    if (base === undefined) continue
    return base === unit ? [] : [`use base unit "${base}" instead of "${unit}"`]
  }
  return []
}

/** A suffix that says what type a metric has, on a metric of another type. */
function suffixProblems({ name, type }: MetricFamily): string[] {
  const problems: string[] = []
  const check = (suffix: string, isRight: boolean, what: string): void => {
    if (!isRight && name.endsWith(suffix)) {
      problems.push(`${what} metrics should not have "${suffix}" suffix`)
    }
  }
  if (type === 'unknown') return problems
  if (type === 'counter' && !name.endsWith('_total')) {
    problems.push('counter metrics should have "_total" suffix')
  }
  const hasCount = type === 'histogram' || type === 'summary'
  check('_total', type === 'counter', 'non-counter')
  check('_timestamp_seconds', type === 'gauge', 'non-gauge')
  check('_bucket', type === 'histogram', 'non-histogram')
  check('_count', hasCount, 'non-histogram and non-summary')
  check('_sum', hasCount, 'non-histogram and non-summary')
  return problems
}

/** The labels that say where in a histogram or summary a sample belongs are not among its labels. */
function labelProblems({ type }: MetricFamily, { name }: LabelPair): string[] {
  if (type !== 'unknown' && type !== 'histogram' && name === 'le') {
    return ['non-histogram metrics should not have "le" label']
  }
  if (type !== 'unknown' && type !== 'summary' && name === 'quantile') {
    return ['non-summary metrics should not have "quantile" label']
  }
  return camelCase.test(name)
    ? ["label names should be written in 'snake_case' not 'camelCase'"]
    : []
}

const camelCase = /[a-z][A-Z]/
const typeNames = ['counter', 'gauge', 'summary', 'histogram', 'gauge_histogram']
const abbreviations = 's ms us ns sec b kb mb gb tb pb m h d'.split(' ')

function nameProblems(name: string): string[] {
  const has = (word: string): boolean => `${name.toLowerCase()}_`.includes(`_${word}_`)
  return [
    ...typeNames.filter(has).map((type) => `metric name should not include type '${type}'`),
    ...(name.includes(':') ? ["metric names should not contain ':'"] : []),
    ...(camelCase.test(name)
      ? ["metric names should be written in 'snake_case' not 'camelCase'"]
      : []),
    ...abbreviations.filter(has).map(() => 'metric names should not contain abbreviated units'),
  ]
}

/** One problem for each metric whose labels came before. */
function duplicates({ metrics }: MetricFamily): string[] {
  const seen = new Set<string>()
  const problems: string[] = []
  for (const { labels } of metrics) {
    const key = JSON.stringify(labels.map(({ name, value }) => [name, value]).sort())
    if (seen.has(key)) problems.push('metric not unique')
    seen.add(key)
  }
  return problems
}

function labelsOf({ metrics }: MetricFamily): LabelPair[] {
  return metrics.flatMap(({ labels }) => labels)
}
