/** NVMe controllers and their namespaces. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { listDevices, requiredCount, requiredText } from '../sysfs.ts'

const root = 'class/nvme'

const info = family('gauge', 'node_nvme_info', 'A controller, as labels.', [
  'device',
  'firmware_revision',
  'model',
  'serial',
  'state',
  'cntlid',
])
const bytes = families('gauge', ['device', 'nsid'], {
  node_nvme_namespace_capacity_bytes: 'The same as the size.',
  node_nvme_namespace_logical_block_size_bytes: 'The size of a block, in bytes.',
  node_nvme_namespace_size_bytes: 'Size in bytes; eight times too much with blocks of 4096 bytes.',
  node_nvme_namespace_used_bytes: 'How much of it is in use, in bytes.',
})
const namespaceInfo = family('gauge', 'node_nvme_namespace_info', 'A namespace, as labels.', [
  'device',
  'nsid',
  'ana_state',
])

export default defineCollector({
  name: 'nvme',
  enabled: true,
  help: 'NVMe controllers, from /sys/class/nvme.',
  flags: {},
  families: [info, ...Object.values(bytes), namespaceInfo],
  collect({ host, out }) {
    for (const device of listDevices(host, root)) {
      const folder = `${root}/${device}`
      const [firmware = '', model = '', serial = '', state = '', id = ''] = [
        'firmware_rev',
        'model',
        'serial',
        'state',
        'cntlid',
      ].map((file) => requiredText(host, `${folder}/${file}`))
      out.add(info, 1, device, firmware, model, serial, state, id)
      for (const name of host.sysList(folder)) {
        const [, nsid] = /nvme\d+(?:c\d+)?n(\d+)/.exec(name) ?? []
        if (nsid !== undefined) addNamespace(host, out, `${folder}/${name}`, [device, nsid])
      }
    }
  },
})

function addNamespace(
  host: Host,
  out: Out,
  folder: string,
  at: readonly [device: string, nsid: string],
): void {
  const used = requiredCount(host, `${folder}/nuse`)
  const size = requiredCount(host, `${folder}/size`)
  const block = requiredCount(host, `${folder}/queue/logical_block_size`)
  // The size is in units of 512 bytes, whatever the blocks are; dashboards know the original's number.
  out.add(bytes.node_nvme_namespace_size_bytes, size * block, ...at)
  out.add(bytes.node_nvme_namespace_capacity_bytes, size * block, ...at)
  out.add(bytes.node_nvme_namespace_used_bytes, used * block, ...at)
  out.add(bytes.node_nvme_namespace_logical_block_size_bytes, block, ...at)
  out.add(namespaceInfo, 1, ...at, host.sysText(`${folder}/ana_state`) ?? 'unknown')
}
