/**
 * What is kept of one prom-client metric between refreshes. Mostly it has the label sets it had before,
 * in the same order: then counters and gauges only carry their numbers over into series of a registry, and
 * of histograms and summaries only those that counted something are made again.
 */
import type { FamilyDeclaration } from './exposition/declare.ts'
import type { LabelPair, Metric, MetricFamily } from './exposition/family.ts'
import type { Registry, Series } from './exposition/registry.ts'
import {
  keyOf,
  type PromClientContent,
  type PromClientLabels,
  type PromClientValue,
  pairs,
  promClientFamily,
  promClientType,
} from './prom-client-family.ts'

/** A label set as prom-client has it: names and values in its order. */
type Place = {
  readonly metricName: string | undefined
  readonly names: readonly string[]
  readonly texts: readonly unknown[]
  /** Of counters and gauges. */
  readonly series: Series | undefined
  /** Of histograms and summaries: which of the family's metrics it is part of, and as what. */
  readonly metric: number
  /** Index of its bucket or quantile, else one of these. */
  readonly part: number
}

const sumPart = -1
const countPart = -2

export class KeptMetric {
  readonly #registry: Registry
  readonly #defaults: PromClientLabels | undefined
  readonly #content: Pick<PromClientContent, 'name' | 'help' | 'type'>
  readonly #declarations = new Map<string, FamilyDeclaration>()
  /** By position in the metric's values. */
  #places: readonly Place[] = []
  /** By position; of histograms and summaries. */
  #values: readonly number[] = []
  #family: MetricFamily | undefined

  constructor(
    registry: Registry,
    content: Pick<PromClientContent, 'name' | 'help' | 'type'>,
    defaults: PromClientLabels | undefined,
  ) {
    this.#registry = registry
    this.#content = { name: content.name, help: content.help, type: content.type }
    this.#defaults = defaults
  }

  /** Whether the metric is still the one whose series these are. */
  isOf({ name, help, type }: PromClientContent): boolean {
    const kept = this.#content
    return name === kept.name && help === kept.help && type === kept.type
  }

