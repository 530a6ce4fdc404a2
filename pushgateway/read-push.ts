/** The body of a push by its Content-Type and the flags: what is to be stored, and what the journal keeps of it. */

import type { bodyKind } from '../shared/exposition/decode.ts'
import { decodeOpenMetrics } from '../shared/exposition/decode-openmetrics.ts'
import { encode } from '../shared/exposition/encode.ts'
import type { Metric, MetricFamily } from '../shared/exposition/family.ts'
import type { NameScheme } from '../shared/exposition/names.ts'
import { decodePush } from './decode-push.ts'
import { protobuf } from './metrics-of.ts'

export type PushReading = {
  readonly names: NameScheme
  /** --push.timestamps: a push with timestamps is refused when it is stored, or they are dropped here. */
  readonly timestamps: 'reject' | 'drop'
  /** --push.lenient: lines may end in CR LF, and the last one without anything. */
  readonly lenient: boolean
}

export type ReadPush = {
  readonly families: readonly MetricFamily[]
  /** What gives the same families again, by decodePush(). */
  readonly body: Uint8Array
  readonly isProtobuf: boolean
}

/**
 * A body that is OpenMetrics by its type and by its end is read strictly. One that has only the type
 * is text, as all of them are to the original, so that what pushes to it can push here. Throws a
 * ParseError.
 */
export function readPush(
  raw: Buffer,
  kind: ReturnType<typeof bodyKind>,
  { names, timestamps, lenient }: PushReading,
): ReadPush {
  const body = lenient && kind !== 'protobuf' ? withLineEnds(raw) : raw
  const drops = timestamps === 'drop'
  if (kind === 'openmetrics' && endsOpenMetrics(body)) {
    const families = decodeOpenMetrics(body).map(asText)
    const stored = families.filter(({ metrics }) => metrics.length > 0)
    return rewritten(drops ? stored.map(withoutTimestamps) : stored, names)
  }
  const isProtobuf = kind === 'protobuf'
  const families = decodePush(body, isProtobuf, names)
  if (drops && families.some(hasTimestamps))
    return rewritten(families.map(withoutTimestamps), names)
  return { families, body, isProtobuf }
}

const carriageReturn = 0x0d
const lineFeed = 0x0a

function withLineEnds(body: Buffer): Buffer {
  const isWhole = body.length === 0 || body.at(-1) === lineFeed
  if (isWhole && !body.includes(carriageReturn)) return body
  const text = body.toString('latin1').replaceAll('\r\n', '\n').replace(/\r$/, '')
  return Buffer.from(text === '' || text.endsWith('\n') ? text : `${text}\n`, 'latin1')
}

function endsOpenMetrics(body: Buffer): boolean {
  return /(^|\n)# EOF\n?$/.test(
    body.toString('latin1', Math.max(0, body.length - '\n# EOF\n'.length)),
  )
}

/** The text format and protobuf have no info and no stateset: they write them as gauges. */
function asText(family: MetricFamily): MetricFamily {
  const { type } = family
  if (type === 'info' || type === 'stateset') return { ...family, type: 'gauge' }
  return { ...family, metrics: family.metrics.map(completed) }
}

/** Other formats always have count and sum, and read 0 for what is not there, which would be a lie. */
function completed(metric: Metric): Metric {
  if (!('buckets' in metric || 'quantiles' in metric)) return metric
  const all = 'buckets' in metric ? metric.buckets.at(-1)?.[1] : undefined
  const { count = all, sum = Number.NaN } = metric
  return count === undefined ? { ...metric, sum } : { ...metric, count, sum }
}

function hasTimestamps({ metrics }: MetricFamily): boolean {
  return metrics.some(({ timestampMs }) => timestampMs !== undefined)
}

function withoutTimestamps(family: MetricFamily): MetricFamily {
  const metrics = family.metrics.map(({ timestampMs: _, ...metric }) => metric)
  return { ...family, metrics }
}

/** Protobuf holds all that a family can have; read back, so that a restart finds what is stored now. */
function rewritten(families: readonly MetricFamily[], names: NameScheme): ReadPush {
  const body = encode(families, protobuf)
  return { families: decodePush(body, true, names), body, isProtobuf: true }
}
