/** The unchanging pieces of a page in each format: what stands above a family, before a value, and whole metrics. */
import type { FamilyDeclaration } from './declare.ts'
import { encodeHeader, encodeMetric } from './encode.ts'
import type { LabelPair, Metric, MetricFamily } from './family.ts'
import type { Format } from './negotiate.ts'
import { headerMessage, metricMessage } from './proto-message.ts'
import { type Message, metricFamily } from './proto-schema.ts'
import { WireWriter } from './proto-wire.ts'
import { type Described, SeriesText } from './text.ts'

export type Pieces = {
  header(family: Described): Uint8Array
  /** All of a series up to its value. */
  series(declaration: FamilyDeclaration, labels: readonly LabelPair[]): Uint8Array
  /** All lines of a metric. Throws a TypeError when it cannot be written. */
  metric(family: Pick<MetricFamily, 'name' | 'type'>, metric: Metric): Uint8Array
}

/** Of protobuf, a page has the delimited form. */
export function piecesOf({ kind, escaping }: Format): Pieces {
  if (kind === 'protobuf') {
    return {
      header: (family) => fields(headerMessage(family, escaping)),
      // The value is the last field of the last field.
      series: (declaration, labels) =>
        fields({
          metric: [metricMessage(declaration, { labels, value: 0 }, escaping)],
        }).subarray(0, -protoValueLength),
      metric: (family, metric) => fields({ metric: [metricMessage(family, metric, escaping)] }),
    }
  }
  const text = new SeriesText(escaping)
  return {
    header: (family) => Buffer.from(encodeHeader(family, escaping, kind)),
    series: ({ name }, labels) => Buffer.from(`${text.write(name, labels)} `),
    metric: (family, metric) => Buffer.from(encodeMetric(family, metric, escaping, kind, text)),
  }
}

/** A double. */
export const protoValueLength = 8

/** Some fields of a MetricFamily. */
function fields(message: Message): Buffer {
  const writer = new WireWriter()
  writer.prepend(metricFamily, message)
  return writer.finished()
}
