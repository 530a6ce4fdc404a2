/**
 * TCP sockets by state, and the bytes that wait in them: by netlink, or from /proc/net/tcp where
 * netlink is not to be had. Both tell the same; the file costs the kernel twice as much.
 */

import { family } from '../../../shared/exposition/declare.ts'
import { type CollectorLog, defineCollector } from '../collector.ts'
import type { Host } from '../host.ts'
import { askTcpSockets } from '../inet-diag.ts'
import { hasCode, Netlink } from '../netlink.ts'
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

/** Of a kernel without inet_diag, or that does not let us ask it. */
const withoutNetlink = ['ENOENT', 'EPROTONOSUPPORT', 'EAFNOSUPPORT', 'ENOTSUP', 'EPERM', 'EACCES']

type Tally = { readonly counts: Float64Array; sockets: number; tx: number; rx: number }

export default defineCollector({
  name: 'tcpstat',
  enabled: false,
  help: 'TCP sockets by state, by netlink or from /proc/net/tcp and tcp6.',
  flags: {},
  families: [states],
  start({ host, log }): { netlink: Netlink | undefined } {
    // A copy of some machine's /proc tells of that one, the kernel would tell of this one.
    if (!host.isProcMounted()) return { netlink: undefined }
    const libc = host.libc(log)
    return { netlink: libc.missing === undefined ? new Netlink(libc) : undefined }
  },
  collect({ host, log, out, state }) {
    const tallies = askKernel(state, log) ?? [readFiles(host)]
    const sum = (of: (tally: Tally) => number): number =>
      tallies.reduce((total, tally) => total + of(tally), 0)
    for (const [number, name] of names.entries()) {
      const count = sum(({ counts }) => counts[number] ?? 0)
      if (name !== '' && count > 0) out.add(states, count, name)
    }
    if (sum(({ sockets }) => sockets) === 0) return
    out.add(
      states,
      sum(({ tx }) => tx),
      'tx_queued_bytes',
    )
    out.add(
      states,
      sum(({ rx }) => rx),
      'rx_queued_bytes',
    )
  },
})

/** Undefined, from then on too, where the kernel will not answer. */
function askKernel(
  state: { netlink: Netlink | undefined },
  log: CollectorLog,
): Tally[] | undefined {
  if (state.netlink === undefined) return undefined
  try {
    return askTcpSockets(state.netlink, newTally, add)
  } catch (error) {
    if (!hasCode(error, ...withoutNetlink)) throw error
    log.info('TCP sockets are read from /proc/net/tcp, which takes longer', {
      reason: error.message,
    })
    state.netlink = undefined
    return undefined
  }
}

function readFiles(host: Host): Tally {
  const tally = newTally()
  const visit = (state: number, tx: number, rx: number): void => add(tally, state, tx, rx)
  readSocketTable(host.proc('net/tcp'), { file: 'net/tcp', fewestColumns }, visit)
  const tcp6 = host.procIfAny('net/tcp6') // absent without IPv6
  if (tcp6 !== undefined) readSocketTable(tcp6, { file: 'net/tcp6', fewestColumns }, visit)
  return tally
}

function newTally(): Tally {
  return { counts: new Float64Array(names.length), sockets: 0, tx: 0, rx: 0 }
}

function add(tally: Tally, state: number, tx: number, rx: number): void {
  if (state < names.length) tally.counts[state] = (tally.counts[state] ?? 0) + 1
  tally.sockets += 1
  tally.tx += tx
  tally.rx += rx
}
