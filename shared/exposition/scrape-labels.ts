/** Name and labels of a scraped series, from the offsets its reader left, with the checks that Prometheus makes when a series is new. */

import { isUtf8 } from 'node:buffer'
import type { LabelPair } from './family.ts'
import { quoteBytes, quoteText } from './go-quote.ts'
import { formatValue, parseValue } from './number.ts'
import { ScrapeParseError } from './scrape-error.ts'

/** The TYPE that was in force where a series stands; it decides which label holds a number. */
export type BoundType = 'histogram' | 'summary' | 'other'

export type SeriesLabels = { readonly name: string; readonly labels: readonly LabelPair[] }

/**
 * Reads `marks` (see Entry). Values of `le` in histograms and of `quantile` in summaries are put in
 * the form OpenMetrics has for them (1 becomes 1.0), as Prometheus does since 3.0 in both formats.
 * Throws ScrapeParseError for what Prometheus refuses to store: no name, a name that is not UTF-8, a
 * label name used twice.
 */
export function readSeriesLabels(
  bytes: Uint8Array,
  marks: readonly number[],
  type: BoundType,
): SeriesLabels {
  const text = (mark: number): string => readText(bytes, marks[mark] ?? 0, marks[mark + 1] ?? 0)
  const name = unescaped(text(0))
  const labels: LabelPair[] = []
  for (let mark = 2; mark < marks.length; mark += 4) {
    const labelName = unescaped(text(mark))
    labels.push({ name: labelName, value: normalize(type, labelName, unescaped(text(mark + 2))) })
  }
  check(bytes, marks, name, labels)
  return { name, labels }
}

function check(
  bytes: Uint8Array,
  marks: readonly number[],
  name: string,
  labels: readonly LabelPair[],
): void {
  if (name === '') refuse('missing metric name (__name__ label)')
  for (let mark = 0; mark < marks.length; mark += mark === 0 ? 2 : 4) {
    const raw = bytes.subarray(marks[mark], marks[mark + 1])
    if (raw.length > 0 && isUtf8(raw)) continue
    const shown = quoteBytes(Buffer.from(raw).toString('latin1'))
    refuse(`invalid metric name or label names: ${shown} in series ${name}`)
  }
  const names = new Set(['__name__'])
  for (const label of labels) {
    if (names.has(label.name)) {
      refuse(`label name ${quoteText(label.name)} is not unique: invalid sample`)
    }
    names.add(label.name)
  }
}

/** The sample was read and counts as scraped, but nothing can be stored under such a name. */
function refuse(message: string): never {
  const error = new ScrapeParseError(message)
  error.samples = 1
  throw error
}

function normalize(type: BoundType, name: string, value: string): string {
  const bound = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined
  if (name !== bound) return value
  const number = parseValue(value) ?? parseHex(value)
  if (number === undefined) return value
  const text = formatValue(number)
  return Number.isFinite(number) && !/[.e]/.test(text) ? `${text}.0` : text
}

/** Go reads hex floats (0x1p-3) here, though not in sample values. */
function parseHex(value: string): number | undefined {
  const match = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?[0-9]+)$/i.exec(value)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent] = match
  const digits = Number(`0x${whole}${fraction}`)
  const magnitude = digits * 2 ** (Number(exponent) - 4 * fraction.length)
  if (!Number.isFinite(magnitude)) return undefined
  return sign === '-' ? -magnitude : magnitude
}

export function readText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
}

/** Only these three are escapes; a backslash before anything else stays, as Prometheus reads it. */
function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(["\\n])/g, escapedChar) : text
}

/** HELP text; the text format has no escaped quotation mark in it. */
export function readHelp(
  bytes: Uint8Array,
  start: number,
  end: number,
  format: 'text' | 'openmetrics',
): string {
  const text = readText(bytes, start, end)
  return format === 'openmetrics' ? unescaped(text) : text.replaceAll(/\\([\\n])/g, escapedChar)
}

function escapedChar(_: string, char: string): string {
  return char === 'n' ? '\n' : char
}
