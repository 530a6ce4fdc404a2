/** Turns the families of the writer corpus (protobuf as JSON) into our data model. */
import type {
  Bucket,
  Exemplar,
  LabelPair,
  Metric,
  MetricFamily,
  MetricType,
} from '../../../shared/exposition/family.ts'

type Num = number | string
type JsonLabel = { name?: string; value?: string }
type JsonExemplar = { label?: JsonLabel[]; value?: Num; timestamp?: string }
type JsonNumber = { value?: Num; exemplar?: JsonExemplar }
type JsonMetric = {
  label?: JsonLabel[]
  timestampMs?: string
  counter?: JsonNumber & { createdTimestamp?: string }
  gauge?: JsonNumber
  untyped?: JsonNumber
  summary?: {
    sampleCount?: Num
    sampleSum?: Num
    quantile?: { quantile?: Num; value?: Num }[]
    createdTimestamp?: string
  }
  histogram?: {
    sampleCount?: Num
    sampleCountFloat?: Num
    sampleSum?: Num
    createdTimestamp?: string
    bucket?: {
      cumulativeCount?: Num
      cumulativeCountFloat?: Num
      upperBound?: Num
      exemplar?: JsonExemplar
    }[]
  }
}
export type JsonFamily = {
  name?: string
  help?: string
  unit?: string
  type?: string | number
  metric?: JsonMetric[]
}

/** The family as decoders would hand it over. */
export function fromProtoJson(json: JsonFamily): MetricFamily {
  const type = types[json.type ?? 'COUNTER'] ?? 'unknown'
  return {
    name: json.name ?? '',
    type,
    ...(typeof json.type === 'number' && !(json.type in types) ? { typeNumber: json.type } : {}),
    ...(json.help === undefined ? {} : { help: json.help }),
    ...(json.unit === undefined ? {} : { unit: json.unit }),
    metrics: (json.metric ?? []).map((metric) => fromMetric(metric, type)),
  }
}

const types: Readonly<Record<string, MetricType>> = {
  COUNTER: 'counter',
  GAUGE: 'gauge',
  SUMMARY: 'summary',
  UNTYPED: 'unknown',
  HISTOGRAM: 'histogram',
  GAUGE_HISTOGRAM: 'gaugehistogram',
}

/** A metric whose value is of another type than its family's stays without value. */
function fromMetric(json: JsonMetric, type: MetricType): Metric {
  const { summary, histogram } = json
  const created = (json.counter ?? summary ?? histogram)?.createdTimestamp
  const base = {
    labels: fromLabels(json.label),
    ...(json.timestampMs === undefined ? {} : { timestampMs: BigInt(json.timestampMs) }),
    ...(created === undefined ? {} : { createdNs: nanoseconds(created) }),
  }
  if (type === 'summary' && summary !== undefined) {
    const quantiles = (summary.quantile ?? []).map(
      (entry) => [Number(entry.quantile ?? 0), Number(entry.value ?? 0)] as const,
    )
    const count = BigInt(summary.sampleCount ?? 0)
    return { ...base, count, sum: Number(summary.sampleSum ?? 0), quantiles }
  }
  if ((type === 'histogram' || type === 'gaugehistogram') && histogram !== undefined) {
    const buckets = (histogram.bucket ?? []).map(
      (bucket): Bucket => [
        Number(bucket.upperBound ?? 0),
        count(bucket.cumulativeCount, bucket.cumulativeCountFloat),
        fromExemplar(bucket.exemplar).exemplar,
      ],
    )
    const total = count(histogram.sampleCount, histogram.sampleCountFloat)
    return { ...base, count: total, sum: Number(histogram.sampleSum ?? 0), buckets }
  }
  const simple = { counter: json.counter, gauge: json.gauge, unknown: json.untyped }
  const carried = type in simple ? simple[type as keyof typeof simple] : undefined
  if (carried === undefined) return { ...base, valueless: true }
  return { ...base, value: Number(carried.value ?? 0), ...fromExemplar(carried.exemplar) }
}

function fromLabels(labels: readonly JsonLabel[] | undefined): LabelPair[] {
  return (labels ?? []).map(({ name = '', value = '' }) => ({ name, value }))
}

function fromExemplar(json: JsonExemplar | undefined): { exemplar?: Exemplar } {
  if (json === undefined) return {}
  const time = json.timestamp === undefined ? {} : { timestampNs: nanoseconds(json.timestamp) }
  return { exemplar: { labels: fromLabels(json.label), value: Number(json.value ?? 0), ...time } }
}

/** RFC 3339 with up to nine decimals. */
function nanoseconds(text: string): bigint {
  const [, seconds = '', fraction = ''] = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(text) ?? []
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
}

/** Float counts are used when they are not zero. */
function count(integer: Num | undefined, float: Num | undefined): bigint | number {
  const value = Number(float ?? 0)
  return value > 0 ? value : BigInt(integer ?? 0)
}
