/** Reads the files of /proc/net/rpc: lines of a word and its numbers. */

import { Words } from './words.ts'

/** Fewest numbers of a line, where a shorter one cannot be understood. */
const fewest: Readonly<Record<string, number>> = {
  net: 4,
  rpc: 3,
  proc2: 19,
  proc3: 23,
  proc4ops: 40,
  rc: 3,
  fh: 5,
  io: 2,
  th: 2,
  ra: 12,
  wdeleg_getattr: 1,
}

/**
 * Hands the numbers of each line to its reader; of a line `th` the first two, for the others are
 * fractions. The reader of a line that is not there gets none, for what
 * this kernel does not count is shown as 0. Throws a SyntaxError that names `file` for a line that is unknown or cut off.
 */
export function readRpcLines(
  bytes: Buffer,
  file: string,
  readers: Readonly<Record<string, (values: readonly number[]) => void>>,
): void {
  const missing = new Set(Object.keys(readers))
  const words = new Words(bytes)
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    const name = words.word()
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined
    if (read === undefined) throw new SyntaxError(`${file}: unknown line ${JSON.stringify(name)}`)
    const values: number[] = []
    const most = name === 'th' ? 2 : Number.POSITIVE_INFINITY
    while (values.length < most && words.toWord()) values.push(words.number())
    const wanted = fewest[name] ?? 1
    if (values.length < wanted) {
      throw new SyntaxError(
        `${file}: expected at least ${wanted} numbers behind ${name}, got ${values.length}`,
      )
    }
    missing.delete(name)
    read(values)
  }
  for (const name of missing) readers[name]?.([])
}
