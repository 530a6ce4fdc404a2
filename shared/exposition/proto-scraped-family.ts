/** The head of a scraped protobuf family: what Prometheus checks of it, and where its metrics are. */
import type { MetricType } from './family.ts'
import { type RawFamily, typeOf } from './proto-family.ts'
import type { WireReader } from './proto-reader.ts'
import { familyWithoutMetrics, type Range } from './proto-schema.ts'
import type { ScrapedFamily } from './proto-table.ts'
import { ScrapeParseError } from './scrape-error.ts'
import { quoteStray } from './stray-bytes.ts'

export type FamilyHead = { readonly family: ScrapedFamily; readonly metrics: readonly Range[] }

/**
 * Reads the family in bytes [start, end) but for its metrics. `check` says whether its name, help
 * and type are good, to be called when its first metric was read: upstream finds fault in that order. A family
 * without metrics is not checked. Units are not, since Prometheus 3.14.
 */
export function readHead(
  reader: WireReader,
  start: number,
  end: number,
  firstMetric: number,
): FamilyHead & { check(): void } {
  reader.at = start
  const raw: RawFamily = reader.message(familyWithoutMetrics, end)
  const { name = '', help = '', unit = '', metric: metrics = [] } = raw
  const type = typeOf(raw)
  const lengths = outerLengths(reader.bytes, start, end, metrics)
  return {
    family: { name, help, unit, type: type ?? 'unknown', firstMetric, ...lengths },
    metrics,
    check: () => check(name, help, type, raw.type),
  }
}

function check(name: string, help: string, type: MetricType | undefined, number = 0): void {
  if (name === '' || !name.isWellFormed()) refuse(`invalid metric name: ${name.toWellFormed()}`)
  if (!help.isWellFormed()) {
    const cut = help.slice(0, 1000).toWellFormed()
    refuse(`invalid help for metric ${quoteStray(name)}: ${cut}`)
  }
  if (type === undefined) refuse(`unknown metric type for metric ${quoteStray(name)}: ${number}`)
}

function refuse(message: string): never {
  throw new ScrapeParseError(message)
}

/** How much stands before the first metric and behind the last; -1 if there is more between metrics. */
function outerLengths(
  bytes: Uint8Array,
  start: number,
  end: number,
  metrics: readonly Range[],
): { headLength: number; tailLength: number } {
  const [first] = metrics
  const last = metrics.at(-1)
  if (first === undefined || last === undefined) return { headLength: end - start, tailLength: 0 }
  let at = first.start - prefixLength(bytes, first)
  const headLength = at - start
  for (const range of metrics) {
    if (range.start - prefixLength(bytes, range) !== at) return { headLength: -1, tailLength: -1 }
    at = range.end
  }
  return { headLength, tailLength: end - at }
}

/** Of tag and length, when both are written as short as can be; they are compared as such. */
function prefixLength(bytes: Uint8Array, { start, end }: Range): number {
  const length = 1 + lengthSize(end - start)
  return bytes[start - length] === metricTag ? length : Number.NaN
}

/**
 * The length that is written at `start`, for what ends at `end` or before; -1 when there is none, it is
 * longer than that, or not written as short as can be. What it is the length of starts lengthSize() on.
 */
export function shortLength(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start, shift = 0; at < end && shift < 28; at++, shift += 7) {
    const byte = bytes[at] as number
    value |= (byte & 0x7f) << shift
    if (byte >= 0x80) continue
    return (byte === 0 && shift > 0) || value > end - at - 1 ? -1 : value
  }
  return -1
}

/** How many bytes a length takes. */
export function lengthSize(length: number): number {
  return length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 2 ** 28 ? 4 : 5
}

/** Field 4, delimited. */
export const metricTag = 0x22
