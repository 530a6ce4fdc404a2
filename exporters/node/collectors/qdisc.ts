/** Queues of packets that wait to be sent, as tc(8) shows them: the first one of each interface. */

import { join } from 'node:path'
import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import type { Host } from '../host.ts'
import { includeExclude } from '../include-exclude.ts'
import { readRecords } from '../json-fixtures.ts'
import { Netlink } from '../netlink.ts'
import { askInterfaceNames, askQdiscs, type Qdisc } from '../rtnetlink.ts'

const counter = families('counter', ['device', 'kind'], {
  node_qdisc_bytes_total: 'Bytes sent.',
  node_qdisc_drops_total: 'Packets dropped.',
  node_qdisc_overlimits_total: 'How often the limit was reached.',
  node_qdisc_packets_total: 'Packets sent.',
  node_qdisc_requeues_total: 'Packets put back since the interface did not take them.',
})
const gauge = families('gauge', ['device', 'kind'], {
  node_qdisc_backlog: 'Bytes that wait.',
  node_qdisc_current_queue_length: 'Packets that wait.',
})

type DeviceQdisc = Qdisc & { readonly device: string }

export default defineCollector({
  name: 'qdisc',
  enabled: false,
  help: 'Queueing disciplines of the interfaces, by netlink.',
  flags: {
    'device-include': { help: 'Regexp of the interfaces to show.', default: '' },
    'device-exclude': { help: 'Regexp of the interfaces to leave out.', default: '' },
    'old-device-include': {
      help: 'Old name of device-include.',
      default: '',
      hidden: true,
      fullName: 'qdisk.device-include',
    },
    'old-device-exclude': {
      help: 'Old name of device-exclude.',
      default: '',
      hidden: true,
      fullName: 'qdisk.device-exclude',
    },
    fixtures: {
      help: 'Folder with a results.json to show instead of what the kernel says; for tests.',
      default: '',
    },
  },
  families: [...Object.values(counter), ...Object.values(gauge)],
  start(context) {
    const ignores = includeExclude(context, {
      include: 'device-include',
      exclude: 'device-exclude',
      oldInclude: 'old-device-include',
      oldExclude: 'old-device-exclude',
    })
    const { host, log } = context
    const { fixtures } = context.flags
    if (fixtures !== '') return { ignores, read: () => readFixtures(host, fixtures) }
    const netlink = new Netlink(host.libc(log))
    return { ignores, read: () => readKernel(netlink) }
  },
  collect({ out, state: { ignores, read } }) {
    for (const qdisc of read()) {
      // What hangs below another is counted in that one, too.
      if (!qdisc.isRoot || ignores(qdisc.device)) continue
      const labels = [qdisc.device, qdisc.kind] as const
      out.add(counter.node_qdisc_bytes_total, qdisc.bytes, ...labels)
      out.add(counter.node_qdisc_drops_total, qdisc.drops, ...labels)
      out.add(counter.node_qdisc_overlimits_total, qdisc.overlimits, ...labels)
      out.add(counter.node_qdisc_packets_total, qdisc.packets, ...labels)
      out.add(counter.node_qdisc_requeues_total, qdisc.requeues, ...labels)
      out.add(gauge.node_qdisc_backlog, qdisc.backlogBytes, ...labels)
      out.add(gauge.node_qdisc_current_queue_length, qdisc.queueLength, ...labels)
    }
  },
})

function readKernel(netlink: Netlink): DeviceQdisc[] {
  const names = askInterfaceNames(netlink)
  return askQdiscs(netlink).flatMap((qdisc) => {
    const device = names.get(qdisc.interfaceIndex)
    return device === undefined ? [] : { ...qdisc, device } // without a name: it came in between
  })
}

function readFixtures(host: Host, folder: string): DeviceQdisc[] {
  return readRecords(host, join(folder, 'results.json')).map((record) => ({
    interfaceIndex: 0,
    device: record.text('ifacename'),
    isRoot: record.number('parent') === 0,
    kind: record.text('kind'),
    bytes: record.number('bytes'),
    packets: record.number('packets'),
    drops: record.number('drops'),
    requeues: record.number('requeues'),
    overlimits: record.number('overlimits'),
    queueLength: record.number('qlen'),
    backlogBytes: record.number('backlog'),
  }))
}
