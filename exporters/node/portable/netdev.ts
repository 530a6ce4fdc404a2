/** Traffic and errors of the network interfaces. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector, NoData, type Out } from '../collector.ts'
import { includeExclude } from '../include-exclude.ts'
import { addressScope } from '../network-interface.ts'
import { lastUpdate } from '../survey.ts'
import type { Answers } from '../systeminformation.ts'
import { type PortableMachine, surveyFlags, surveyTimes } from './machine.ts'

const traffic = families('counter', ['device'], {
  node_network_receive_bytes_total: 'Network interface counter receive_bytes.',
  node_network_receive_errs_total: 'Network interface counter receive_errs.',
  node_network_transmit_bytes_total: 'Network interface counter transmit_bytes.',
  node_network_transmit_errs_total: 'Network interface counter transmit_errs.',
})
/** Only on Windows: on macOS systeminformation takes one column for both. */
const drops = families('counter', ['device'], {
  node_network_receive_drop_total: 'Network interface counter receive_drop.',
  node_network_transmit_drop_total: 'Network interface counter transmit_drop.',
})
const addressInfo = family(
  'gauge',
  'node_network_address_info',
  'An address of an interface, as labels.',
  ['device', 'address', 'netmask', 'scope'],
)

/**
 * Not for the BSDs, where systeminformation adds the bytes of an interface's addresses to those of the
 * interface, which contain them.
 */
export function netdev({ platform, os, survey }: PortableMachine): Collector {
  const hasDrops = platform === 'win32'
  return defineCollector({
    name: 'netdev',
    enabled: true,
    help: 'Network interface statistics, in the background.',
    flags: {
      'device-include': { help: 'Regexp of the interfaces to show.', default: '' },
      'device-exclude': { help: 'Regexp of the interfaces to leave out.', default: '' },
      'address-info': { help: 'Show node_network_address_info.', default: false },
      ...surveyFlags,
    },
    families: [
      ...Object.values(traffic),
      ...(hasDrops ? Object.values(drops) : []),
      addressInfo,
      lastUpdate,
    ],
    start(context) {
      survey.add('networkStats', surveyTimes(context.flags))
      return includeExclude(context, { include: 'device-include', exclude: 'device-exclude' })
    },
    collect({ out, flags, state: ignores }) {
      if (flags['address-info']) addAddresses(os.networkInterfaces(), ignores, out)
      const { value, askedAtSeconds } = survey.answer('networkStats')
      // An interface that could not be read has zeros too, so nothing is said until it has traffic.
      const known = value.filter(({ rx_bytes, tx_bytes }) => rx_bytes > 0 || tx_bytes > 0)
      if (known.length === 0) throw new NoData('no interface has traffic, or none could be read')
      for (const stats of known) if (!ignores(stats.iface)) addStats(stats, hasDrops, out)
      out.add(lastUpdate, askedAtSeconds, 'netdev')
    },
  })
}

type Stats = Answers['networkStats'][number]

function addStats(stats: Stats, hasDrops: boolean, out: Out): void {
  out.add(traffic.node_network_receive_bytes_total, stats.rx_bytes, stats.iface)
  out.add(traffic.node_network_receive_errs_total, stats.rx_errors, stats.iface)
  out.add(traffic.node_network_transmit_bytes_total, stats.tx_bytes, stats.iface)
  out.add(traffic.node_network_transmit_errs_total, stats.tx_errors, stats.iface)
  if (!hasDrops) return
  out.add(drops.node_network_receive_drop_total, stats.rx_dropped, stats.iface)
  out.add(drops.node_network_transmit_drop_total, stats.tx_dropped, stats.iface)
}

type Interfaces = ReturnType<PortableMachine['os']['networkInterfaces']>

function addAddresses(
  interfaces: Interfaces,
  ignores: (device: string) => boolean,
  out: Out,
): void {
  for (const [device, addresses] of Object.entries(interfaces)) {
    if (ignores(device)) continue
    for (const { address, cidr } of addresses ?? []) {
      const prefixLength = cidr?.split('/')[1] ?? ''
      out.add(addressInfo, 1, device, address, prefixLength, addressScope(address))
    }
  }
}
