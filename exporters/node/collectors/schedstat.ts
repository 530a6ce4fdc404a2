/** How long processes ran and waited for each CPU. */

import { families } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, NoData } from '../collector.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

const counter = families('counter', ['cpu'], {
  node_schedstat_running_seconds_total: 'Seconds that processes ran on a CPU.',
  node_schedstat_waiting_seconds_total: 'Seconds that processes waited for a CPU.',
  node_schedstat_timeslices_total: 'Time slices executed by a CPU.',
})

/** A CPU's line has nine numbers; these come before the three that are shown. */
const skippedColumns = 6

export default defineCollector({
  name: 'schedstat',
  enabled: true,
  help: "The scheduler's statistics, from /proc/schedstat.",
  flags: {},
  families: Object.values(counter),
  start: ({ out }) =>
    new KeyTable<readonly Series[]>((name) => {
      const cpu = name.slice('cpu'.length)
      return Object.values(counter).map((declaration) => out.series(declaration, cpu))
    }),
  collect({ host, state: cpus }) {
    const content = host.procIfAny('schedstat')
    if (content === undefined) throw new NoData('the kernel has no schedstats')
    const words = new Words(content)
    cpus.begin()
    for (; words.hasMore; words.nextLine()) {
      if (!words.startsWith('cpu')) continue
      const start = words.at
      const [running, waiting, slices] = cpus.at(words.bytes, start, words.toWordEnd())
      for (let column = 0; column < skippedColumns; column += 1) words.number()
      running?.set(words.number() / 1e9)
      waiting?.set(words.number() / 1e9)
      slices?.set(words.number())
    }
    cpus.forgetUnseen()
  },
})
