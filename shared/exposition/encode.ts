/** The reference encoder: families to the bytes that Go's expfmt writes, in the order they are given. */
import { encodeProtobuf } from './encode-protobuf.ts'
import type {
  Bucket,
  Exemplar,
  LabelPair,
  Metric,
  MetricFamily,
  MetricType,
  Summary,
} from './family.ts'
import type { EscapingScheme } from './names.ts'
import type { Format } from './negotiate.ts'
import { formatFloat, formatValue } from './number.ts'
import {
  type Described,
  endOfPage,
  openMetricsHeader,
  SeriesText,
  textHeader,
  textSeries,
} from './text.ts'

export type EncodeOptions = {
  /** OpenMetrics: a `_created` line behind each metric that knows when its counting began. */
  readonly created?: boolean
}

/**
 * Writes families, metrics and labels as they come; ordering them is up to the caller. Throws a
 * TypeError for a family without name, for one without metrics in the text format, and for a metric
 * without the value its type asks for; protobuf has words for all but a value of another type.
 */
export function encode(
  families: Iterable<MetricFamily>,
  format: Format,
  options: EncodeOptions = {},
): Uint8Array {
  const { kind, escaping } = format
  if (kind === 'protobuf') return encodeProtobuf(families, format)
  const series = new SeriesText(escaping)
  const pieces: Buffer[] = []
  let text = ''
  for (const family of families) {
    checkFamily(family, format)
    text += encodeHeader(family, escaping, kind)
    for (const metric of family.metrics) {
      text += encodeMetric(family, metric, escaping, kind, series)
      if (options.created === true) text += createdLine(family, metric, format)
      if (text.length < pieceLength) continue
      pieces.push(Buffer.from(text))
      text = ''
    }
  }
  pieces.push(Buffer.from(kind === 'openmetrics' ? text + endOfPage : text))
  return Buffer.concat(pieces)
}

/** A string put together from 12 MB of lines takes six times as long to copy out as small ones. */
const pieceLength = 16_384

/** The lines above a family's metrics. */
export function encodeHeader(
  family: Described,
  escaping: EscapingScheme,
  kind: Format['kind'],
): string {
  return kind === 'openmetrics' ? openMetricsHeader(family, escaping) : textHeader(family, escaping)
}

/**
 * All lines of one metric, without the family's header. Throws as encode() does. Who has many metrics
 * brings the `series` that they share.
 */
export function encodeMetric(
  family: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
  escaping: EscapingScheme,
  kind: Format['kind'] = 'text',
  series = new SeriesText(escaping),
): string {
  const writer = new LineWriter(family.name, metric, series, kind === 'openmetrics')
  switch (family.type) {
    case 'summary':
      return summaryLines(family, metric, writer)
    case 'histogram':
    case 'gaugehistogram':
      return histogramLines(family, metric, writer)
    default: {
      if (!('value' in metric)) throw wrongKind(family)
      const exemplar = family.type === 'counter' ? metric.exemplar : undefined
      return writer.line('', metric.labels, writer.float(metric.value), exemplar)
    }
  }
}

/** Without a timestamp, and with the labels of the metric only. */
function createdLine(family: MetricFamily, metric: Metric, { kind, escaping }: Format): string {
  const { createdNs, labels } = metric
  if (createdNs === undefined || kind !== 'openmetrics' || !counts.has(family.type)) return ''
  const base = family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name
  return `${textSeries(`${base}_created`, labels, escaping)} ${seconds(createdNs)}\n`
}

const counts: ReadonlySet<MetricType> = new Set(['counter', 'histogram', 'summary'])

function checkFamily(family: MetricFamily, format: Format): void {
  if (family.metrics.length === 0 && format.kind === 'text') {
    throw new TypeError(`cannot encode family ${JSON.stringify(family.name)}: it has no metrics`)
  }
  if (family.name === '') throw new TypeError('cannot encode a family without a name')
}

function wrongKind(family: Pick<MetricFamily, 'name' | 'type'>): TypeError {
  const name = JSON.stringify(family.name)
  return new TypeError(`cannot encode family ${name}: a metric has no ${family.type} value`)
}

