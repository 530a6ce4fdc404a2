/**
 * TCP sockets by state, and the bytes that wait in them.
 *
 * The original asks by netlink. The file says the same, but for listening sockets: netlink gives the
 * limit of their backlog as bytes to be sent, the file 0.
 */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { readSocketTable } from '../socket-table.ts'

const states = family(
  'gauge',
  'node_tcp_connection_states',
  'TCP sockets by state, and bytes in their queues.',
  ['state'],
)

/** By the kernel's number, include/net/tcp_states.h. */
const names = [
  '',
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
]

/** Of a socket in TIME_WAIT, whose lines are the shortest. */
const fewestColumns = 12

export default defineCollector({
  name: 'tcpstat',
  enabled: false,
  help: 'TCP sockets by state, from /proc/net/tcp and tcp6.',
  flags: {},
  families: [states],
  collect({ host, out }) {
    const counts = new Float64Array(names.length)
    let [tx, rx, sockets] = [0, 0, 0]
    const count = (state: number, sent: number, received: number): void => {
      if (names[state]) counts[state] = (counts[state] ?? 0) + 1
      tx += sent
      rx += received
      sockets += 1
    }
    readSocketTable(host.proc('net/tcp'), { file: 'net/tcp', fewestColumns }, count)
    const tcp6 = host.procIfAny('net/tcp6') // absent without IPv6
    if (tcp6 !== undefined) readSocketTable(tcp6, { file: 'net/tcp6', fewestColumns }, count)
    for (const [state, value] of counts.entries()) {
      if (value > 0) out.add(states, value, names[state] ?? '')
    }
    if (sockets === 0) return
    out.add(states, tx, 'tx_queued_bytes')
    out.add(states, rx, 'rx_queued_bytes')
  },
})
