/** The mounts to show, parsed and filtered again only when the kernel's list has changed. */

import type { Host } from './host.ts'
import { type Mount, parseMountInfo } from './mountinfo.ts'
import type { MountQuestion } from './stat-mounts.ts'

export type ShownMount = MountQuestion &
  Mount & {
    readonly isReadOnly: boolean
    /** Another mount before it has the same labels. */
    readonly isRepeated: boolean
  }

/** These answer statfs(2) from memory, whatever has become of their disk. */
const quickTypes = new Set(['ext2', 'ext3', 'ext4', 'tmpfs', 'ramfs', 'vfat', 'exfat', 'devtmpfs'])

/** Walking a path through these does not leave the machine. */
const localTypes = new Set([
  ...quickTypes,
  ...'bpf btrfs cgroup cgroup2 configfs debugfs devpts efivarfs erofs f2fs fusectl hugetlbfs'.split(
    ' ',
  ),
  ...'iso9660 mqueue overlay proc pstore securityfs squashfs sysfs tracefs xfs zfs'.split(' '),
])

type Ignores = (text: string) => boolean

export class MountList {
  shown: readonly ShownMount[] = []
  readonly #ignoresMountPoint: Ignores
  readonly #ignoresType: Ignores
  #content: Buffer = Buffer.alloc(0)

  constructor(ignoresMountPoint: Ignores, ignoresType: Ignores) {
    this.#ignoresMountPoint = ignoresMountPoint
    this.#ignoresType = ignoresType
  }

  /** Throws when the kernel's list cannot be read or makes no sense. */
  refresh(host: Host): void {
    // Those of process 1 are the machine's; with hidepid, or without rights, we know only our own.
    const content = host.procIfAllowed('1/mountinfo') ?? host.proc('self/mountinfo')
    if (content.equals(this.#content)) return
    const mounts = parseMountInfo(content)
    const remote = remoteMounts(mounts)
    const seen = new Set<string>()
    this.shown = mounts.flatMap((mount) => this.#show(mount, remote, host, seen))
    this.#content = Buffer.from(content)
  }

  #show(mount: Mount, remote: readonly Mount[], host: Host, seen: Set<string>): ShownMount[] {
    const mountPoint = host.stripRootfs(mount.mountPoint)
    if (this.#ignoresMountPoint(mountPoint) || this.#ignoresType(mount.fsType)) return []
    const { options, superOptions, path } = mount
    const isReadOnly =
      options.includes('ro') || superOptions.includes('ro') || superOptions.includes('emergency_ro')
    const isQuick =
      quickTypes.has(mount.fsType) && !remote.some((other) => isBelow(path, other.path))
    const labels = JSON.stringify([mount.device, mountPoint, mount.fsType])
    const isRepeated = seen.has(labels)
    seen.add(labels)
    const number = `${mount.major}:${mount.minor}`
    return [{ ...mount, mountPoint, isReadOnly, isQuick, isRepeated, number }]
  }
}

/** Those that another machine, or a program, may keep from answering. */
export function remoteMounts(mounts: readonly Mount[]): Mount[] {
  return mounts.filter((mount) => !localTypes.has(mount.fsType))
}

export function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(ancestor.endsWith('/') ? ancestor : `${ancestor}/`)
}
