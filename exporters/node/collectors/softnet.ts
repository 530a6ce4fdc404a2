/** Packets on their way from the network cards into the kernel, by CPU. */

import { families, family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, type Out } from '../collector.ts'
import { Words } from '../words.ts'

const counter = families('counter', ['cpu'], {
  node_softnet_processed_total: 'Packets processed.',
  node_softnet_dropped_total: 'Packets dropped since the backlog was full.',
  node_softnet_times_squeezed_total: 'Times that packets were left over when time was up.',
  node_softnet_cpu_collision_total: 'Collisions with another CPU when sending.',
  node_softnet_received_rps_total: 'Times that another CPU woke this one to process packets.',
  node_softnet_flow_limit_count_total: 'Packets dropped by the limit on a flow.',
})
const backlog = family('gauge', 'node_softnet_backlog_len', 'Packets in the backlog.', ['cpu'])

/** Kernels before 2.6.36 have 9 columns, before 3.11 10, before 5.10 11. */
const fewestColumns = 9
const mostColumns = 13
const cpuColumn = 12

/** Where each family stands in a line; those that an old kernel lacks are 0. */
const columns = [
  [0, counter.node_softnet_processed_total],
  [1, counter.node_softnet_dropped_total],
  [2, counter.node_softnet_times_squeezed_total],
  [8, counter.node_softnet_cpu_collision_total],
  [9, counter.node_softnet_received_rps_total],
  [10, counter.node_softnet_flow_limit_count_total],
  [11, backlog],
] as const

type Cpus = Map<number, readonly Series[]>

export default defineCollector({
  name: 'softnet',
  enabled: true,
  help: 'Backlog of received packets, from /proc/net/softnet_stat.',
  flags: {},
  families: [...Object.values(counter), backlog],
  start: () => ({ cpus: new Map() as Cpus, values: new Float64Array(mostColumns) }),
  collect({ host, out, state: { cpus, values } }) {
    const words = new Words(host.proc('net/softnet_stat'))
    for (let line = 0; words.hasMore; line += 1, words.nextLine()) {
      values.fill(0)
      let count = 0
      for (; words.toWord() && count < mostColumns; count += 1) values[count] = words.hex()
      if (count < fewestColumns) {
        throw new SyntaxError(
          `net/softnet_stat: expected at least ${fewestColumns} columns, got ${count}`,
        )
      }
      const isNew = count > cpuColumn
      if (!isNew) values[11] = 0
      const cpu = isNew ? (values[cpuColumn] ?? 0) : line
      const series = seriesOf(cpu, cpus, out)
      for (const [index, [column]] of columns.entries()) series[index]?.set(values[column] ?? 0)
    }
  },
})

function seriesOf(cpu: number, cpus: Cpus, out: Out): readonly Series[] {
  let series = cpus.get(cpu)
  if (series === undefined) {
    series = columns.map(([, declaration]) => out.series(declaration, `${cpu}`))
    cpus.set(cpu, series)
  }
  return series
}
