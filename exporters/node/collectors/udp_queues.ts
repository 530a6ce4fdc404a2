/** Bytes that wait in the UDP sockets, to be sent or to be read. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import { readSocketTable } from '../socket-table.ts'

const queues = family('gauge', 'node_udp_queues', 'Bytes waiting in UDP sockets.', ['queue', 'ip'])

const files = [
  ['net/udp', 'v4'],
  ['net/udp6', 'v6'],
] as const

/** Up to the drops, which are the last. */
const fewestColumns = 13

export default defineCollector({
  name: 'udp_queues',
  enabled: true,
  help: 'Queues of UDP sockets, from /proc/net/udp and udp6.',
  flags: {},
  families: [queues],
  collect({ host, out }) {
    let isThere = false
    for (const [file, ip] of files) {
      const content = host.procIfAny(file)
      if (content === undefined) continue
      isThere = true
      let [tx, rx] = [0, 0]
      readSocketTable(content, { file, fewestColumns }, (_state, sent, received) => {
        tx += sent
        rx += received
      })
      out.add(queues, tx, 'tx', ip)
      out.add(queues, rx, 'rx', ip)
    }
    if (!isThere) throw new NoData('the kernel has no list of UDP sockets')
  },
})
