/** Pages scraped one after the other, each by a parser that saw those before and by a new one. */
import {
  type ScrapeFormat,
  ScrapeParseError,
  ScrapeParser,
} from '../../shared/exposition/scrape.ts'

/**
 * A page, another one with it as the template, and the first one again. What the templates make faster
 * must change nothing. Throws the error of the other page, when that is not valid.
 */
export function scrapeInTurn(bytes: Uint8Array, before: Uint8Array, format: ScrapeFormat): void {
  const target = new Target(format)
  target.scrape(before)
  const error = target.scrape(bytes)
  target.scrape(before)
  if (error !== undefined) throw error
}

/** What a parser said of a page. */
type Outcome = {
  readonly shown: string
  readonly error?: ScrapeParseError
  /** Refs without timestamps, sorted. */
  readonly present: readonly number[]
  readonly gone: readonly number[]
  /** By kind and family. */
  readonly metadata: ReadonlyMap<string, string>
}

class Target {
  readonly #format: ScrapeFormat
  readonly #parser = new ScrapeParser()
  readonly #refs = new Map<string, number>()
  /** Of the last good page. */
  #present: readonly number[] = []
  readonly #told = new Map<string, string>()
  /** What a new parser says of each page. */
  readonly #fresh = new Map<Uint8Array, Outcome>()

  constructor(format: ScrapeFormat) {
    this.#format = format
  }

  scrape(bytes: Uint8Array): ScrapeParseError | undefined {
    const known = this.#attempt(this.#parser, bytes)
    const fresh = this.#fresh.get(bytes) ?? this.#attempt(new ScrapeParser(), bytes)
    this.#fresh.set(bytes, fresh)
    expectEqual('samples', known.shown, fresh.shown)
    if (fresh.error !== undefined) return fresh.error
    const now = new Set(fresh.present)
    const missing = this.#present.filter((ref) => !now.has(ref))
    expectEqual('series that are gone', String(known.gone), String(missing))
    for (const [key, text] of known.metadata) this.#told.set(key, text)
    for (const [key, text] of fresh.metadata) {
      expectEqual(`metadata ${key}`, String(this.#told.get(key)), text)
    }
    this.#present = fresh.present
    return undefined
  }

  #attempt(parser: ScrapeParser, bytes: Uint8Array): Outcome {
    const metadata = new Map<string, string>()
    try {
      const result = parser.parse(bytes, this.#format, {
        resolve: (name, labels) => {
          const pairs = labels.map((label) => [label.name, label.value])
          const key = JSON.stringify([name, pairs.sort()])
          // One series in sixteen is dropped.
          if (key.length % 16 === 0) return -1
          const ref = this.#refs.get(key) ?? this.#refs.size
          this.#refs.set(key, ref)
          return ref
        },
        metadata: (family, kind, text) => metadata.set(`${kind} ${family}`, text),
      })
      const { n, refs, values, timestamps, duplicates, gone } = result
      const present = new Set<number>()
      for (let index = 0; index < n; index++) {
        const ref = refs[index] ?? -1
        if (ref !== -1 && Number.isNaN(timestamps?.[index] ?? Number.NaN)) present.add(ref)
      }
      const columns = [refs, values, timestamps ?? []].map((all) => all.slice(0, n).join())
      return {
        shown: `${columns.join(' ')} ${duplicates}`,
        present: ascending(present),
        gone: ascending(gone),
        metadata,
      }
    } catch (error) {
      if (!(error instanceof ScrapeParseError)) throw error
      return {
        ...{ shown: `${error.message} after ${error.samples}`, error },
        ...{ present: [], gone: [], metadata },
      }
    }
  }
}

function ascending(refs: Iterable<number>): number[] {
  return [...refs].sort((a, b) => a - b)
}

function expectEqual(what: string, byTemplate: string, without: string): void {
  if (byTemplate === without) return
  throw new Error(`${what}: by the template ${byTemplate}, without ${without}`)
}
