/** TCP sockets as the kernel tells them by sock_diag(7): include/uapi/linux/inet_diag.h. */

import { NETLINK_SOCK_DIAG, type Netlink } from './netlink.ts'

const SOCK_DIAG_BY_FAMILY = 20
const inetDiagReqBytes = 56
const IPPROTO_TCP = 6
/** A bit for each of the states up to CLOSING, include/net/tcp_states.h. */
const allStates = 0xfff
const TCP_LISTEN = 10

const AF_INET = 2
const AF_INET6 = 10

/**
 * Calls `add` for each socket of IPv4 and IPv6 with what `begin` returned, its state and the bytes
 * that wait in it to be sent and to be read. Throws what Netlink.ask throws.
 */
export function askTcpSockets<T>(
  netlink: Netlink,
  begin: () => T,
  add: (gathered: T, state: number, tx: number, rx: number) => void,
): T[] {
  return [AF_INET, AF_INET6].map((family) => {
    const request = Buffer.alloc(inetDiagReqBytes)
    request.writeUInt8(family, 0)
    request.writeUInt8(IPPROTO_TCP, 1)
    request.writeUInt32LE(allStates, 4)
    const question = {
      protocol: NETLINK_SOCK_DIAG,
      type: SOCK_DIAG_BY_FAMILY,
      isDump: true,
      content: [request],
    }
    return netlink.ask(question, begin, (gathered, content) => {
      const state = content.getUint8(1)
      // Of a listening socket it is the limit of its backlog; /proc/net/tcp has 0 there.
      const tx = state === TCP_LISTEN ? 0 : content.getUint32(60, true)
      add(gathered, state, tx, content.getUint32(56, true))
    })
  })
}
