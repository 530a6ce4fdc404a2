/** A family of a push, made ready for its group: labels merged, lines rendered, label rules checked. */

import { encodeMetric } from '../shared/exposition/encode.ts'
import type { LabelPair, Metric, MetricFamily, MetricType } from '../shared/exposition/family.ts'
import { escapeWrittenName, isValidLabelName } from '../shared/exposition/names.ts'
import { formatValue } from '../shared/exposition/number.ts'
import { describeMetric } from './describe.ts'
import type { GroupLabels } from './group-labels.ts'
import { renderLabels, Series } from './series.ts'

export type PushedFamily = {
  readonly name: string
  readonly type: MetricType
  readonly help: string | undefined
  /** Not yet on the page. */
  readonly series: readonly Series[]
  /** Metric `i` in words, for an error text. */
  readonly describe: (i: number) => string
}

export function pushedFamily(group: GroupLabels, family: MetricFamily): PushedFamily {
  const { name, type, help, metrics } = family
  return {
    name,
    type,
    help,
    series: metrics.map((metric) => makeSeries(group, family, metric)),
    describe: (i) => {
      const metric = metrics[i]
      return metric ? describeMetric(name, type, group.merge(metric.labels), metric) : name
    },
  }
}

/**
 * Labels that the format gives a meaning of its own: a bound, or a name that is reserved. (The
 * original lets `le` from the URL pass, and then every scrape fails.)
 */
export function labelClashes(group: GroupLabels, family: MetricFamily): string[] {
  const { name, type, metrics } = family
  const bound = boundLabel(type)
  const boundInGroup = bound !== undefined && group.has(bound)
  const clashes: string[] = []
  for (const metric of metrics) {
    const reserved = reservedLabel(metric.labels)
    const twice = sameEscaped(group, metric.labels)
    if (!boundInGroup && reserved === undefined && twice === undefined) continue
    const described = describeMetric(name, type, group.merge(metric.labels), metric)
    if (boundInGroup) clashes.push(`${described} must not have an explicit "${bound}" label`)
    if (reserved) clashes.push(`${described} has a label with an invalid name: ${reserved}`)
    if (twice) clashes.push(`${described} has two or more labels that are written as ${twice}`)
  }
  return clashes
}

function reservedLabel(labels: readonly LabelPair[]): string | undefined {
  for (const { name } of labels) if (name.startsWith('__')) return name
  return undefined
}

/** a.b and a_b are one name for a scraper that takes only legacy names, and its whole scrape fails. */
function sameEscaped(group: GroupLabels, own: readonly LabelPair[]): string | undefined {
  const isLegacy = (label: LabelPair) => isValidLabelName(label.name, 'legacy')
  if (group.isLegacy && own.every(isLegacy)) return undefined
  const seen = new Set<string>()
  for (const { name } of group.merge(own)) {
    const escaped = escapeWrittenName(name, 'underscores')
    if (seen.has(escaped)) return escaped
    seen.add(escaped)
  }
  return undefined
}

function boundLabel(type: MetricType): string | undefined {
  if (type === 'summary') return 'quantile'
  return type === 'histogram' || type === 'gaugehistogram' ? 'le' : undefined
}

function makeSeries(group: GroupLabels, family: MetricFamily, metric: Metric): Series {
  if ('value' in metric) {
    const source = Object.is(metric.value, -0) ? '-0' : undefined
    return new Series(group, group.render(metric.labels), formatValue(metric.value), source)
  }
  const labels: LabelPair[] = group.merge(metric.labels)
  const text = flat(encodeMetric(family, { ...metric, labels }, 'allow-utf-8'))
  return new Series(group, renderLabels(labels), text, withoutAddedInfinity(metric, text))
}

/** The lines without the bucket for +Inf, where it was the encoder who added it. */
function withoutAddedInfinity(metric: Metric, text: string): string | undefined {
  if (!('buckets' in metric)) return undefined
  if (metric.buckets.some(([le]) => le === Number.POSITIVE_INFINITY)) return undefined
  // It is the last line before _sum and _count; newlines in label values are escaped.
  let end = text.length
  for (let lines = 0; lines < 2; lines++) end = text.lastIndexOf('\n', end - 2) + 1
  const start = text.lastIndexOf('\n', end - 2) + 1
  return text.slice(0, start) + text.slice(end)
}

/** The text as one string: V8 would keep each of the pieces it was put together from. */
function flat(text: string): string {
  return Buffer.from(text).toString()
}
