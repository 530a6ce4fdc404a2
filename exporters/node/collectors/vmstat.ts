/** Counters of the virtual memory system: the fields of /proc/vmstat that a flag selects. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

export default defineCollector({
  name: 'vmstat',
  enabled: true,
  help: 'Selected fields of /proc/vmstat.',
  flags: {
    fields: {
      help: 'Regexp of the fields to show.',
      default: '^(oom_kill|pgpg|pswp|pg.*fault).*',
    },
  },
  families: [fieldFamily('<field>')],
  start({ out, regexp }) {
    const wanted = regexp('fields')
    return new KeyTable((field) =>
      wanted.test(field) ? out.series(fieldFamily(field)) : undefined,
    )
  },
  collect({ host, state }) {
    const words = new Words(host.proc('vmstat'))
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord()) continue
      const start = words.at
      state.at(words.bytes, start, words.toWordEnd())?.set(words.number())
    }
  },
})

/** Untyped, as in the original: some fields are counters, some are not, and nobody keeps a list. */
function fieldFamily(field: string) {
  return family('unknown', `node_vmstat_${field}`, `Field ${field} of /proc/vmstat.`, [])
}
