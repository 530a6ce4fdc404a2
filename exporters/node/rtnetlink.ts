/** Interfaces and qdiscs as the kernel tells them by rtnetlink: include/uapi/linux/rtnetlink.h. */

import { NETLINK_ROUTE, type Netlink, type Question } from './netlink.ts'
import {
  readAttributes,
  readString,
  readUint64,
  writeAttribute,
  writeUint32,
} from './netlink-message.ts'

const RTM_GETLINK = 18
const ifinfomsgBytes = 16
const IFLA_IFNAME = 3
const IFLA_EXT_MASK = 29
/** The counters are most of what the kernel would tell. */
const RTEXT_FILTER_SKIP_STATS = 8

const RTM_GETQDISC = 38
const tcmsgBytes = 20
const TCA_KIND = 1
const TCA_STATS2 = 7
/** Within TCA_STATS2, include/uapi/linux/gen_stats.h. */
const TCA_STATS_BASIC = 1
const TCA_STATS_QUEUE = 3
const TCA_STATS_PKT64 = 8

/** What a qdisc has for a parent that is the first on its way out. */
const TC_H_ROOT = 0xffffffff

const links: Question = {
  protocol: NETLINK_ROUTE,
  type: RTM_GETLINK,
  isDump: true,
  content: [
    Buffer.alloc(ifinfomsgBytes),
    writeAttribute(IFLA_EXT_MASK, writeUint32(RTEXT_FILTER_SKIP_STATS)),
  ],
}

const qdiscs: Question = {
  protocol: NETLINK_ROUTE,
  type: RTM_GETQDISC,
  isDump: true,
  content: [Buffer.alloc(tcmsgBytes)],
}

/** Of all interfaces, by the number by which other messages mean them. */
export function askInterfaceNames(netlink: Netlink): Map<number, string> {
  return netlink.ask(
    links,
    () => new Map<number, string>(),
    (names, content) => {
      for (const { type, value } of readAttributes(content, ifinfomsgBytes)) {
        if (type !== IFLA_IFNAME) continue
        names.set(content.getInt32(4, true), readString(value))
        break // it is the first of some forty
      }
    },
  )
}

export type Qdisc = {
  readonly interfaceIndex: number
  readonly isRoot: boolean
  /** Such as fq_codel; empty where the kernel does not tell. */
  kind: string
  bytes: number
  packets: number
  drops: number
  requeues: number
  overlimits: number
  /** Packets that wait, and their bytes. */
  queueLength: number
  backlogBytes: number
}

export function askQdiscs(netlink: Netlink): Qdisc[] {
  return netlink.ask(
    qdiscs,
    () => [] as Qdisc[],
    (gathered, content) => gathered.push(parseQdisc(content)),
  )
}

/** A struct tcmsg with its attributes. */
export function parseQdisc(content: DataView): Qdisc {
  const parent = content.getUint32(12, true)
  const qdisc: Qdisc = {
    interfaceIndex: content.getInt32(4, true),
    isRoot: parent === TC_H_ROOT || parent === 0,
    kind: '',
    bytes: 0,
    packets: 0,
    drops: 0,
    requeues: 0,
    overlimits: 0,
    queueLength: 0,
    backlogBytes: 0,
  }
  for (const { type, value } of readAttributes(content, tcmsgBytes)) {
    if (type === TCA_KIND) qdisc.kind = readString(value)
    // TCA_STATS, the older struct beside it, has the same numbers but no requeues.
    else if (type === TCA_STATS2) readStatistics(value, qdisc)
  }
  return qdisc
}

function readStatistics(statistics: DataView, qdisc: Qdisc): void {
  for (const { type, value } of readAttributes(statistics)) {
    if (type === TCA_STATS_BASIC) {
      qdisc.bytes = readUint64(value)
      qdisc.packets = value.getUint32(8, true)
    } else if (type === TCA_STATS_QUEUE) {
      qdisc.queueLength = value.getUint32(0, true)
      qdisc.backlogBytes = value.getUint32(4, true)
      qdisc.drops = value.getUint32(8, true)
      qdisc.requeues = value.getUint32(12, true)
      qdisc.overlimits = value.getUint32(16, true)
    } else if (type === TCA_STATS_PKT64) {
      // Comes behind the 32 bits of TCA_STATS_BASIC, once those do not hold the number any more.
      qdisc.packets = readUint64(value)
    }
  }
}
