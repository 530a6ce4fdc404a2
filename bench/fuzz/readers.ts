/** Every reader of the exposition module, as a function that may throw nothing but the errors it says. */
import { decodeOpenMetrics } from '../../shared/exposition/decode-openmetrics.ts'
import { decodeProtobuf } from '../../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { encode } from '../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { textFormat } from '../../shared/exposition/negotiate.ts'
import { ParseError } from '../../shared/exposition/parse-error.ts'
import {
  type ScrapeFormat,
  ScrapeParseError,
  ScrapeParser,
} from '../../shared/exposition/scrape.ts'
import { scrapeInTurn } from './scrape-in-turn.ts'

/** `before` is a page that the reader has read, and so may have for a template. */
export type Reader = (bytes: Uint8Array, before: Uint8Array) => void

export const readers: Readonly<Record<string, Reader>> = {
  'text, legacy names': strict((bytes) => decodeText(bytes)),
  'text, utf-8 names': (bytes, before) => {
    const families = strict((page) => decodeText(page, { names: 'utf8' }))(bytes, before)
    expectSame(families, without(between, decodeText(interleaved(bytes), { names: 'utf8' })))
    const written = encode(families, { ...textFormat, escaping: 'allow-utf-8' })
    expectRewritten(families, decodeText(written, { names: 'utf8' }))
  },
  openmetrics: strict(decodeOpenMetrics),
  protobuf: strict((bytes) => decodeProtobuf(bytes, { names: 'utf8' })),
  'scrape of text': (bytes, before) => scrapeInTurn(bytes, before, 'text'),
  'scrape of openmetrics': (bytes, before) => scrapeInTurn(bytes, before, 'openmetrics'),
  'scrape of protobuf': (bytes, before) => scrapeInTurn(bytes, before, 'protobuf'),
}

/** Those for large bodies, which keep nothing that the reader itself does not keep. */
export const plainReaders: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  text: (bytes) => decodeText(bytes),
  openmetrics: decodeOpenMetrics,
  protobuf: (bytes) => decodeProtobuf(bytes),
  'scrape of text': (bytes) => scrapeTwice(bytes, 'text'),
  'scrape of openmetrics': (bytes) => scrapeTwice(bytes, 'openmetrics'),
  'scrape of protobuf': (bytes) => scrapeTwice(bytes, 'protobuf'),
}

/** As a pool does: a page, and the same again with it as the template. */
function scrapeTwice(bytes: Uint8Array, format: ScrapeFormat): void {
  let refs = 0
  const parser = new ScrapeParser()
  const sink = { resolve: () => refs++ }
  parser.parse(bytes, format, sink)
  parser.parse(bytes, format, sink)
}

/** What a reader may throw. */
export function isExpected(error: unknown): boolean {
  return error instanceof ParseError || error instanceof ScrapeParseError
}

type Decode = (bytes: Uint8Array) => MetricFamily[]

/** A strict reader says the same of the same bytes: in the midst of others, and behind another page. */
function strict(decode: Decode): (bytes: Uint8Array, before: Uint8Array) => MetricFamily[] {
  return (bytes, before) => {
    const families = attempt(decode, bytes)
    attempt(decode, before)
    const again = attempt(decode, surrounded(bytes))
    if (families instanceof ParseError || again instanceof ParseError) {
      if (String(families) !== String(again)) throw new Error(`first ${families}, then ${again}`)
      throw families
    }
    expectSame(families, again)
    return families
  }
}

function attempt(decode: Decode, bytes: Uint8Array): MetricFamily[] | ParseError {
  try {
    return decode(bytes)
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    return error
  }
}

/** The same bytes at an odd place, with what looks like more of them on either side. */
export function surrounded(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(bytes.length + 64, '1')
  whole.set(bytes, 31)
  return whole.subarray(31, 31 + bytes.length)
}

/** A family that stands between all others. */
const between = 'fuzz_stands_between'

/**
 * A valid page with a sample of another family before each line: a reader that knows the names of the
 * line before has no use for what it knows.
 */
function interleaved(bytes: Uint8Array): Uint8Array {
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  return Buffer.from(lines.map((line) => `${between}{of="it"} 1\n${line}`).join('\n'), 'latin1')
}

function without(name: string, families: readonly MetricFamily[]): MetricFamily[] {
  return families.filter((family) => family.name !== name)
}

function expectSame(families: readonly MetricFamily[], again: readonly MetricFamily[]): void {
  const [before, after] = [shown(families), shown(again)]
  if (before !== after) throw new Error(`read ${before}, then ${after}`)
}

/**
 * The text format has one word for both kinds of histogram. A page with a family `h` of that type and
 * another `h_sum` before it cannot be written so that it is read the same.
 */
function expectRewritten(families: readonly MetricFamily[], again: readonly MetricFamily[]): void {
  const names = new Set(families.map(({ name }) => name))
  const bases = families.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))
  if (bases.some((base, index) => base !== families[index]?.name && names.has(base))) return
  const short = (list: readonly MetricFamily[]): string =>
    JSON.stringify(
      list.map(({ name, type, help, metrics }) => {
        return [name, type.replace('gaugehistogram', 'histogram'), help, metrics.length]
      }),
    )
  const [before, after] = [short(families), short(again)]
  if (before !== after) throw new Error(`read ${before}, written and read again ${after}`)
}

/** Also what JSON has no word for. */
function shown(families: readonly MetricFamily[]): string {
  return JSON.stringify(families, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
      return Object.is(value, -0) ? '-0' : String(value)
    }
    return value
  })
}