/** How one metric's lines are written in a format. */
class LineWriter {
  readonly #name: string
  readonly #series: SeriesText
  readonly #isOpen: boolean
  readonly #time: string
  readonly #hasFloatCounts: boolean

  constructor(name: string, metric: Metric, series: SeriesText, isOpen: boolean) {
    this.#name = name
    this.#series = series
    this.#isOpen = isOpen
    this.#hasFloatCounts = 'floatCounts' in metric
    const { timestampMs } = metric
    const open = isOpen && timestampMs !== undefined
    const time = open ? formatFloat(Number(timestampMs) / 1000) : timestampMs
    this.#time = time === undefined ? '' : ` ${time}`
  }

  line(suffix: string, labels: readonly LabelPair[], value: string, exemplar?: Exemplar): string {
    const series = this.#series.write(this.#name + suffix, labels)
    const note = this.#isOpen && exemplar ? exemplarText(exemplar, this.#series) : ''
    return `${series} ${value}${this.#time}${note}\n`
  }

  float(value: number): string {
    return this.#isOpen ? formatFloat(value) : formatValue(value)
  }

  /** OpenMetrics writes counts as integers, text as floats (1e+06). */
  count(value: bigint | number): string {
    if (!this.#isOpen) return formatValue(Number(value))
    return countText(this.#name, value, this.#hasFloatCounts)
  }
}

/** Upstream writes an exemplar only if it has a label. */
function exemplarText(exemplar: Exemplar, series: SeriesText): string {
  if (exemplar.labels.length === 0) return ''
  const labels = series.write('x', exemplar.labels).slice(1)
  const { timestampNs } = exemplar
  const time = timestampNs === undefined ? '' : ` ${seconds(timestampNs)}`
  return ` # ${labels} ${formatFloat(exemplar.value)}${time}`
}

function seconds(nanoseconds: bigint): string {
  return formatFloat(Number(nanoseconds) / 1e9)
}

function countText(name: string, count: bigint | number, isFloat: boolean): string {
  if (typeof count === 'bigint') return String(count)
  if (Number.isInteger(count) && !(isFloat && count > 0)) return String(BigInt(count))
  throw new TypeError(
    `cannot encode family ${JSON.stringify(name)}: openmetrics has integer counts only, got the float ${count}`,
  )
}

/** `quantile` stands last, behind the metric's own labels. */
function summaryLines(
  family: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
  writer: LineWriter,
): string {
  if (!('quantiles' in metric)) throw wrongKind(family)
  const { labels } = metric
  let text = ''
  for (const [quantile, value] of metric.quantiles) {
    const last = { name: 'quantile', value: writer.float(quantile) }
    text += writer.line('', [...labels, last], writer.float(value))
  }
  return text + totalLines(metric, writer)
}

function totalLines(metric: Metric & Pick<Summary, 'sum' | 'count'>, writer: LineWriter): string {
  const { labels, sum, count } = metric
  const text = sum === undefined ? '' : writer.line('_sum', labels, writer.float(sum))
  return count === undefined ? text : text + writer.line('_count', labels, writer.count(count))
}

/** `le` stands last; a missing bucket for +Inf is the count. */
function histogramLines(
  family: Pick<MetricFamily, 'name' | 'type'>,
  metric: Metric,
  writer: LineWriter,
): string {
  if (!('buckets' in metric)) throw wrongKind(family)
  const { labels, buckets, count } = metric
  const isWhole = count === undefined || buckets.some(([le]) => le === Number.POSITIVE_INFINITY)
  let text = ''
  for (const [le, upTo, exemplar] of isWhole ? buckets : [...buckets, infinity(count)]) {
    const last = { name: 'le', value: writer.float(le) }
    text += writer.line('_bucket', [...labels, last], writer.count(upTo), exemplar)
  }
  return text + totalLines(metric, writer)
}

function infinity(count: bigint | number): Bucket {
  return [Number.POSITIVE_INFINITY, count]
}
