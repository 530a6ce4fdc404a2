/**
 * The content of a log row: what was appended since the last commit, scrape by scrape, in order.
 *
 * An entry is its numbers' 32-bit words xor those of the same kind of entry of the group before, which
 * for a scrape like the last one is mostly zeros: zstd makes little of it. The words of one place stand
 * together (a plane: all refs, then all low halves, then all high halves). Within a segment a group
 * has a chain of such entries, and a number; a segment's first entry of a chain is xor zeros.
 *
 * Entry: kind | chain number << 2, count n, timestamp (a double, 2 words), planes of n words.
 * 0 names a chain: n bytes of UTF-8, padded; 1 a scrape as it is, 2 a scrape xor the last 2: refs, low,
 * high; 3 single samples xor the last 3: refs, timestamp low, high, value low, high.
 */

const kindName = 0
const kindPlain = 1
const kindChained = 2
const kindSingles = 3
const scrapePlanes = 3
const singlePlanes = 5

/** What a group keeps: the planes of its last scrape and of its last single samples. */
export type Chain = {
  readonly key: string
  segment: number
  number: number
  /** Samples of the last chained scrape. */
  n: number
  readonly scrape: Uint32Array[]
  readonly singles: Uint32Array[]
}

export function newChain(key: string): Chain {
  const planes = (count: number) => Array.from({ length: count }, () => new Uint32Array(0))
  const [scrape, singles] = [planes(scrapePlanes), planes(singlePlanes)]
  return { key, segment: -1, number: 0, n: 0, scrape, singles }
}

export class EntryWriter {
  /** The oldest timestamp since the last `clear`. */
  minMs = Infinity
  #words = new Uint32Array(4096)
  #length = 0
  #segment = 0
  #chains = 0
  /** Single samples of one group, five words each, until something else is appended. */
  #singles = new Uint32Array(singlePlanes * 64)
  #singlesOf: Chain | undefined
  #singlesLength = 0
  readonly #double = new Float64Array(1)
  readonly #doubleWords = new Uint32Array(this.#double.buffer)

  /** Words so far. */
  get length(): number {
    return this.#length + this.#singlesLength
  }

