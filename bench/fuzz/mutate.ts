/** Inputs for the readers: corpus rows changed a little, and bytes at random; the same ones for the same seed. */

/** Numbers at random from a seed (mulberry32), so that an input can be made again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0 to below the limit. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

/** A page with one to four changes, one time in twenty nothing but random bytes. */
export function mutate(random: Random, page: Uint8Array, seeds: readonly Uint8Array[]): Uint8Array {
  if (random.below(20) === 0) return randomBytes(random, random.below(200))
  let bytes = page
  for (let changes = random.pick([1, 1, 2, 4]); changes > 0; changes--) {
    bytes = random.pick(mutations)(bytes, random, seeds)
  }
  return bytes
}

type Mutation = (bytes: Uint8Array, random: Random, seeds: readonly Uint8Array[]) => Uint8Array

const mutations: readonly Mutation[] = [
  // Cut off at the end, at the start.
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  // A byte changed, a bit turned.
  (bytes, random) => withByte(bytes, random, () => random.below(256)),
  (bytes, random) => withByte(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  // A piece left out, a token put in or over.
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 1 + random.below(8), []),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.pick(tokens)),
  (bytes, random) => {
    const token = random.pick(tokens)
    return splice(bytes, random.below(bytes.length + 1), token.length, token)
  },
  // A piece of the input again, or of another one.
  (bytes, random) =>
    splice(bytes, random.below(bytes.length + 1), 0, piece(bytes, random, 1 + random.below(64))),
  (bytes, random, seeds) =>
    splice(
      bytes,
      random.below(bytes.length + 1),
      random.below(8),
      piece(random.pick(seeds), random, 1 + random.below(64)),
    ),
  // Two lines change places.
  (bytes, random) => {
    const lines = Buffer.from(bytes).toString('latin1').split('\n')
    const [a, b] = [random.below(lines.length), random.below(lines.length)]
    const line = lines[a] ?? ''
    lines[a] = lines[b] ?? ''
    lines[b] = line
    return Buffer.from(lines.join('\n'), 'latin1')
  },
]

const tokens: readonly Uint8Array[] = [
  ...['\n', ' ', '\t', '\r', '\0', '{', '}', '"', '\\', ',', '=', '#', ' # ', '# EOF\n', '{}'],
  ...['# TYPE ', '# HELP ', '# UNIT ', 'counter', 'histogram', 'summary', 'gaugehistogram', 'info'],
  ...['_total', '_bucket', '_count', '_sum', '_created', 'le="1"', 'le="+Inf"', 'quantile="0.5"'],
  ...['0', '1', '-1', '.', 'e', '1e400', 'NaN', '+Inf', '0x1p2', '1_0', '9223372036854775808'],
  ...['é', '\u2028', '__name__', '"a.b"', '{count:1,sum:1,schema:0,zero_threshold:0,zero_count:0}'],
]
  .map((token) => Buffer.from(token))
  .concat([Buffer.from([0xff]), Buffer.from([0xc3]), Buffer.from([0x80, 0x80, 0x80, 0x80])])

function withByte(bytes: Uint8Array, random: Random, change: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes
  const changed = Uint8Array.from(bytes)
  const at = random.below(bytes.length)
  changed[at] = change(changed[at] ?? 0)
  return changed
}

function splice(
  bytes: Uint8Array,
  at: number,
  remove: number,
  insert: Uint8Array | readonly number[],
): Uint8Array {
  return Buffer.concat([
    bytes.subarray(0, at),
    Uint8Array.from(insert),
    bytes.subarray(Math.min(bytes.length, at + remove)),
  ])
}

function piece(bytes: Uint8Array, random: Random, length: number): Uint8Array {
  const at = random.below(bytes.length + 1)
  return bytes.subarray(at, at + length)
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}
