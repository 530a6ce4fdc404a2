/** Routes that lead to a neighbour: of IPv4 and IPv6, of all routing tables. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Netlink } from '../netlink.ts'
import { askRoutes } from '../network-routes.ts'
import { askInterfaceNames } from '../rtnetlink.ts'

const info = family('gauge', 'node_network_route_info', 'A route, or one hop of it, as labels.', [
  'device',
  'src',
  'dest',
  'gw',
  'priority',
  'proto',
  'weight',
])
const count = family('gauge', 'node_network_routes', 'Routes and hops by interface.', ['device'])

export default defineCollector({
  name: 'network_route',
  enabled: false,
  help: 'Routes of all tables, by netlink. A series each: think before using it on a router.',
  flags: {},
  families: [info, count],
  start({ host, log }) {
    return new Netlink(host.libc(log))
  },
  collect({ out, state: netlink }) {
    const names = askInterfaceNames(netlink)
    const counts = new Map<string, number>()
    for (const { destination, source, priority, protocol, hops } of askRoutes(netlink)) {
      for (const { interfaceIndex, gateway, weight } of hops) {
        const device = names.get(interfaceIndex) ?? ''
        const share = weight === undefined ? '' : `${weight}`
        // Tables are no label: the same route in two of them is one series, counted twice.
        out.add(info, 1, device, source, destination, gateway, `${priority}`, protocol, share)
        counts.set(device, (counts.get(device) ?? 0) + 1)
      }
    }
    for (const [device, routes] of counts) out.add(count, routes, device)
  },
})
