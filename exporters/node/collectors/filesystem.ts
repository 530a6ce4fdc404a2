/** Space and inodes of the mounted file systems. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { errorText } from '../errno.ts'
import { includeExclude } from '../include-exclude.ts'
import { MountList, type ShownMount } from '../mount-list.ts'
import { type MountAnswer, MountStats, stuck } from '../stat-mounts.ts'

const gauge = families('gauge', ['device', 'mountpoint', 'fstype', 'device_error'], {
  node_filesystem_avail_bytes: 'Space that users other than root can still take, in bytes.',
  node_filesystem_device_error: 'Whether the file system did not answer for its space.',
  node_filesystem_files: 'Inodes in all.',
  node_filesystem_files_free: 'Inodes not in use.',
  node_filesystem_free_bytes: 'Free space, in bytes.',
  node_filesystem_purgeable_bytes: 'Space that macOS could free, in bytes; 0 elsewhere.',
  node_filesystem_readonly: 'Whether the file system is mounted read-only.',
  node_filesystem_size_bytes: 'Size, in bytes.',
})
const mountInfo = family('gauge', 'node_filesystem_mount_info', 'A mount, as labels.', [
  'device',
  'major',
  'minor',
  'mountpoint',
])

export default defineCollector({
  name: 'filesystem',
  enabled: true,
  help: 'Space and inodes of file systems, from /proc/1/mountinfo and statfs(2).',
  flags: {
    'mount-points-exclude': {
      help: 'Regexp of the mount points to leave out.',
      default:
        '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
    },
    'mount-points-include': { help: 'Regexp of the mount points to show.', default: '' },
    'fs-types-exclude': {
      help: 'Regexp of the file system types to leave out.',
      default:
        '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs' +
        '|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs' +
        '|erofs|sysfs|tracefs)$',
    },
    'fs-types-include': { help: 'Regexp of the file system types to show.', default: '' },
    'mount-timeout': {
      help: 'How long a mount may take to answer before it counts as stuck.',
      duration: '5s',
      hidden: true,
    },
    'stat-workers': { help: 'How many mounts are asked at once.', default: 4, hidden: true },
    'ignored-mount-points': {
      help: 'Old name of mount-points-exclude.',
      default: '',
      hidden: true,
    },
    'ignored-fs-types': { help: 'Old name of fs-types-exclude.', default: '', hidden: true },
  },
  families: [...Object.values(gauge), mountInfo],
  start(context) {
    const { flags, host } = context
    const ignoresMountPoint = includeExclude(context, {
      include: 'mount-points-include',
      exclude: 'mount-points-exclude',
      oldExclude: 'ignored-mount-points',
    })
    const ignoresType = includeExclude(context, {
      include: 'fs-types-include',
      exclude: 'fs-types-exclude',
      oldExclude: 'ignored-fs-types',
    })
    const stats = new MountStats(host, {
      timeoutMs: flags['mount-timeout'],
      workers: flags['stat-workers'],
      poolSize: host.threadPoolSize,
    })
    return { stats, mounts: new MountList(ignoresMountPoint, ignoresType) }
  },
  read(context) {
    const { host, state } = context
    state.mounts.refresh(host)
    return state.stats.ask(state.mounts.shown, () => context.signal)
  },
  collect({ log, out, state, read }) {
    for (const [index, mount] of state.mounts.shown.entries()) {
      const answer = read[index] ?? stuck
      if (answer instanceof Error) {
        log.debug('A mount has an error', { mountpoint: mount.mountPoint, err: answer })
      }
      addMount(mount, answer, out)
    }
  },
})

function addMount(mount: ShownMount, answer: MountAnswer, out: Out): void {
  const { device, mountPoint, fsType } = mount
  const isStuck = answer === stuck
  const error = answer instanceof Error ? errorText(answer) : isStuck ? stuck : ''
  if (error === '') out.add(mountInfo, 1, device, mount.major, mount.minor, mountPoint)
  if (mount.isRepeated) return
  const at = [device, mountPoint, fsType, error] as const
  out.add(gauge.node_filesystem_device_error, error === '' ? 0 : 1, ...at)
  // Of a stuck mount the original says 0 whatever the options are.
  out.add(gauge.node_filesystem_readonly, mount.isReadOnly && !isStuck ? 1 : 0, ...at)
  if (answer instanceof Error || isStuck) return
  out.add(gauge.node_filesystem_size_bytes, answer.blocks * answer.bsize, ...at)
  out.add(gauge.node_filesystem_free_bytes, answer.bfree * answer.bsize, ...at)
  out.add(gauge.node_filesystem_avail_bytes, answer.bavail * answer.bsize, ...at)
  out.add(gauge.node_filesystem_files, answer.files, ...at)
  out.add(gauge.node_filesystem_files_free, answer.ffree, ...at)
  out.add(gauge.node_filesystem_purgeable_bytes, 0, ...at)
}
