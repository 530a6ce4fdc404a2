/** The pressure files of the kernel, of the whole machine and of a cgroup. */

import { Words } from './words.ts'

/** Microseconds of the lines `some avg10=0.00 ... total=14036781` and `full ...`. */
export function parsePressure(content: Buffer): { some?: number; full?: number } {
  const stalls: { some?: number; full?: number } = {}
  const words = new Words(content)
  for (; words.hasMore; words.nextLine()) {
    const line = words.startsWith('some') ? 'some' : words.startsWith('full') ? 'full' : undefined
    const total = content.indexOf('total=', words.at)
    if (line === undefined || total < 0) continue
    words.at = total + 'total='.length
    stalls[line] = words.number()
  }
  return stalls
}
