/**
 * One scraped protobuf metric to samples, by Prometheus' rules: counts and sums before quantiles and
 * buckets, bounds in the form OpenMetrics has for them, a bucket for +Inf where there is none.
 *
 * Native histograms have no place among samples that are numbers. As Prometheus does when it keeps
 * classic buckets beside native ones, a histogram that has both gives its classic series; one that is
 * native only is checked and gives none.
 */
import type { LabelPair, MetricType } from './family.ts'
import { formatFloat } from './number.ts'
import { countOf, type RawHistogram, type RawMetric, type RawSummary } from './proto-family.ts'
import type { WireReader } from './proto-reader.ts'
import { labelPair, type Range, scrapedMetric } from './proto-schema.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { quoteStray } from './stray-bytes.ts'

/** A sample of a metric; `suffix` and the label of the bound tell it from the others. */
export type MetricSample = {
  readonly suffix: '' | '_count' | '_sum' | '_bucket'
  readonly bound: LabelPair | undefined
  readonly value: number
}

export type MetricSamples = {
  readonly labels: readonly LabelPair[]
  readonly samples: readonly MetricSample[]
  /** NaN where the metric has none of its own; 0 counts as none. */
  readonly timestampMs: number
}

/** The fields of a metric but for its labels, of which it knows where they are. */
export type OpenMetric = Omit<RawMetric, 'label' | 'histogram'> & {
  readonly label?: readonly Range[]
  readonly histogram?: ScrapedHistogram
}

type ScrapedHistogram = Omit<RawHistogram, 'negative_delta' | 'positive_delta'> & {
  readonly negative_delta?: readonly 0[]
  readonly positive_delta?: readonly 0[]
}

/** Reads the fields of the metric in bytes [start, end). */
export function readFields(reader: WireReader, start: number, end: number): OpenMetric {
  reader.at = start
  return reader.message(scrapedMetric, end)
}

/** The samples of a metric whose fields were read. Throws ScrapeParseError. */
export function metricSamples(
  reader: WireReader,
  name: string,
  type: MetricType,
  raw: OpenMetric,
): MetricSamples {
  const labels = (raw.label ?? []).map((range) => readLabel(reader, range))
  const timestampMs = Number(raw.timestamp_ms ?? 0n)
  return {
    labels,
    samples: samplesOf(name, type, raw),
    timestampMs: timestampMs === 0 ? Number.NaN : timestampMs,
  }
}

/** Whether it is native: spans, or something in or around zero. */
export function isNativeRaw(raw: ScrapedHistogram): boolean {
  const { positive_span, negative_span, zero_threshold = 0, zero_count = 0n } = raw
  return (
    (positive_span?.length ?? 0) > 0 ||
    (negative_span?.length ?? 0) > 0 ||
    zero_threshold > 0 ||
    zero_count > 0n
  )
}

function readLabel(reader: WireReader, { start, end }: Range): LabelPair {
  reader.at = start
  const { name = '', value = '' }: Partial<LabelPair> = reader.message(labelPair, end)
  if (name === '' || !name.isWellFormed()) {
    throw new ScrapeParseError(`invalid label name: ${name.toWellFormed()}`)
  }
  if (!value.isWellFormed()) {
    throw new ScrapeParseError(`invalid label value: ${value.toWellFormed()}`)
  }
  return { name, value }
}

function samplesOf(name: string, type: MetricType, raw: OpenMetric): MetricSample[] {
  switch (type) {
    case 'counter':
      return [simple(raw.counter?.value)]
    case 'gauge':
      return [simple(raw.gauge?.value)]
    case 'summary':
      return summarySamples(raw.summary ?? {})
    case 'histogram':
    case 'gaugehistogram':
      return histogramSamples(name, raw.histogram ?? {})
    default:
      return [simple(raw.untyped?.value)]
  }
}

function simple(value = 0): MetricSample {
  return { suffix: '', bound: undefined, value }
}

function totals(count: bigint | number, sum = 0): MetricSample[] {
  return [
    { suffix: '_count', bound: undefined, value: Number(count) },
    { suffix: '_sum', bound: undefined, value: sum },
  ]
}

function summarySamples({ sample_count = 0n, sample_sum, quantile }: RawSummary): MetricSample[] {
  const samples = totals(sample_count, sample_sum)
  for (const { quantile: at = 0, value = 0 } of quantile ?? []) {
    samples.push({ suffix: '', bound: { name: 'quantile', value: formatFloat(at) }, value })
  }
  return samples
}

function histogramSamples(name: string, raw: ScrapedHistogram): MetricSample[] {
  const { bucket = [] } = raw
  if (isNativeRaw(raw)) {
    checkNative(name, raw)
    if (bucket.length === 0) return []
  }
  const count = countOf(raw.sample_count, raw.sample_count_float)
  const samples = totals(count, raw.sample_sum)
  for (const { upper_bound: upper = 0, cumulative_count, cumulative_count_float } of bucket) {
    samples.push(bucketSample(upper, countOf(cumulative_count, cumulative_count_float)))
    // What comes behind the last bucket there can be is not looked at, as upstream.
    if (upper === Number.POSITIVE_INFINITY) return samples
  }
  samples.push(bucketSample(Number.POSITIVE_INFINITY, count))
  return samples
}

function bucketSample(upper: number, count: bigint | number): MetricSample {
  const bound = { name: 'le', value: formatFloat(upper) }
  return { suffix: '_bucket', bound, value: Number(count) }
}

function checkNative(name: string, raw: ScrapedHistogram): void {
  const { sample_count_float = 0, zero_count_float = 0 } = raw
  const isFloat = sample_count_float > 0 || zero_count_float > 0
  for (const side of ['positive', 'negative'] as const) {
    let required = 0
    for (const { length = 0 } of raw[`${side}_span`] ?? []) required += length
    const { length: have } = (isFloat ? raw[`${side}_count`] : raw[`${side}_delta`]) ?? []
    if (have === required) continue
    const what = `${side} side: spans require ${required} buckets, have ${have}`
    throw new ScrapeParseError(`histogram ${quoteStray(name)}: ${what}`)
  }
}