  /**
   * Sets the series of a counter or gauge, between begin() and end() of the registry. False, with none of
   * them set, when they are for familyOf(): exemplars have no place in a registry, nor has the same label
   * set twice, and `hasRoom` says whether label names that are new may become a declaration, which
   * stays for good.
   */
  setSeries({ type, values }: PromClientContent, hasRoom: boolean): boolean {
    if (isCompound(type) || typeof this.#content.help !== 'string') return false
    let places: Place[] | undefined
    let next = 0
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as PromClientValue
      if (value.exemplar || typeof value.value !== 'number') return false
      const known = this.#places[next]
      if (known !== undefined && isPlaceOf(known, value)) {
        places?.push(known)
        next++
        continue
      }
      places ??= this.#places.slice(0, index)
      // One that left is passed over.
      const after = this.#places[next + 1]
      const moved = after !== undefined && isPlaceOf(after, value)
      const place = moved ? after : this.#newPlace(value, hasRoom)
      if (place === undefined) return false
      if (moved) next += 2
      places.push(place)
    }
    if (next !== this.#places.length) places ??= this.#places.slice(0, values.length)
    if (places !== undefined) {
      if (new Set(places.map(({ series }) => series)).size < places.length) return false
      this.#places = places
    }
    for (const [index, { series }] of this.#places.entries()) {
      series?.set(values[index]?.value ?? Number.NaN)
    }
    return true
  }

  /** The same object as last time when nothing changed. Throws a TypeError on what no page could show. */
  familyOf(content: PromClientContent): MetricFamily {
    const { type, values } = content
    const known = promClientType(type)
    if (known !== 'histogram' && known !== 'summary')
      return promClientFamily(content, this.#defaults)
    if (this.#family === undefined || !this.#hasPlacesOf(values)) {
      this.#family = undefined
      this.#family = promClientFamily(content, this.#defaults)
      this.#keepPlaces(known, values)
      return this.#family
    }
    const changed = this.#changedMetrics(values)
    if (changed.size === 0) return this.#family
    const metrics = [...this.#family.metrics]
    for (const [index, places] of changed) {
      metrics[index] = withValues(metrics[index] as Metric, places, values)
    }
    this.#values = values.map(({ value }) => value)
    this.#family = { ...this.#family, metrics }
    return this.#family
  }

  #newPlace(value: PromClientValue, hasRoom: boolean): Place | undefined {
    const labels = pairs(value.labels, this.#defaults)
    const series = this.#seriesOf(labels, hasRoom)
    return series && { ...namesOf(value), series, metric: -1, part: -1 }
  }

  /** Undefined where the registry takes no such series. */
  #seriesOf(labels: readonly LabelPair[], hasRoom: boolean): Series | undefined {
    const labelNames = labels.map((label) => label.name)
    const key = JSON.stringify(labelNames)
    let declaration = this.#declarations.get(key)
    if (declaration === undefined) {
      if (!hasRoom) return undefined
      const { name, help, type } = this.#content
      declaration = { name, help, type: promClientType(type), labelNames }
      this.#declarations.set(key, declaration)
    }
    try {
      return this.#registry.series(declaration, ...labels.map((label) => label.value))
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }

  #hasPlacesOf(values: readonly PromClientValue[]): boolean {
    if (values.length !== this.#places.length) return false
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as PromClientValue
      if (value.exemplar || !isPlaceOf(this.#places[index] as Place, value)) return false
    }
    return true
  }

  #keepPlaces(type: 'histogram' | 'summary', values: readonly PromClientValue[]): void {
    const { name } = this.#content
    const bound = type === 'histogram' ? 'le' : 'quantile'
    const metrics = new Map<string, number>()
    const points: number[] = []
    this.#places = values.map((value) => {
      const key = keyOf(value.labels, bound)
      const metric = metrics.get(key) ?? metrics.size
      metrics.set(key, metric)
      const place = { ...namesOf(value), series: undefined, metric }
      if (value.metricName === `${name}_sum`) return { ...place, part: sumPart }
      if (value.metricName === `${name}_count`) return { ...place, part: countPart }
      // A second bucket for +Inf took the place of the first.
      const have = points[metric] ?? 0
      const part = Math.min(have, pointCount(this.#family?.metrics[metric]) - 1)
      points[metric] = have + 1
      return { ...place, part }
    })
    this.#values = values.map(({ value }) => value)
  }

  /** The positions of all values of the metrics of which one changed, by metric. */
  #changedMetrics(values: readonly PromClientValue[]): Map<number, Map<number, Place>> {
    const changed = new Map<number, Map<number, Place>>()
    for (let index = 0; index < values.length; index++) {
      if (Object.is(values[index]?.value, this.#values[index])) continue
      changed.set(this.#places[index]?.metric ?? -1, new Map())
    }
    if (changed.size === 0) return changed
    for (const [index, place] of this.#places.entries())
      changed.get(place.metric)?.set(index, place)
    return changed
  }
}

function pointCount(metric: Metric | undefined): number {
  if (metric === undefined) return 0
  if ('buckets' in metric) return metric.buckets.length
  return 'quantiles' in metric ? metric.quantiles.length : 0
}

/** A histogram or summary with other values. */
function withValues(
  metric: Metric,
  places: ReadonlyMap<number, Place>,
  values: readonly PromClientValue[],
): Metric {
  const points =
    'buckets' in metric ? metric.buckets : 'quantiles' in metric ? metric.quantiles : []
  const changed = points.map(([bound, value]): [number, number] => [bound, Number(value)])
  let sum = 0
  let count = 0
  for (const [index, { part }] of places) {
    const value = values[index]?.value ?? Number.NaN
    const point = changed[part]
    if (part === sumPart) sum = value
    else if (part === countPart) count = value
    else if (point !== undefined) point[1] = value
  }
  const { labels } = metric
  return 'buckets' in metric
    ? { labels, sum, count, buckets: changed }
    : { labels, sum, count, quantiles: changed }
}

function isCompound(type: unknown): boolean {
  return type === 'histogram' || type === 'summary'
}

/** Whether it has the same labels in the same order. */
function isPlaceOf({ metricName, names, texts }: Place, value: PromClientValue): boolean {
  if (metricName !== value.metricName) return false
  const { labels } = value
  let count = 0
  for (const name in labels) {
    if (names[count] !== name || texts[count] !== labels[name]) return false
    count++
  }
  return count === names.length
}

function namesOf({
  metricName,
  labels,
}: PromClientValue): Pick<Place, 'metricName' | 'names' | 'texts'> {
  const names = Object.keys(labels)
  // An object may say another thing the next time: it is never the same.
  const texts = names.map((name) =>
    typeof labels[name] === 'object' ? Symbol(name) : labels[name],
  )
  return { metricName, names, texts }
}
