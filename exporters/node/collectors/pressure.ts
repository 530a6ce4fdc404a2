/** Pressure stall information: how long tasks waited for CPU, memory, I/O or interrupts. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import { parsePressure } from '../pressure-stalls.ts'

const counter = families('counter', [], {
  node_pressure_cpu_waiting_seconds_total: 'Time in which some task waited for a CPU.',
  node_pressure_io_waiting_seconds_total: 'Time in which some task waited for I/O.',
  node_pressure_io_stalled_seconds_total: 'Time in which all tasks waited for I/O.',
  node_pressure_irq_stalled_seconds_total: 'Time in which all tasks waited for interrupts.',
  node_pressure_memory_waiting_seconds_total: 'Time in which some task waited for memory.',
  node_pressure_memory_stalled_seconds_total: 'Time in which all tasks waited for memory.',
})

/** Which line of which file counts for what. Where the kernel has no such file there is no series. */
const resources = [
  { file: 'pressure/cpu', some: counter.node_pressure_cpu_waiting_seconds_total },
  {
    file: 'pressure/io',
    some: counter.node_pressure_io_waiting_seconds_total,
    full: counter.node_pressure_io_stalled_seconds_total,
  },
  {
    file: 'pressure/memory',
    some: counter.node_pressure_memory_waiting_seconds_total,
    full: counter.node_pressure_memory_stalled_seconds_total,
  },
  { file: 'pressure/irq', full: counter.node_pressure_irq_stalled_seconds_total },
] as const

export default defineCollector({
  name: 'pressure',
  enabled: true,
  help: 'Pressure stall information, from /proc/pressure.',
  flags: {},
  families: Object.values(counter),
  collect({ host, out }) {
    let found = false
    for (const { file, ...families } of resources) {
      const content = host.procIfAny(file)
      if (content === undefined) continue
      found = true
      const stalls = parsePressure(content)
      for (const line of ['some', 'full'] as const) {
        const declaration = line in families ? families[line as keyof typeof families] : undefined
        if (declaration === undefined) continue
        const micros = stalls[line]
        if (micros === undefined) throw new NoData(`${file} has no line "${line}"`)
        out.add(declaration, micros / 1000 / 1000) // two steps, to the last digit as the original
      }
    }
    if (!found) throw new NoData('the kernel has no pressure stall information')
  },
})
