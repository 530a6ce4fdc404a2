/** The cgroup controllers of the kernel and how many groups each has. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', ['subsys_name'], {
  node_cgroups_cgroups: 'Control groups that use this controller.',
  node_cgroups_enabled: 'Whether this controller is on.',
})

export default defineCollector({
  name: 'cgroups',
  enabled: false,
  help: 'Controllers of cgroups, from /proc/cgroups.',
  flags: {},
  families: Object.values(gauge),
  collect({ host, out }) {
    const words = new Words(host.proc('cgroups'))
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord() || words.startsWith('#')) continue
      const name = words.word()
      words.number() // the hierarchy's id
      out.add(gauge.node_cgroups_cgroups, words.number(), name)
      out.add(gauge.node_cgroups_enabled, words.number(), name)
    }
  },
})
