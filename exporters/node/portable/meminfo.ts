/** Memory and swap, each under the names that dashboards of that system ask for. */

import { families } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector } from '../collector.ts'
import { lastUpdate } from '../survey.ts'
import { type PortableMachine, surveyFlags, surveyTimes } from './machine.ts'

const darwin = families('gauge', [], {
  node_memory_free_bytes: 'Memory that holds nothing, in bytes.',
  node_memory_inactive_bytes: 'Memory not used of late, in bytes.',
  node_memory_swap_total_bytes: 'Swap in all, in bytes.',
  node_memory_swap_used_bytes: 'Swap in use, in bytes.',
  node_memory_total_bytes: 'Memory in all, in bytes.',
})
const bsd = families('gauge', [], {
  node_memory_free_bytes: 'Memory that holds nothing, in bytes.',
  node_memory_size_bytes: 'Memory in all, in bytes.',
})
/** The original has no Windows; these are the names of Linux, and mean there what they mean here. */
const windows = families('gauge', [], {
  node_memory_MemAvailable_bytes: 'Memory that programs can still get, in bytes.',
  node_memory_MemTotal_bytes: 'Memory in all, in bytes.',
  node_memory_SwapFree_bytes: 'Space left in page files, in bytes.',
  node_memory_SwapTotal_bytes: 'Size of the page files, in bytes.',
})

export function meminfo(machine: PortableMachine): Collector {
  if (machine.platform === 'darwin') return darwinMeminfo(machine)
  if (machine.platform === 'win32') return windowsMeminfo(machine)
  return bsdMeminfo(machine)
}

function darwinMeminfo({ os, survey }: PortableMachine): Collector {
  return defineCollector({
    name: 'meminfo',
    enabled: true,
    help: 'Memory, and swap in the background.',
    flags: surveyFlags,
    families: [...Object.values(darwin), lastUpdate],
    start: ({ flags }) => survey.add('mem', surveyTimes(flags)),
    collect({ out }) {
      out.add(darwin.node_memory_total_bytes, os.totalmem())
      out.add(darwin.node_memory_free_bytes, os.freemem())
      const { value, askedAtSeconds } = survey.answer('mem')
      // A Mac always has inactive pages: without, vm_stat has failed and nothing of it can be trusted.
      if (!(value.reclaimable > 0)) throw new Error('systeminformation got nothing from vm_stat')
      out.add(darwin.node_memory_inactive_bytes, value.reclaimable)
      out.add(darwin.node_memory_swap_total_bytes, value.swaptotal)
      out.add(darwin.node_memory_swap_used_bytes, value.swapused)
      out.add(lastUpdate, askedAtSeconds, 'meminfo')
    },
  })
}

function windowsMeminfo({ os, survey }: PortableMachine): Collector {
  return defineCollector({
    name: 'meminfo',
    enabled: true,
    help: 'Memory, and page files in the background.',
    flags: surveyFlags,
    families: [...Object.values(windows), lastUpdate],
    start: ({ flags }) => survey.add('mem', surveyTimes(flags)),
    collect({ out }) {
      out.add(windows.node_memory_MemTotal_bytes, os.totalmem())
      out.add(windows.node_memory_MemAvailable_bytes, os.freemem())
      const { value, askedAtSeconds } = survey.answer('mem')
      // A failure looks like a machine without page files, so nothing is said of either.
      if (value.swaptotal > 0) {
        out.add(windows.node_memory_SwapTotal_bytes, value.swaptotal)
        out.add(windows.node_memory_SwapFree_bytes, value.swapfree)
      }
      out.add(lastUpdate, askedAtSeconds, 'meminfo')
    },
  })
}

/** Not surveyed: systeminformation says that there is no swap, and adds what is not to be added. */
function bsdMeminfo({ os }: PortableMachine): Collector {
  return defineCollector({
    name: 'meminfo',
    enabled: true,
    help: 'Memory.',
    flags: {},
    families: Object.values(bsd),
    collect({ out }) {
      out.add(bsd.node_memory_size_bytes, os.totalmem())
      out.add(bsd.node_memory_free_bytes, os.freemem())
    },
  })
}
