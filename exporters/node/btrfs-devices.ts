/**
 * What btrfs tells of the devices of a file system only when asked by ioctl(2) on a place where it is
 * mounted: how much of each is given to no use, and how often each failed. linux/btrfs.h has the structs.
 */

import type { CollectorLog } from './collector.ts'
import type { Host } from './host.ts'
import type { Libc } from './libc.ts'
import { isBelow, remoteMounts } from './mount-list.ts'
import { type Mount, parseMountInfo } from './mountinfo.ts'

export type BtrfsDevice = {
  /** Such as `/dev/sda`; empty for one that is missing. */
  readonly path: string
  readonly uuid: string
  readonly totalBytes: number
  readonly usedBytes: number
  /** As often as it failed, by kind, in the order of `errorTypes`. */
  readonly errors: readonly number[]
}

export const errorTypes = ['write', 'read', 'flush', 'corruption', 'generation'] as const

const BTRFS_IOC_FS_INFO = 0x8400_941f
const BTRFS_IOC_DEV_INFO = 0xd000_941e
const BTRFS_IOC_GET_DEV_STATS = 0xc408_9434

const pathAt = 3072
const errorsAt = 24

export class BtrfsDevices {
  readonly #libc: Libc
  #mountInfo: Buffer = Buffer.alloc(0)
  #mounts: readonly Mount[] = []

  constructor(libc: Libc) {
    this.#libc = libc
  }

  /** By the UUID of their file system; only of those that can be asked. */
  read(host: Host, log: CollectorLog): Map<string, readonly BtrfsDevice[]> {
    const found = new Map<string, readonly BtrfsDevice[]>()
    if (this.#libc.missing !== undefined) return found
    this.#refreshMounts(host)
    const asked = new Set<string>()
    for (const { device, mountPoint, path } of this.#mounts) {
      // Subvolumes and containers mount a file system many times; one answer is enough.
      if (asked.has(device)) continue
      try {
        const { uuid, devices } = this.#ask(host.mountPath(path))
        found.set(uuid, devices)
        asked.add(device)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error
        log.debug('A btrfs mount does not answer', { mountpoint: mountPoint, err: error.message })
      }
    }
    return found
  }

  #refreshMounts(host: Host): void {
    const content = host.procIfAllowed('1/mountinfo') ?? host.proc('self/mountinfo')
    if (content.equals(this.#mountInfo)) return
    this.#mountInfo = Buffer.from(content)
    const mounts = parseMountInfo(this.#mountInfo)
    // The way to a place behind another machine's file system may hang, and all of us with it.
    const remote = remoteMounts(mounts)
    this.#mounts = mounts.filter(
      ({ fsType, path }) =>
        fsType === 'btrfs' && !remote.some((other) => isBelow(path, other.path)),
    )
  }

  /** Opened each time: a descriptor that is kept would keep the file system from being unmounted. */
  #ask(path: string | Buffer): { uuid: string; devices: BtrfsDevice[] } {
    const libc = this.#libc
    const fd = libc.open(path)
    try {
      const info = Buffer.alloc(1024)
      libc.ioctl(fd, BTRFS_IOC_FS_INFO, info)
      const { uuid, highestId, deviceCount } = parseFileSystem(info)
      const devices: BtrfsDevice[] = []
      for (let id = 0; id <= highestId && devices.length < deviceCount; id += 1) {
        const device = askDevice(libc, fd, id)
        if (device !== undefined) devices.push(device)
      }
      return { uuid, devices }
    } finally {
      libc.close(fd)
    }
  }
}

/** Undefined where no device has this number: they have gaps after devices were removed. */
function askDevice(libc: Libc, fd: number, id: number): BtrfsDevice | undefined {
  const info = Buffer.alloc(4096)
  info.writeBigUInt64LE(BigInt(id))
  try {
    libc.ioctl(fd, BTRFS_IOC_DEV_INFO, info)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENODEV') return undefined
    throw error
  }
  const stats = Buffer.alloc(1032)
  stats.writeBigUInt64LE(BigInt(id))
  stats.writeBigUInt64LE(BigInt(errorTypes.length), 8)
  libc.ioctl(fd, BTRFS_IOC_GET_DEV_STATS, stats)
  return parseDevice(info, stats)
}

/** struct btrfs_ioctl_fs_info_args. */
function parseFileSystem(bytes: Buffer): {
  uuid: string
  highestId: number
  deviceCount: number
} {
  return {
    highestId: Number(bytes.readBigUInt64LE(0)),
    deviceCount: Number(bytes.readBigUInt64LE(8)),
    uuid: uuidAt(bytes, 16),
  }
}

/** struct btrfs_ioctl_dev_info_args and struct btrfs_ioctl_get_dev_stats. */
function parseDevice(info: Buffer, stats: Buffer): BtrfsDevice {
  return {
    uuid: uuidAt(info, 8),
    usedBytes: Number(info.readBigUInt64LE(24)),
    totalBytes: Number(info.readBigUInt64LE(32)),
    path: info.toString('utf8', pathAt, info.indexOf(0, pathAt)),
    errors: errorTypes.map((_, index) => Number(stats.readBigUInt64LE(errorsAt + index * 8))),
  }
}

function uuidAt(bytes: Buffer, start: number): string {
  const hex = bytes.toString('hex', start, start + 16)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
