/** When the machine was started. */

import { family } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector } from '../collector.ts'
import type { PortableMachine } from './machine.ts'

const bootTime = family('gauge', 'node_boot_time_seconds', 'When the machine was started.', [])

/**
 * Clock and uptime are read one after the other and rounded by whom they come from, so their
 * difference trembles. A new boot time would count as a reboot, so the first stands until the
 * clock is set by more than that.
 */
const trembleSeconds = 2

export function boottime({ os }: PortableMachine): Collector {
  return defineCollector({
    name: 'boottime',
    enabled: true,
    help: 'When the machine was started.',
    flags: {},
    families: [bootTime],
    start: () => ({ seconds: Number.NaN }),
    collect({ out, state }) {
      const seconds = Math.round(Date.now() / 1000 - os.uptime())
      if (!(Math.abs(seconds - state.seconds) < trembleSeconds)) state.seconds = seconds
      out.add(bootTime, state.seconds)
    },
  })
}
