/** How many threads ran or waited to run, averaged over 1, 5 and 15 minutes. */

import { families } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector } from '../collector.ts'
import type { PortableMachine } from './machine.ts'

const gauge = families('gauge', [], {
  node_load1: 'Threads running or waiting, averaged over 1 minute.',
  node_load5: 'Threads running or waiting, averaged over 5 minutes.',
  node_load15: 'Threads running or waiting, averaged over 15 minutes.',
})

/** Not for Windows, where Node says 0 since there is no such thing. */
export function loadavg({ os }: PortableMachine): Collector {
  return defineCollector({
    name: 'loadavg',
    enabled: true,
    help: 'Load averages, from getloadavg(3).',
    flags: {},
    families: Object.values(gauge),
    collect({ out }) {
      const [load1, load5, load15] = os.loadavg()
      if (load1 === undefined || load5 === undefined || load15 === undefined) {
        throw new RangeError('os.loadavg() gave fewer than three numbers')
      }
      out.add(gauge.node_load1, load1)
      out.add(gauge.node_load5, load5)
      out.add(gauge.node_load15, load15)
    },
  })
}
