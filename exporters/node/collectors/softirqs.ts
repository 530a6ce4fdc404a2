/** Software interrupts by kind and CPU. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const functions = family(
  'counter',
  'node_softirqs_functions_total',
  'Software interrupts served, by CPU and kind.',
  ['cpu', 'type'],
)

const types = new Set([
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
])

export default defineCollector({
  name: 'softirqs',
  enabled: false,
  help: 'Software interrupts, from /proc/softirqs.',
  flags: {},
  families: [functions],
  collect({ host, out }) {
    const words = new Words(host.proc('softirqs'))
    words.nextLine() // headings; the label is the column's number, as in the original
    for (; words.hasMore; words.nextLine()) {
      const type = words.word().replace(/:$/, '')
      if (!types.has(type)) continue
      for (let cpu = 0; words.toWord(); cpu += 1) out.add(functions, words.number(), `${cpu}`, type)
    }
  },
})
