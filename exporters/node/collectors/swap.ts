/** The swap areas and how full they are. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', ['device', 'swap_type'], {
  node_swap_size_bytes: 'Size of a swap area.',
  node_swap_used_bytes: 'Space in use in a swap area.',
  node_swap_priority: 'Priority of a swap area; the highest is used first.',
})

export default defineCollector({
  name: 'swap',
  enabled: false,
  help: 'Swap areas, from /proc/swaps.',
  flags: {},
  families: Object.values(gauge),
  collect({ host, out }) {
    const words = new Words(host.proc('swaps'))
    words.nextLine() // headings
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord()) continue
      const area = [words.word(), words.word()] as const
      out.add(gauge.node_swap_size_bytes, words.number() * 1024, ...area)
      out.add(gauge.node_swap_used_bytes, words.number() * 1024, ...area)
      out.add(gauge.node_swap_priority, words.number(), ...area)
    }
  },
})
