/** Routes as the kernel tells them by rtnetlink: include/uapi/linux/rtnetlink.h. */

import { NETLINK_ROUTE, type Netlink, type Question } from './netlink.ts'
import { part, readAttributes, readBytes } from './netlink-message.ts'

const RTM_GETROUTE = 26
const rtmsgBytes = 12
const rtnexthopBytes = 8

const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_PRIORITY = 6
const RTA_PREFSRC = 7
const RTA_MULTIPATH = 9
const RTA_VIA = 18

const AF_INET = 2
const AF_INET6 = 10
const RTN_UNICAST = 1
/** A copy that the kernel made for one destination, such as a smaller MTU that it learned. */
const RTM_F_CLONED = 0x200

/** Who added a route; the numbers between are free for daemons of one's own. */
const protocolNames: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  8: 'gated',
  9: 'ra',
  10: 'mrt',
  11: 'zebra',
  12: 'bird',
  13: 'dnrouted',
  14: 'xorp',
  15: 'ntk',
  16: 'dhcp',
  17: 'mrouted',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
}

export type Hop = {
  readonly interfaceIndex: number
  /** Empty where the destination is on the interface's own network. */
  readonly gateway: string
  /** Its share, where a route has several hops. */
  readonly weight: number | undefined
}

export type Route = {
  /** `default`, or an address and the length of its prefix. */
  readonly destination: string
  /** The address to send from, empty where the kernel chooses. */
  readonly source: string
  readonly priority: number
  /** In words: `kernel`, `bgp`, or `unknown`. */
  readonly protocol: string
  readonly hops: readonly Hop[]
}

const routes: Question = {
  protocol: NETLINK_ROUTE,
  type: RTM_GETROUTE,
  isDump: true,
  content: [Buffer.alloc(rtmsgBytes)], // no family, no table: all of them
}

/** Those that lead to a neighbour, of IPv4 and IPv6, in all tables. */
export function askRoutes(netlink: Netlink): Route[] {
  return netlink.ask(
    routes,
    () => [] as Route[],
    (gathered, content) => {
      const route = parseRoute(content)
      if (route !== undefined) gathered.push(route)
    },
  )
}

/** A struct rtmsg with its attributes. Undefined for what is no route to a neighbour by IP. */
export function parseRoute(content: DataView): Route | undefined {
  const family = content.getUint8(0)
  const isUnicast = content.getUint8(7) === RTN_UNICAST
  const isCloned = (content.getUint32(8, true) & RTM_F_CLONED) !== 0
  if (!isUnicast || isCloned || (family !== AF_INET && family !== AF_INET6)) return undefined
  const prefixLength = content.getUint8(1)
  let address = family === AF_INET ? '0.0.0.0' : '::'
  let [source, gateway] = ['', '']
  let [interfaceIndex, priority] = [0, 0]
  let hops: Hop[] = []
  for (const { type, value } of readAttributes(content, rtmsgBytes)) {
    if (type === RTA_DST) address = formatAddress(value)
    else if (type === RTA_PREFSRC) source = formatAddress(value)
    else if (type === RTA_GATEWAY || type === RTA_VIA) gateway = readGateway(type, value)
    else if (type === RTA_OIF) interfaceIndex = value.getUint32(0, true)
    else if (type === RTA_PRIORITY) priority = value.getUint32(0, true)
    else if (type === RTA_MULTIPATH) hops = readHops(value)
  }
  return {
    destination: prefixLength === 0 ? 'default' : `${address}/${prefixLength}`,
    source,
    priority,
    protocol: protocolNames[content.getUint8(5)] ?? 'unknown',
    hops: hops.length > 0 ? hops : [{ interfaceIndex, gateway, weight: undefined }],
  }
}

/** Each is a struct rtnexthop with attributes of its own. */
function readHops(multipath: DataView): Hop[] {
  const hops: Hop[] = []
  for (let at = 0; at + rtnexthopBytes <= multipath.byteLength; ) {
    const length = multipath.getUint16(at, true)
    if (length < rtnexthopBytes || at + length > multipath.byteLength) {
      throw new SyntaxError(`netlink: next hop of ${length} bytes in ${multipath.byteLength - at}`)
    }
    let gateway = ''
    for (const { type, value } of readAttributes(
      part(multipath, at, at + length),
      rtnexthopBytes,
    )) {
      if (type === RTA_GATEWAY || type === RTA_VIA) gateway = readGateway(type, value)
    }
    const weight = multipath.getUint8(at + 3) + 1
    hops.push({ interfaceIndex: multipath.getInt32(at + 4, true), gateway, weight })
    at += (length + 3) & ~3
  }
  return hops
}

/** RTA_VIA is a gateway of another family, IPv4 by IPv6: its address stands behind that family. */
function readGateway(type: number, value: DataView): string {
  return formatAddress(type === RTA_VIA ? part(value, 2, value.byteLength) : value)
}

/** Four or sixteen bytes as RFC 5952 wants them written. */
export function formatAddress(address: DataView): string {
  const bytes = readBytes(address)
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) throw new SyntaxError(`netlink: address of ${bytes.length} bytes`)
  const groups = bytes.toString('hex').replace(/....(?!$)/g, '$&:')
  return new URL(`http://[${groups}]`).hostname.slice(1, -1)
}
