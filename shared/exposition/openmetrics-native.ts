/** A native histogram on one line, an extension of the reference parser: `h{a="b"} {count:24,sum:100,schema:0,...}`. */

import type { Histogram, NativeBuckets } from './family.ts'
import { readSeries } from './openmetrics-line.ts'
import { indexUnquoted, parseNumber, Refused, shown } from './openmetrics-words.ts'

export type NativeLine = {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly histogram: Required<Pick<Histogram, 'count' | 'sum' | 'native'>>
}

/** Undefined when the line, of a family of type histogram, is an ordinary sample. Throws Refused. */
export function readNativeLine(line: string): NativeLine | undefined {
  let at = indexUnquoted(line, ' {')
  if (at === -1) return undefined
  const brace = line[at] === '{' ? at : -1
  if (brace !== -1) at = indexUnquoted(line, '}', at)
  if (at === -1) throw new Refused('no closing brace after the labels')
  const start = indexUnquoted(line, '{', at + 1)
  if (start === -1) return undefined
  // A brace behind a # is an exemplar's.
  const hash = indexUnquoted(line, '#', at + 1)
  if (hash !== -1 && hash < start) return undefined
  if (indexUnquoted(line, '}', start) === -1) {
    throw new Refused('no closing brace after the native histogram')
  }
  const name = line.slice(0, brace === -1 ? start - 1 : brace)
  if (/_(?:count|sum|bucket|created)$/.test(name)) {
    throw new Refused(`a native histogram has no suffix, got ${shown(name)}`)
  }
  const series =
    brace === -1 ? { name, labels: new Map() } : readSeries(name, line.slice(brace + 1, at))
  return { ...series, histogram: readHistogram(line.slice(start)) }
}

function readHistogram(text: string): NativeLine['histogram'] {
  const items = new Map<string, string>()
  // The look behind keeps a long word from being tried from each of its letters.
  for (const [, key = '', value = ''] of text.matchAll(
    /(?<![\p{L}\p{N}_])([\p{L}\p{N}_]+):\s*([^,}]+)/gu,
  )) {
    items.set(key, value)
  }
  return {
    count: integer(items, 'count'),
    sum: float(items, 'sum'),
    native: {
      schema: Number(integer(items, 'schema')),
      zeroThreshold: float(items, 'zero_threshold'),
      zeroCount: integer(items, 'zero_count'),
      negative: readBuckets(text, 'negative'),
      positive: readBuckets(text, 'positive'),
      exemplars: [],
    },
  }
}

/** No buckets where the text has none in the form wanted. */
function readBuckets(text: string, side: 'negative' | 'positive'): NativeBuckets {
  const [, spans = ''] =
    new RegExp(`${side}_spans:\\[([0-9]+:[0-9]+(?:,[0-9]+:[0-9]+)*)\\]`).exec(text) ?? []
  const [, deltas = ''] =
    new RegExp(`${side}_deltas:\\[(-?[0-9]+(?:,-?[0-9]+)*)\\]`).exec(text) ?? []
  return {
    spans: list(spans).map((span) => {
      const [offset = '', length = ''] = span.split(':')
      return { offset: Number(offset), length: Number(length) }
    }),
    deltas: list(deltas).map((delta) => wholeNumber(delta, `${side} delta`)),
    counts: [],
  }
}

function list(text: string): string[] {
  return text === '' ? [] : text.split(',')
}

function item(items: ReadonlyMap<string, string>, key: string): string {
  const text = items.get(key)
  if (text === undefined) throw new Refused(`the native histogram has no ${key}`)
  return text.trim()
}

function integer(items: ReadonlyMap<string, string>, key: string): bigint {
  return wholeNumber(item(items, key), key)
}

function wholeNumber(text: string, what: string): bigint {
  if (/^[+-]?[0-9]{1,4300}$/.test(text)) return BigInt(text.replace('+', ''))
  throw new Refused(`expected an integer as ${what} of the native histogram, got ${shown(text)}`)
}

function float(items: ReadonlyMap<string, string>, key: string): number {
  const text = item(items, key)
  const value = parseNumber(text)
  if (value !== undefined) return value
  throw new Refused(`expected a number as ${key} of the native histogram, got ${shown(text)}`)
}
