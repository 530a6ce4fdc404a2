/** The kernel's load balancer: all its traffic, and the connections of each backend. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out, StartError } from '../collector.ts'
import { type Backend, parseBackends } from '../ipvs-backends.ts'
import { Words } from '../words.ts'

const counter = families('counter', [], {
  node_ipvs_connections_total: 'Connections made.',
  node_ipvs_incoming_packets_total: 'Packets received.',
  node_ipvs_outgoing_packets_total: 'Packets sent.',
  node_ipvs_incoming_bytes_total: 'Bytes received.',
  node_ipvs_outgoing_bytes_total: 'Bytes sent.',
})

const labelNames = [
  'local_address',
  'local_port',
  'remote_address',
  'remote_port',
  'proto',
  'local_mark',
] as const

type LabelName = (typeof labelNames)[number]

export default defineCollector({
  name: 'ipvs',
  enabled: true,
  help: 'The load balancer of the kernel, from /proc/net/ip_vs and ip_vs_stats.',
  flags: {
    'backend-labels': {
      help: 'Labels of the backends, with commas; backends that are equal in them are summed.',
      default: labelNames.join(','),
    },
  },
  families: [...Object.values(counter), ...backendFamilies(labelNames)],
  start({ flags, flagName }) {
    const chosen = flags['backend-labels'].split(',').filter((label) => label !== '')
    const unknown = chosen.find((label) => !(labelNames as readonly string[]).includes(label))
    if (unknown !== undefined) {
      throw new StartError(
        `${flagName('backend-labels')} knows no label ${JSON.stringify(unknown)}: choose of ${labelNames.join(', ')}`,
      )
    }
    const labels = labelNames.filter((label) => chosen.includes(label))
    return { labels, families: backendFamilies(labels) }
  },
  collect({ host, out, state }) {
    const stats = host.procIfAny('net/ip_vs_stats')
    if (stats === undefined) throw new NoData('the load balancer is not loaded')
    addStats(new Words(stats), out)
    const sums = sumBackends(parseBackends(host.proc('net/ip_vs').toString()), state.labels)
    for (const { labels, values } of sums) {
      for (const [index, declaration] of state.families.entries()) {
        out.add(declaration, values[index] ?? 0, ...labels)
      }
    }
  },
})

function backendFamilies(labels: readonly LabelName[]) {
  return [
    family('gauge', 'node_ipvs_backend_connections_active', 'Active connections.', labels),
    family('gauge', 'node_ipvs_backend_connections_inactive', 'Inactive connections.', labels),
    family('gauge', 'node_ipvs_backend_weight', 'Weight of a backend.', labels),
  ]
}

/** Two lines of headings, then the totals in hexadecimal; the rates below are left to Prometheus. */
function addStats(words: Words, out: Out): void {
  words.nextLine()
  words.nextLine()
  for (const declaration of Object.values(counter)) out.add(declaration, words.hex())
}

type Sum = { readonly labels: readonly string[]; readonly values: [number, number, number] }

function sumBackends(backends: readonly Backend[], chosen: readonly LabelName[]): Iterable<Sum> {
  const sums = new Map<string, Sum>()
  for (const { labels, active, inactive, weight } of backends) {
    const own = chosen.map((label) => labels[label])
    const key = own.join('\n')
    const sum: Sum = sums.get(key) ?? { labels: own, values: [0, 0, 0] }
    sums.set(key, sum)
    sum.values[0] += active
    sum.values[1] += inactive
    sum.values[2] += weight
  }
  return sums.values()
}
