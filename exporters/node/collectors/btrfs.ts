/**
 * Btrfs file systems: space and commits as sysfs tells them, and the devices as ioctl(2) does. Of a
 * file system that cannot be asked, sysfs tells at least the size of its devices.
 */

import { families, family } from '../../../shared/exposition/declare.ts'
import { type BtrfsDevice, BtrfsDevices, errorTypes } from '../btrfs-devices.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'

const root = 'fs/btrfs'

const spaces = families('gauge', ['uuid', 'block_group_type', 'mode'], {
  node_btrfs_allocation_ratio: 'How many bytes of disk a byte of data takes.',
  node_btrfs_size_bytes: 'Space given to data of one kind and mode, in bytes.',
  node_btrfs_used_bytes: 'How much of that is in use, in bytes.',
})
const reserved = family('gauge', 'node_btrfs_reserved_bytes', 'Space that is spoken for.', [
  'uuid',
  'block_group_type',
])
const totals = families('counter', ['uuid'], {
  node_btrfs_commit_seconds_total: 'Time spent in commits, in seconds.',
  node_btrfs_commits_total: 'Commits since the file system was mounted.',
})
const gauge = families('gauge', ['uuid'], {
  node_btrfs_global_rsv_size_bytes: 'Reserve for when there is no space left, in bytes.',
  node_btrfs_last_commit_seconds: 'How long the last commit took, in seconds.',
  node_btrfs_max_commit_seconds: 'How long the longest commit took, in seconds.',
})
const info = family('gauge', 'node_btrfs_info', 'A file system, as labels.', ['uuid', 'label'])
const sizeHelp = 'Size of a device, in bytes.'
const sizeBySysfs = family('gauge', 'node_btrfs_device_size_bytes', sizeHelp, ['uuid', 'device'])
const device = families('gauge', ['uuid', 'device', 'btrfs_dev_uuid'], {
  node_btrfs_device_size_bytes: sizeHelp,
  node_btrfs_device_unused_bytes: 'How much of a device is given to no use, in bytes.',
})
const errors = family('counter', 'node_btrfs_device_errors_total', 'How often a device failed.', [
  'uuid',
  'device',
  'btrfs_dev_uuid',
  'type',
])

const kinds = ['data', 'metadata', 'system']

export default defineCollector({
  name: 'btrfs',
  enabled: true,
  help: 'Btrfs file systems, from /sys/fs/btrfs.',
  flags: {},
  families: [
    ...Object.values(spaces),
    reserved,
    ...Object.values(totals),
    ...Object.values(gauge),
    info,
    sizeBySysfs,
    ...Object.values(device),
    errors,
  ],
  start: (): { devices: BtrfsDevices | undefined } => ({ devices: undefined }),
  collect({ host, out, log, state }) {
    const names = host.sysList(root).filter((name) => name.includes('-'))
    if (names.length === 0) return
    // Only now: most machines have no btrfs, and need neither system calls nor the list of mounts.
    state.devices ??= new BtrfsDevices(host.libc(log))
    const devices = state.devices.read(host, log)
    for (const name of names) addFileSystem(host, out, name, devices.get(name))
  },
})

function addFileSystem(
  host: Host,
  out: Out,
  name: string,
  asked: readonly BtrfsDevice[] | undefined,
): void {
  const folder = `${root}/${name}`
  // The name is that of the devices; a cloned file system keeps its own UUID in here.
  const uuid = host.sysAttribute(`${folder}/metadata_uuid`) || name
  const count = (path: string): number => countIn(host, `${folder}/${path}`)
  out.add(info, 1, uuid, host.sysAttribute(`${folder}/label`) ?? '')
  out.add(gauge.node_btrfs_global_rsv_size_bytes, count('allocation/global_rsv_size'), uuid)
  addCommits(out, uuid, host.sysAttribute(`${folder}/commit_stats`) ?? '')
  const devices = host.sysList(`${folder}/devices`)
  if (asked !== undefined) addDevices(out, uuid, asked)
  else {
    for (const name of devices) {
      out.add(sizeBySysfs, count(`devices/${name}/size`) * 512, uuid, name)
    }
  }
  for (const kind of kinds) {
    const place = `allocation/${kind}`
    if (!host.hasSys(`${folder}/${place}`)) continue
    out.add(reserved, count(`${place}/bytes_reserved`), uuid, kind)
    for (const mode of host.sysList(`${folder}/${place}`)) {
      if (!host.isSysFolder(`${folder}/${place}/${mode}`)) continue
      const at = [uuid, kind, mode] as const
      out.add(spaces.node_btrfs_used_bytes, count(`${place}/${mode}/used_bytes`), ...at)
      out.add(spaces.node_btrfs_size_bytes, count(`${place}/${mode}/total_bytes`), ...at)
      out.add(spaces.node_btrfs_allocation_ratio, ratioOf(mode, devices.length), ...at)
    }
  }
}

function addDevices(out: Out, uuid: string, devices: readonly BtrfsDevice[]): void {
  for (const { path, uuid: deviceUuid, totalBytes, usedBytes, errors: counts } of devices) {
    const at = [uuid, path.slice(path.lastIndexOf('/') + 1), deviceUuid] as const
    out.add(device.node_btrfs_device_size_bytes, totalBytes, ...at)
    out.add(device.node_btrfs_device_unused_bytes, totalBytes - usedBytes, ...at)
    for (const [index, type] of errorTypes.entries()) {
      out.add(errors, counts[index] ?? 0, ...at, type)
    }
  }
}

/** Kernels before 6.1 do not tell: zeros, as in the original. */
function addCommits(out: Out, uuid: string, text: string): void {
  const values = new Map(
    text
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((words) => words.length === 2)
      .map(([name = '', value = '']) => [name, /^\d+$/.test(value) ? Number(value) : 0]),
  )
  const get = (name: string): number => values.get(name) ?? 0
  out.add(totals.node_btrfs_commits_total, get('commits'), uuid)
  out.add(totals.node_btrfs_commit_seconds_total, get('total_commit_ms') / 1000, uuid)
  out.add(gauge.node_btrfs_last_commit_seconds, get('last_commit_ms') / 1000, uuid)
  out.add(gauge.node_btrfs_max_commit_seconds, get('max_commit_ms') / 1000, uuid)
}

function ratioOf(mode: string, devices: number): number {
  switch (mode) {
    case 'single':
    case 'raid0':
      return 1
    case 'dup':
    case 'raid1':
    case 'raid10':
      return 2
    case 'raid1c3':
      return 3
    case 'raid1c4':
      return 4
    case 'raid5':
      return devices / (devices - 1)
    case 'raid6':
      return devices / (devices - 2)
    default:
      return 0
  }
}

/** What is missing or no number counts as 0, as in the original. */
function countIn(host: Host, path: string): number {
  const text = host.sysAttribute(path) ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}
