/**
 * Delimited protobuf to families by the rules of Go's expfmt: what is unknown or of another wire type is
 * passed over, and metric and label names and label values are checked.
 */
import type { Metric, MetricFamily } from './family.ts'
import { isValidLabelName, isValidMetricName, type NameScheme } from './names.ts'
import { ParseError } from './parse-error.ts'
import { metricOf, type RawFamily, type RawMetric, typeOf } from './proto-family.ts'
import { WireReader, type WireRules } from './proto-reader.ts'
import { familyWithoutMetrics, metric } from './proto-schema.ts'
import { quoteStray } from './stray-bytes.ts'

/**
 * Families in the order of the body, those without metrics too, and one name twice where it is there
 * twice. `names` (default 'legacy') says what names may be. A HELP text that is not UTF-8 gets U+FFFD.
 * Throws ParseError, with Go's words.
 */
export function decodeProtobuf(
  body: Uint8Array,
  options: { readonly names?: NameScheme } = {},
): MetricFamily[] {
  const reader = new WireReader(body, rules)
  const families: MetricFamily[] = []
  while (reader.at < body.length) {
    const end = messageEnd(reader)
    families.push(readFamily(reader, end, options.names ?? 'legacy'))
    reader.at = end
  }
  return families
}

const rules: WireRules = {
  isLenient: true,
  fail() {
    throw new ParseError('proto: cannot parse invalid wire-format data')
  },
}

/** Reads the length of a message; gives its end. */
function messageEnd(reader: WireReader): number {
  const { bytes, at: start } = reader
  let last = start
  while (last < start + 10 && (bytes[last] ?? 0) >= 0x80) last++
  if (last === start + 10 || (last === start + 9 && (bytes[last] ?? 0) > 1)) {
    throw new ParseError('proto: variable length integer overflow')
  }
  if (last >= bytes.length) throw new ParseError('unexpected EOF')
  const length = reader.varint(bytes.length)
  if (length > bytes.length - reader.at) throw new ParseError('unexpected EOF')
  return reader.at + length
}

function readFamily(reader: WireReader, end: number, names: NameScheme): MetricFamily {
  const raw: RawFamily = reader.message(familyWithoutMetrics, end)
  const { name = '', help, unit } = raw
  const type = typeOf(raw)
  const metrics: Metric[] = []
  for (const range of raw.metric ?? []) {
    reader.at = range.start
    const read: RawMetric = reader.message(metric, range.end)
    metrics.push(metricOf(type, read))
  }
  checkNames(name, metrics, names)
  return {
    name,
    ...(help === undefined ? undefined : { help: help.toWellFormed() }),
    type: type ?? 'unknown',
    ...(type === undefined ? { typeNumber: raw.type ?? 0 } : undefined),
    ...(unit === undefined ? undefined : { unit: unit.toWellFormed() }),
    metrics,
  }
}

function checkNames(name: string, metrics: readonly Metric[], names: NameScheme): void {
  if (!isValidMetricName(name, names)) {
    throw new ParseError(`invalid metric name ${quoteStray(name)}`)
  }
  for (const { labels } of metrics) {
    for (const label of labels) {
      if (!label.value.isWellFormed()) {
        throw new ParseError(`invalid label value ${quoteStray(label.value)}`)
      }
      if (!isValidLabelName(label.name, names)) {
        throw new ParseError(`invalid label name ${quoteStray(label.name)}`)
      }
    }
  }
}
