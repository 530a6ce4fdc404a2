/** Reads /proc/self/mountstats: what the NFS client counts for each mount. */

export type NfsTransport = {
  readonly protocol: string
  /** bind, connect, idle time, sends, receives, bad ids, backlog, slots, sending, pending. */
  readonly values: readonly number[]
}

export type NfsOperation = {
  readonly name: string
  /** Requests, transmissions, timeouts, bytes out, bytes in, then queue, response, request in ms. */
  readonly values: readonly number[]
}

export type NfsMount = {
  /** Which entry of the file it is, for mountinfo has the same order. */
  readonly index: number
  readonly device: string
  readonly mountPoint: string
  readonly ageSeconds: number
  readonly bytes: readonly number[]
  readonly events: readonly number[]
  readonly transports: readonly NfsTransport[]
  readonly operations: readonly NfsOperation[]
}

const byteCounts = 8
const eventCounts = 27
const operationCounts = 8

/** The NFS mounts. Throws a SyntaxError for statistics that are cut off or of another kind. */
export function parseMountstats(text: string): NfsMount[] {
  const mounts: NfsMount[] = []
  const lines = text.split('\n')
  let index = -1
  for (let at = 0; at < lines.length; at += 1) {
    const words = wordsOf(lines[at] ?? '')
    if (words[0] !== 'device') continue
    index += 1
    const [, device = '', , , mountPoint = '', , , type = '', version = ''] = words
    if (!version.startsWith('statvers=')) continue
    if (type !== 'nfs' && type !== 'nfs4') {
      throw new SyntaxError(`mountstats: cannot read statistics of type ${JSON.stringify(type)}`)
    }
    const block: string[][] = []
    // A block ends at an empty line or at the next device.
    for (; at + 1 < lines.length; at += 1) {
      const next = wordsOf(lines[at + 1] ?? '')
      if (next.length === 0 || next[0] === 'device') break
      block.push(next)
    }
    const statistics = parseBlock(block, version.slice('statvers='.length))
    mounts.push({ index, device, mountPoint, ...statistics })
  }
  return mounts
}

function wordsOf(line: string): string[] {
  const text = line.trim()
  return text === '' ? [] : text.split(/\s+/)
}

type Statistics = Omit<NfsMount, 'index' | 'device' | 'mountPoint'>

function parseBlock(block: readonly string[][], version: string): Statistics {
  let ageSeconds = 0
  let bytes: number[] = []
  let events: number[] = []
  const transports: NfsTransport[] = []
  const operations: NfsOperation[] = []
  let isPerOperation = false
  for (const [key = '', ...words] of block) {
    if (isPerOperation) operations.push(parseOperation(key, words))
    else if (key === 'per-op') isPerOperation = true
    else if (key === 'age:') ageSeconds = parseNumbers(key, words, 1)[0] ?? 0
    else if (key === 'bytes:') bytes = parseNumbers(key, words, byteCounts)
    else if (key === 'events:') events = parseNumbers(key, words, eventCounts)
    else if (key === 'xprt:') transports.push(parseTransport(words, version))
  }
  return { ageSeconds, bytes, events, transports, operations }
}

function parseOperation(key: string, words: readonly string[]): NfsOperation {
  // Times that are negative for a moment are written as huge numbers.
  const values = parseNumbers(key, words, operationCounts, [5, 6, 7])
  return { name: key.replace(/:$/, ''), values }
}

/** Fewest and shown columns behind the protocol; udp has no connections and so no idle time. */
function parseTransport(
  [protocol = '', ...words]: readonly string[],
  version: string,
): NfsTransport {
  const isOld = version === '1.0'
  if (protocol === 'udp') {
    const [, bind = 0, ...others] = parseNumbers('xprt: udp', words, isOld ? 7 : 10)
    return { protocol, values: order([bind, 0, 0, ...others]) }
  }
  if (protocol === 'tcp' || protocol === 'rdma') {
    const fewest = protocol === 'rdma' ? 20 : isOld ? 10 : 13
    const [, bind = 0, connect = 0, , idle = 0, ...others] = parseNumbers(
      `xprt: ${protocol}`,
      words,
      fewest,
      [4],
    )
    return { protocol, values: order([bind, connect, idle, ...others]) }
  }
  throw new SyntaxError(`mountstats: unknown transport ${JSON.stringify(protocol)}`)
}

/** Drops the sum of requests in flight, which stands between the ids and the backlog. */
function order(values: readonly number[]): number[] {
  const [bind = 0, connect = 0, idle = 0, sends = 0, receives = 0, badIds = 0, , ...queues] = values
  const [backlog = 0, slots = 0, sending = 0, pending = 0] = queues
  return [bind, connect, idle, sends, receives, badIds, backlog, slots, sending, pending]
}

/** Numbers in the columns `wrapped` are taken modulo 2^53, as the original does. */
function parseNumbers(
  key: string,
  words: readonly string[],
  fewest: number,
  wrapped: readonly number[] = [],
): number[] {
  if (words.length < fewest || words.some((word) => !/^\d+$/.test(word))) {
    const text = JSON.stringify(words.join(' ').slice(0, 80))
    throw new SyntaxError(`mountstats: expected ${fewest} numbers behind ${key}, got ${text}`)
  }
  return words.map((word, column) =>
    wrapped.includes(column) ? Number(BigInt.asUintN(53, BigInt(word))) : Number(word),
  )
}
