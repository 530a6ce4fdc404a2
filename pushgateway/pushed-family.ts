/** A family of a push, made ready for its group: labels merged, lines rendered. */

import { encodeMetric } from '../shared/exposition/encode.ts'
import type { Metric, MetricFamily, MetricType } from '../shared/exposition/family.ts'
import { formatValue } from '../shared/exposition/number.ts'
import { describeMetric, typeName } from './describe.ts'
import type { GroupLabels } from './group-labels.ts'
import { labelClashes } from './label-rules.ts'
import { keptMessage } from './metrics-of.ts'
import { ownCopy } from './own-copy.ts'
import { type RenderedLabels, Series } from './series.ts'

/** As a family of the group that the push goes to has it now. */
export type Held = {
  readonly family: { readonly type: MetricType }
  readonly series: readonly Series[]
}

export class PushedFamily {
  readonly name: string
  readonly type: MetricType
  readonly help: string | undefined
  readonly unit: string | undefined
  /** Not yet on the page. */
  readonly series: readonly Series[]
  readonly #group: GroupLabels
  readonly #metrics: readonly Metric[]

  /** Adds to `clashes` what is wrong with the labels. */
  constructor(group: GroupLabels, family: MetricFamily, held: Held | undefined, clashes: string[]) {
    this.name = family.name
    this.type = family.type
    this.help = family.help
    this.unit = family.unit
    this.#group = group
    this.#metrics = family.metrics
    const sameType = held?.family.type === family.type
    const series: Series[] = []
    for (let i = 0; i < family.metrics.length; i++) {
      const metric = family.metrics[i]
      if (metric === undefined) continue
      // Nearly every push has the labels of the one before, which were rendered and checked then.
      const before = held?.series[i]?.labels
      const labels = group.render(metric.labels, before)
      if (!sameType || labels !== before) {
        for (const reason of labelClashes(group, family.type, metric.labels)) {
          clashes.push(`${this.describe(i)} ${reason}`)
        }
      }
      if ('valueless' in metric) clashes.push(`${this.describe(i)} is not a ${typeName(this.type)}`)
      else series.push(makeSeries(group, family, metric, labels))
    }
    this.series = series
  }

  /** Metric `i` in words, for an error text. */
  describe(i: number): string {
    const metric = this.#metrics[i]
    if (metric === undefined) return this.name
    return describeMetric(this.name, this.type, this.#group.merge(metric.labels), metric)
  }
}

function makeSeries(
  group: GroupLabels,
  family: MetricFamily,
  metric: Metric,
  labels: RenderedLabels,
): Series {
  if ('value' in metric) {
    const isPlain = metric.exemplar === undefined && metric.createdNs === undefined
    const minusZero = Object.is(metric.value, -0) ? '-0' : undefined
    const source = isPlain ? minusZero : keptMessage(family, withLabels(group, metric))
    return new Series(group, labels, formatValue(metric.value), source)
  }
  const whole = withLabels(group, metric)
  const text = ownCopy(encodeMetric(family, whole, 'allow-utf-8'))
  const source = keptMessage(family, whole) ?? withoutAddedInfinity(metric, text)
  return new Series(group, labels, text, source)
}

function withLabels(group: GroupLabels, metric: Metric): Metric {
  return { ...metric, labels: group.merge(metric.labels) }
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
