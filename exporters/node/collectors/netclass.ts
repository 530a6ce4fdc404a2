/** What the network interfaces are: state, speed, addresses of the hardware. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { answerUnless, listDevices, parsePrefixed } from '../sysfs.ts'

const root = 'class/net'

const gauge = families('gauge', ['device'], {
  node_network_address_assign_type: 'Who gave the hardware address: addr_assign_type.',
  node_network_carrier: 'Whether there is a link.',
  node_network_device_id: 'Which of the devices of one port: dev_id.',
  node_network_dormant: 'Whether the interface waits for something, such as a login.',
  node_network_flags: 'The flags of the interface: IFF_UP is 1, and so on.',
  node_network_iface_id: 'The number of the interface.',
  node_network_iface_link: 'The number of the interface that it sits on.',
  node_network_iface_link_mode: 'Whether it may become dormant: link_mode.',
  node_network_mtu_bytes: 'The longest packet, in bytes.',
  node_network_name_assign_type: 'Who gave it its name: name_assign_type.',
  node_network_net_dev_group: 'The group of the interface: netdev_group.',
  node_network_protocol_type: 'The kind of hardware: type.',
  node_network_speed_bytes: 'Speed of the link, in bytes a second.',
  node_network_transmit_queue_length: 'How many packets can wait to be sent.',
  node_network_up: 'Whether the interface works: operstate is up.',
})
const counter = families('counter', ['device'], {
  node_network_carrier_changes_total: 'How often the link came or went.',
  node_network_carrier_down_changes_total: 'How often the link went.',
  node_network_carrier_up_changes_total: 'How often the link came.',
})
const info = family('gauge', 'node_network_info', 'An interface, as labels.', [
  'device',
  'address',
  'broadcast',
  'duplex',
  'operstate',
  'adminstate',
  'ifalias',
])

const numbers: readonly (readonly [
  file: string,
  declaration: FamilyDeclaration<readonly ['device']>,
])[] = [
  ['addr_assign_type', gauge.node_network_address_assign_type],
  ['carrier', gauge.node_network_carrier],
  ['carrier_changes', counter.node_network_carrier_changes_total],
  ['carrier_down_count', counter.node_network_carrier_down_changes_total],
  ['carrier_up_count', counter.node_network_carrier_up_changes_total],
  ['dev_id', gauge.node_network_device_id],
  ['dormant', gauge.node_network_dormant],
  ['ifindex', gauge.node_network_iface_id],
  ['iflink', gauge.node_network_iface_link],
  ['link_mode', gauge.node_network_iface_link_mode],
  ['mtu', gauge.node_network_mtu_bytes],
  ['name_assign_type', gauge.node_network_name_assign_type],
  ['netdev_group', gauge.node_network_net_dev_group],
  ['tx_queue_len', gauge.node_network_transmit_queue_length],
  ['type', gauge.node_network_protocol_type],
]

/** The flag IFF_UP: somebody switched the interface on. */
const up = 1

export default defineCollector({
  name: 'netclass',
  enabled: true,
  help: 'Network interfaces, from /sys/class/net.',
  flags: {
    'ignored-devices': { help: 'Regexp of the interfaces to leave out.', default: '^$' },
    'ignore-invalid-speed': { help: 'Leave out speeds below zero.', default: false },
    netlink: {
      help: 'Accepted and ignored: the interfaces are read from sysfs.',
      default: false,
      hidden: true,
    },
    'with-stats': {
      help: 'Accepted and ignored: collector netdev has the counters.',
      default: false,
      fullName: 'netclass_rtnl.with-stats',
      hidden: true,
    },
  },
  families: [...Object.values(gauge), ...Object.values(counter), info],
  start({ flags, log, regexp, flagName }) {
    for (const flag of ['netlink', 'with-stats'] as const) {
      if (flags[flag]) log.warn(`${flagName(flag)} is without effect: sysfs is read instead`)
    }
    return { ignored: regexp('ignored-devices') }
  },
  // The speed is asked of the driver under the lock of all interfaces, which others may hold.
  read: (context) => context.host.askSlowSys(root, context, '*/speed', '*/duplex'),
  collect({ host, out, flags, state }) {
    for (const device of listDevices(host, root)) {
      if (state.ignored.test(device) || !host.isSysFolder(`${root}/${device}`)) continue
      addDevice(host, out, device, flags['ignore-invalid-speed'])
    }
  },
})

function addDevice(host: Host, out: Out, device: string, withoutInvalidSpeed: boolean): void {
  const read = (file: string): string | undefined => {
    const path = `${root}/${device}/${file}`
    return answerUnless(['EACCES', 'EPERM', 'ENOTSUP', 'EINVAL'], () => host.sysShort(path))?.trim()
  }
  // What is no number counts as 0, as in the original.
  const readNumber = (file: string): number | undefined => {
    const text = read(file)
    return text === undefined ? undefined : (parsePrefixed(text) ?? 0)
  }
  for (const [file, declaration] of numbers) {
    const value = readNumber(file)
    if (value !== undefined) out.add(declaration, value, device)
  }
  const megabits = readNumber('speed')
  if (megabits !== undefined && (megabits >= 0 || !withoutInvalidSpeed)) {
    out.add(gauge.node_network_speed_bytes, Math.trunc((megabits * 1e6) / 8), device)
  }
  const flags = readNumber('flags')
  if (flags !== undefined) out.add(gauge.node_network_flags, flags, device)
  const adminState = flags === undefined ? 'unknown' : flags % 2 === up ? 'up' : 'down'
  const state = read('operstate') ?? ''
  out.add(gauge.node_network_up, state === 'up' ? 1 : 0, device)
  const [address = '', broadcast = '', duplex = '', alias = ''] = [
    read('address'),
    read('broadcast'),
    read('duplex'),
    read('ifalias'),
  ]
  out.add(info, 1, device, address, broadcast, duplex, state, adminState, alias)
}
