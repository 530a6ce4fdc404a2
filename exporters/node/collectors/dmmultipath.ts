/** Disks that can be reached in several ways, and which of the ways work. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { listDevices, requiredCount, requiredText } from '../sysfs.ts'

const root = 'block'

const gauge = families('gauge', ['device', 'sysfs_name'], {
  node_dmmultipath_device_active: 'Whether the device is not suspended.',
  node_dmmultipath_device_paths: 'Paths to the device.',
  node_dmmultipath_device_paths_active: 'Paths that work.',
  node_dmmultipath_device_paths_failed: 'Paths that do not work.',
  node_dmmultipath_device_size_bytes: 'Size of the device, in bytes.',
})
const info = family('gauge', 'node_dmmultipath_device_info', 'A device, as labels.', [
  'device',
  'sysfs_name',
  'uuid',
])
const pathState = family('gauge', 'node_dmmultipath_path_state', 'A path, its state as a label.', [
  'device',
  'path',
  'state',
])

export default defineCollector({
  name: 'dmmultipath',
  enabled: true,
  help: 'Multipath devices, from /sys/block/dm-*.',
  flags: {},
  families: [...Object.values(gauge), info, pathState],
  collect({ host, out }) {
    for (const name of listDevices(host, root)) {
      if (!name.startsWith('dm-')) continue
      const uuid = host.sysText(`${root}/${name}/dm/uuid`) ?? ''
      if (uuid.startsWith('mpath-')) addDevice(host, out, name, uuid)
    }
  },
})

function addDevice(host: Host, out: Out, name: string, uuid: string): void {
  const folder = `${root}/${name}`
  const device = requiredText(host, `${folder}/dm/name`)
  const at = [device, name] as const
  const isSuspended = requiredText(host, `${folder}/dm/suspended`) === '1'
  out.add(info, 1, ...at, uuid)
  out.add(gauge.node_dmmultipath_device_active, isSuspended ? 0 : 1, ...at)
  const sectors = requiredCount(host, `${folder}/size`)
  out.add(gauge.node_dmmultipath_device_size_bytes, sectors * 512, ...at)
  let active = 0
  const paths = host.sysList(`${folder}/slaves`)
  for (const path of paths) {
    const state = host.sysAttribute(`${root}/${path}/device/state`) ?? 'unknown'
    if (state === 'running' || state === 'live') active += 1
    out.add(pathState, 1, device, path, state)
  }
  out.add(gauge.node_dmmultipath_device_paths, paths.length, ...at)
  out.add(gauge.node_dmmultipath_device_paths_active, active, ...at)
  out.add(gauge.node_dmmultipath_device_paths_failed, paths.length - active, ...at)
}
