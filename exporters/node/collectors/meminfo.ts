/**
 * Memory as the kernel accounts for it: every line of /proc/meminfo is a family.
 *
 * The original went over to a fixed list of fields and lost some that way (KReclaimable, Hugetlb ...);
 * we keep all, under the names they always had.
 */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

export default defineCollector({
  name: 'meminfo',
  enabled: true,
  help: 'Memory statistics, from /proc/meminfo.',
  flags: {},
  families: [bytesFamily('<field>'), countFamily('<field>')],
  start: ({ out }) => ({
    bytes: new KeyTable((field) => out.series(bytesFamily(familyName(field)))),
    counts: new KeyTable((field) => out.series(countFamily(familyName(field)))),
  }),
  collect({ host, state }) {
    const words = new Words(host.proc('meminfo'))
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord()) continue
      const start = words.at
      const end = words.toWordEnd() - ':'.length
      const value = words.number()
      if (!words.toWord()) state.counts.at(words.bytes, start, end).set(value)
      else if (words.startsWith('kB')) state.bytes.at(words.bytes, start, end).set(value * 1024)
      else throw new SyntaxError(`meminfo: expected kB, got ${JSON.stringify(words.word())}`)
    }
  },
})

/** `Active(anon)` becomes `Active_anon`. */
function familyName(field: string): string {
  return field.replace(/\((.*)\)/, '_$1')
}

function bytesFamily(field: string) {
  return family('gauge', `node_memory_${field}_bytes`, `Memory field ${field}, in bytes.`, [])
}

/** The HugePages fields count pages. */
function countFamily(field: string) {
  return family('gauge', `node_memory_${field}`, `Memory field ${field}, a count.`, [])
}
