/** Every reader of the exposition module, as a function that may throw nothing but the errors it says. */
import { decodeOpenMetrics } from '../../shared/exposition/decode-openmetrics.ts'
import { decodeProtobuf } from '../../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import { encode } from '../../shared/exposition/encode.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { textFormat } from '../../shared/exposition/negotiate.ts'
import { ParseError } from '../../shared/exposition/parse-error.ts'
import { ScrapeParseError, ScrapeParser } from '../../shared/exposition/scrape.ts'

/** `before` is a page that the scrape parsers have read, and so have for a template. */
export type Reader = (bytes: Uint8Array, before: Uint8Array) => void

export const readers: Readonly<Record<string, Reader>> = {
  'text, legacy names': (bytes) => decodeText(bytes),
  'text, utf-8 names, written and read again': (bytes) => {
    const families = decodeText(bytes, { names: 'utf8' })
    const again = decodeText(encode(families, { ...textFormat, escaping: 'allow-utf-8' }), {
      names: 'utf8',
    })
    expectSame(families, again)
  },
  openmetrics: (bytes) => decodeOpenMetrics(bytes),
  protobuf: (bytes) => decodeProtobuf(bytes, { names: 'utf8' }),
  'scrape of text': (bytes, before) => scrape(bytes, before, 'text'),
  'scrape of openmetrics': (bytes, before) => scrape(bytes, before, 'openmetrics'),
}

/** Those for large bodies, which keep nothing that the reader itself does not keep. */
export const plainReaders: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  text: (bytes) => decodeText(bytes),
  openmetrics: decodeOpenMetrics,
  protobuf: (bytes) => decodeProtobuf(bytes),
  'scrape of text': (bytes) => scrapeOnce(bytes, 'text'),
  'scrape of openmetrics': (bytes) => scrapeOnce(bytes, 'openmetrics'),
}

function scrapeOnce(bytes: Uint8Array, format: 'text' | 'openmetrics'): void {
  let refs = 0
  new ScrapeParser().parse(bytes, format, { resolve: () => refs++ })
}

/** What a reader may throw. */
export function isExpected(error: unknown): boolean {
  return error instanceof ParseError || error instanceof ScrapeParseError
}

/**
 * The text format has one word for both kinds of histogram. A page with a family `h` of that type and
 * another `h_sum` before it cannot be written so that it is read the same.
 */
function expectSame(families: readonly MetricFamily[], again: readonly MetricFamily[]): void {
  const names = new Set(families.map(({ name }) => name))
  const bases = families.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))
  if (bases.some((base, index) => base !== families[index]?.name && names.has(base))) return
  const shown = (list: readonly MetricFamily[]): string =>
    JSON.stringify(
      list.map(({ name, type, help, metrics }) => {
        return [name, type.replace('gaugehistogram', 'histogram'), help, metrics.length]
      }),
    )
  const [before, after] = [shown(families), shown(again)]
  if (before !== after) throw new Error(`read ${before}, written and read again ${after}`)
}

/** With the page before as a template and without one: both must say the same. */
function scrape(bytes: Uint8Array, before: Uint8Array, format: 'text' | 'openmetrics'): void {
  const parser = new ScrapeParser()
  const refs = new Map<string, number>()
  attempt(parser, before, format, refs)
  const known = attempt(parser, bytes, format, refs)
  const fresh = attempt(new ScrapeParser(), bytes, format, refs)
  if (known.shown !== fresh.shown) {
    throw new Error(`by the template ${known.shown}, without ${fresh.shown}`)
  }
  if (fresh.error !== undefined) throw fresh.error
}

type Attempt = { readonly shown: string; readonly error?: ScrapeParseError }

function attempt(
  parser: ScrapeParser,
  bytes: Uint8Array,
  format: 'text' | 'openmetrics',
  refs: Map<string, number>,
): Attempt {
  try {
    const {
      n,
      refs: found,
      values,
      timestamps,
      duplicates,
    } = parser.parse(bytes, format, {
      resolve(name, labels) {
        const key = JSON.stringify([name, labels.map((label) => [label.name, label.value]).sort()])
        const ref = refs.get(key) ?? refs.size
        refs.set(key, ref)
        return ref
      },
    })
    const columns = [found, values, timestamps ?? values].map((all) => all.subarray(0, n).join())
    return { shown: `${columns.join(' ')} ${duplicates}` }
  } catch (error) {
    if (!(error instanceof ScrapeParseError)) throw error
    return { shown: `${error.message} after ${error.samples}`, error }
  }
}
