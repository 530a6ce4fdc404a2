/** The network of the fake machine, as its kernel tells it by netlink: test/fixtures shows the pages. */

import type { Request } from './fake-netlink.ts'
import {
  bytes,
  datagram,
  done,
  error,
  item,
  nested,
  text,
  u16,
  u32,
  u64,
  uint32s,
  uint64,
} from './netlink-messages.ts'

const nl80211 = 27

/** By protocol, type of message and, for generic netlink, command. */
const answers: Readonly<Record<string, () => readonly Buffer[]>> = {
  '0 18': () => [
    datagram(link(1, 'lo'), link(2, 'eth0'), link(3, 'wlan0')),
    datagram(link(4, 'eth1'), done()),
  ],
  '0 26': () => [datagram(...routes()), done()],
  '0 38': () => [datagram(...qdiscs(), done())],
  '16 16 3': () => [
    item(16, Buffer.from([1, 2, 0, 0]), text(2, 'nl80211'), u16(1, nl80211)),
    error(),
  ],
  [`16 ${nl80211} 5`]: () => [datagram(...radios(), done())],
  [`16 ${nl80211} 32`]: () => [datagram(...scan(), done())],
  [`16 ${nl80211} 17`]: () => [datagram(...stations(), done())],
}

/** For fakeNetlink. */
export function fakeNetwork({ protocol, type, content }: Request): readonly Buffer[] {
  const command = protocol === 16 ? ` ${content.readUInt8(0)}` : ''
  // Only wlan0 has a network and stations.
  if (type === nl80211 && content.length >= 12 && content.readUInt32LE(8) !== 3) return [error(-95)]
  return answers[`${protocol} ${type}${command}`]?.() ?? [error(-22)]
}

function link(index: number, name: string): Buffer {
  // Its hardware address, 10 bytes of an attribute, is padded.
  return item(16, uint32s(0, index, 0, 0), bytes(1, 2, 0, 0, 0, 0, index), text(3, name))
}

type RouteHead = {
  family?: number
  prefix?: number
  protocol?: number
  type?: number
  flags?: number
}

/** struct rtmsg, in the main table. */
export function rtmsg({
  family = 2,
  prefix = 0,
  protocol = 3,
  type = 1,
  flags = 0,
}: RouteHead): Buffer {
  const head = Buffer.from([family, prefix, 0, 0, 254, protocol, 0, type, 0, 0, 0, 0])
  head.writeUInt32LE(flags, 8)
  return head
}

/** struct rtnexthop with its attributes. */
export function hop(index: number, weight: number, ...attributes: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(8)
  const rest = Buffer.concat(attributes)
  head.writeUInt16LE(8 + rest.length, 0)
  head.writeUInt8(weight - 1, 3)
  head.writeInt32LE(index, 4)
  return Buffer.concat([head, rest])
}

export const v4 = (type: number, address: string): Buffer =>
  bytes(type, ...address.split('.').map(Number))

/** Sixteen bytes, given as hexadecimal digits with any number of colons between. */
export const v6 = (type: number, digits: string): Buffer =>
  bytes(type, ...Buffer.from(digits.replaceAll(':', ''), 'hex'))

function routes(): Buffer[] {
  const via = '20010db8:00000000:00000000:00000001'
  return [
    item(
      24,
      rtmsg({ protocol: 16 }),
      v4(5, '192.0.2.1'),
      u32(4, 2),
      u32(6, 100),
      v4(7, '192.0.2.2'),
    ),
    item(24, rtmsg({ prefix: 24, protocol: 2 }), v4(1, '192.0.2.0'), v4(7, '192.0.2.2'), u32(4, 2)),
    item(24, rtmsg({ prefix: 32, protocol: 2, type: 2 }), v4(1, '192.0.2.2'), u32(4, 2)), // local
    item(24, rtmsg({ prefix: 16, type: 6 }), v4(1, '198.18.0.0')), // blackhole
    item(
      24,
      rtmsg({ prefix: 15, protocol: 186 }),
      v4(1, '198.18.0.0'),
      nested(
        9,
        hop(2, 3, v4(5, '192.0.2.9')),
        hop(4, 256, bytes(18, 10, 0, ...v6(0, via).subarray(4))),
      ),
    ),
    item(
      24,
      rtmsg({ family: 10, prefix: 64, protocol: 2 }),
      v6(1, 'fe80:0000:0000:0000:0000:0000:0000:0000'),
      u32(4, 4),
      u32(6, 256),
    ),
    item(
      24,
      rtmsg({ family: 10, protocol: 9 }),
      v6(5, 'fe80:0000:0000:0000:02fc:00ff:fe00:0001'),
      u32(4, 4),
      u32(6, 1024),
    ),
  ]
}

function qdisc(
  index: number,
  parent: number,
  kind: string,
  ...attributes: readonly Buffer[]
): Buffer {
  return item(36, uint32s(0, index, 0x10000, parent, 2), text(1, kind), ...attributes)
}

function qdiscs(): Buffer[] {
  const basic = Buffer.concat([uint64(5_000_000_000n), uint32s(4_000_000)])
  return [
    qdisc(1, 0xffffffff, 'noqueue'),
    qdisc(
      2,
      0xffffffff,
      'mq',
      nested(7, bytes(1, ...basic), bytes(3, ...uint32s(3, 4500, 7, 2, 11))),
    ),
    qdisc(2, 0x10001, 'fq_codel', nested(7, bytes(1, ...basic))), // a part of mq
    qdisc(2, 0xfffffff1, 'ingress'),
    qdisc(9, 0xffffffff, 'fq'), // an interface that came in between
  ]
}

function genl(command: number): Buffer {
  return Buffer.from([command, 1, 0, 0])
}

function radios(): Buffer[] {
  const mac = bytes(6, 2, 0, 0, 0, 0, 3)
  return [
    item(nl80211, genl(7), u32(3, 3), text(4, 'wlan0'), u32(5, 2), mac, u32(38, 5180)),
    item(nl80211, genl(7), u32(5, 10), mac), // for peer-to-peer discovery: no interface
    item(nl80211, genl(7), u32(3, 5), text(4, 'mon0'), u32(5, 6)),
  ]
}

function scan(): Buffer[] {
  const name = Buffer.from('Café 5G')
  const elements = Buffer.from([1, 2, 0x82, 0x84, 0, name.length, ...name, 3, 1, 6])
  const bssid = bytes(1, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55)
  return [
    item(nl80211, genl(34), u32(3, 3), nested(47, bytes(1, 2, 4, 6, 8, 10, 12), u32(2, 2412))), // a neighbour's
    item(nl80211, genl(34), u32(3, 3), nested(47, bssid, bytes(6, ...elements), u32(9, 1))),
  ]
}

function stations(): Buffer[] {
  const rate = nested(14, u16(1, 0xffff), u32(5, 12_010), bytes(6, 9))
  return [
    item(
      nl80211,
      genl(19),
      u32(3, 3),
      bytes(6, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55),
      nested(
        21,
        u32(1, 1250),
        u32(2, 0x1),
        u32(3, 2000),
        bytes(7, 0x100 - 52),
        nested(8, u16(1, 540)),
        u32(9, 300),
        u32(10, 200),
        u32(11, 12),
        u32(12, 3),
        rate,
        u32(16, 3600),
        u32(18, 1),
        u64(23, 0x2_0000_0001n),
      ),
    ),
  ]
}
