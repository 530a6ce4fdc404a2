/** Boot time, context switches, forks, interrupts and runnable processes: /proc/stat but for its CPUs. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const counter = families('counter', [], {
  node_context_switches_total: 'Context switches.',
  node_forks_total: 'Processes and threads created.',
  node_intr_total: 'Interrupts serviced.',
})
const gauge = families('gauge', [], {
  node_boot_time_seconds: 'When the system booted, in seconds since the epoch.',
  node_procs_blocked: 'Processes blocked until I/O completes.',
  node_procs_running: 'Processes in a runnable state.',
})
const softirqs = family('counter', 'node_softirqs_total', 'Softirqs by vector.', ['vector'])

/** A line's first word and what its first number is. */
const lines = new Map([
  ['intr', counter.node_intr_total],
  ['ctxt', counter.node_context_switches_total],
  ['btime', gauge.node_boot_time_seconds],
  ['processes', counter.node_forks_total],
  ['procs_running', gauge.node_procs_running],
  ['procs_blocked', gauge.node_procs_blocked],
])

/** The order of the kernel's enum, include/linux/interrupt.h. */
const vectors = [
  'hi',
  'timer',
  'net_tx',
  'net_rx',
  'block',
  'block_iopoll',
  'tasklet',
  'sched',
  'hrtimer',
  'rcu',
]

export default defineCollector({
  name: 'stat',
  enabled: true,
  help: 'System-wide counters, from /proc/stat.',
  flags: {
    softirq: { help: 'Show node_softirqs_total, by vector.', default: false },
  },
  families: [...Object.values(counter), ...Object.values(gauge), softirqs],
  collect({ host, flags, out }) {
    const words = new Words(host.procShared('stat'))
    for (; words.hasMore; words.nextLine()) {
      if (words.startsWith('cpu')) continue
      const name = words.word()
      const declaration = lines.get(name)
      if (declaration !== undefined) out.add(declaration, words.number())
      if (name !== 'softirq' || !flags.softirq) continue
      words.number() // their sum
      for (const vector of vectors) out.add(softirqs, words.number(), vector)
    }
  },
})