  /** All entries since the last `clear`; valid until the next call. */
  bytes(): Uint8Array {
    this.#endSingles()
    return new Uint8Array(this.#words.buffer, 0, this.#length * 4)
  }

  clear(): void {
    this.#length = 0
    this.#singlesLength = 0
    this.minMs = Infinity
  }

  /** What follows can be read without what was before. */
  startSegment(): void {
    this.#segment++
    this.#chains = 0
  }

  add(chain: Chain, timestampMs: number, refs: Int32Array, values: Uint32Array, n: number): void {
    this.#endSingles()
    this.#join(chain)
    this.minMs = Math.min(this.minMs, timestampMs)
    // The few synthetic samples and staleness markers must not take the place of the scrape.
    const chained = 2 * n > chain.n
    const kind = chained ? kindChained : kindPlain
    const at = this.#entry(kind, chain.number, n, timestampMs, scrapePlanes)
    if (chained) chain.n = n
    const [beforeRefs, beforeLow, beforeHigh] = resized(chained ? chain.scrape : newPlanes(), n)
    if (!(beforeRefs && beforeLow && beforeHigh)) return
    const out = this.#words
    for (let i = 0; i < n; i++) {
      const ref = refs[i] as number
      const low = values[2 * i] as number
      const high = values[2 * i + 1] as number
      out[at + i] = ref ^ (beforeRefs[i] as number)
      out[at + n + i] = low ^ (beforeLow[i] as number)
      out[at + 2 * n + i] = high ^ (beforeHigh[i] as number)
      beforeRefs[i] = ref
      beforeLow[i] = low
      beforeHigh[i] = high
    }
  }

  addSingle(chain: Chain, ref: number, timestampMs: number, low: number, high: number): void {
    if (this.#singlesOf !== chain) this.#endSingles()
    this.#singlesOf = chain
    this.minMs = Math.min(this.minMs, timestampMs)
    this.#double[0] = timestampMs
    const at = this.#singlesLength
    if (at + singlePlanes > this.#singles.length) this.#singles = grown(this.#singles, 2 * at)
    this.#singles[at] = ref
    this.#singles[at + 1] = this.#doubleWords[0] as number
    this.#singles[at + 2] = this.#doubleWords[1] as number
    this.#singles[at + 3] = low
    this.#singles[at + 4] = high
    this.#singlesLength += singlePlanes
  }

  #endSingles(): void {
    const chain = this.#singlesOf
    const n = this.#singlesLength / singlePlanes
    if (chain === undefined || n === 0) return
    this.#join(chain)
    const at = this.#entry(kindSingles, chain.number, n, 0, singlePlanes)
    for (const [plane, before] of resized(chain.singles, n).entries()) {
      for (let i = 0; i < n; i++) {
        const word = this.#singles[singlePlanes * i + plane] as number
        this.#words[at + plane * n + i] = word ^ (before[i] as number)
        before[i] = word
      }
    }
    this.#singlesLength = 0
  }

  /** Names a chain that this segment does not know yet. */
  #join(chain: Chain): void {
    if (chain.segment === this.#segment) return
    chain.segment = this.#segment
    chain.number = ++this.#chains
    chain.n = 0
    for (const plane of [...chain.scrape, ...chain.singles]) plane.fill(0)
    const name = Buffer.from(chain.key)
    const at = this.#entry(kindName, chain.number, name.length, 0, 1 / 4)
    this.#words.fill(0, at, this.#length)
    new Uint8Array(this.#words.buffer).set(name, at * 4)
  }

  /** Makes room for an entry and writes its head; gives where its body starts. */
  #entry(kind: number, chain: number, n: number, timestampMs: number, planes: number): number {
    const at = this.#length
    this.#length += 4 + Math.ceil(n * planes)
    if (this.#length > this.#words.length) {
      this.#words = grown(this.#words, Math.max(this.#length, 2 * this.#words.length))
    }
    this.#double[0] = timestampMs
    this.#words[at] = kind | (chain << 2)
    this.#words[at + 1] = n
    this.#words.set(this.#doubleWords, at + 2)
    return at + 4
  }
}

export type EntrySink = {
  scrape(key: string, timestampMs: number, refs: Int32Array, values: Float64Array): void
  single(key: string, ref: number, timestampMs: number, low: number, high: number): void
}

/** Reads the rows of one segment in their order. */
export class EntryReader {
  readonly #sink: EntrySink
  readonly #chains = new Map<number, Chain>()
  #values = new Float64Array(0)

  constructor(sink: EntrySink) {
    this.#sink = sink
  }

  /** Throws RangeError when the bytes are not what an EntryWriter wrote. */
  read(row: Uint8Array): void {
    const bytes = row.byteOffset % 4 === 0 ? row : row.slice()
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    const double = new Float64Array(1)
    const doubleWords = new Uint32Array(double.buffer)
    for (let at = 0; at < words.length; ) {
      const kind = (words[at] as number) & 3
      const number = (words[at] as number) >>> 2
      const n = words[at + 1] ?? 0
      doubleWords.set(words.subarray(at + 2, at + 4))
      at += 4
      if (kind === kindName) {
        const key = Buffer.from(bytes.buffer, bytes.byteOffset + at * 4, n).toString()
        this.#chains.set(number, newChain(key))
        at += Math.ceil(n / 4)
        continue
      }
      const chain = this.#chains.get(number)
      const planes = kind === kindSingles ? singlePlanes : scrapePlanes
      if (chain === undefined || at + planes * n > words.length) {
        throw new RangeError(`log row does not make sense at word ${at}`)
      }
      const body = words.subarray(at, at + planes * n)
      if (kind === kindSingles) this.#readSingles(chain, body, n)
      else this.#readScrape(chain, body, n, kind === kindChained, double[0] as number)
      at += planes * n
    }
  }

  #readScrape(
    chain: Chain,
    body: Uint32Array,
    n: number,
    chained: boolean,
    timestampMs: number,
  ): void {
    const planes = unxor(chained ? chain.scrape : newPlanes(), body, n)
    const [refs, low, high] = planes
    if (!(refs && low && high)) return
    if (n > this.#values.length) this.#values = new Float64Array(n)
    const bits = new Uint32Array(this.#values.buffer)
    for (let i = 0; i < n; i++) {
      bits[2 * i] = low[i] as number
      bits[2 * i + 1] = high[i] as number
    }
    const signed = new Int32Array(refs.buffer, 0, n)
    this.#sink.scrape(chain.key, timestampMs, signed, this.#values.subarray(0, n))
  }

  #readSingles(chain: Chain, body: Uint32Array, n: number): void {
    const [refs, timeLow, timeHigh, low, high] = unxor(chain.singles, body, n)
    if (!(refs && timeLow && timeHigh && low && high)) return
    const time = new Float64Array(1)
    const timeWords = new Uint32Array(time.buffer)
    for (let i = 0; i < n; i++) {
      timeWords[0] = timeLow[i] as number
      timeWords[1] = timeHigh[i] as number
      const [timestampMs = 0] = time
      const ref = refs[i] as number
      this.#sink.single(chain.key, ref, timestampMs, low[i] as number, high[i] as number)
    }
  }
}

function newPlanes(): Uint32Array[] {
  return Array.from({ length: scrapePlanes }, () => new Uint32Array(0))
}

/** Brings the planes of a chain to the next entry. */
function unxor(planes: Uint32Array[], body: Uint32Array, n: number): Uint32Array[] {
  for (const [number, plane] of resized(planes, n).entries()) {
    for (let i = 0; i < n; i++) {
      plane[i] = (plane[i] as number) ^ (body[number * n + i] as number)
    }
  }
  return planes
}

/** Makes the planes hold n words; they are not made shorter, what is beyond n stays. */
function resized(planes: Uint32Array[], n: number): Uint32Array[] {
  for (const [i, plane] of planes.entries()) if (plane.length < n) planes[i] = grown(plane, n)
  return planes
}

function grown(words: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(length)
  bigger.set(words)
  return bigger
}
