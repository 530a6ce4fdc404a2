/** Space and inodes of the mounted file systems: the list of them from the survey, the numbers now. */

import { getSystemErrorMessage } from 'node:util'
import { families } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector, type Out } from '../collector.ts'
import { includeExclude } from '../include-exclude.ts'
import { type MountAnswer, type MountQuestion, MountStats, stuck } from '../stat-mounts.ts'
import { lastUpdate } from '../survey.ts'
import type { Answers } from '../systeminformation.ts'
import { type PortableMachine, type PortablePlatform, surveyFlags, surveyTimes } from './machine.ts'

const gauge = families('gauge', ['device', 'mountpoint', 'fstype', 'device_error'], {
  node_filesystem_avail_bytes: 'Space that users other than root can still take, in bytes.',
  node_filesystem_device_error: 'Whether the file system did not answer for its space.',
  node_filesystem_files: 'Inodes in all.',
  node_filesystem_files_free: 'Inodes not in use.',
  node_filesystem_free_bytes: 'Free space, in bytes.',
  node_filesystem_readonly: 'Whether the file system is mounted read-only.',
  node_filesystem_size_bytes: 'Size, in bytes.',
})

type Mount = Answers['fsSize'][number]

type AskedMount = { readonly mount: Mount; readonly answer: MountAnswer }

export function filesystem({ platform, survey, mountSystem }: PortableMachine): Collector {
  return defineCollector({
    name: 'filesystem',
    enabled: true,
    help: 'Space and inodes of file systems, from statfs(2); which there are, in the background.',
    flags: {
      'mount-points-exclude': {
        help: 'Regexp of the mount points to leave out.',
        default: '^/(dev)($|/)',
      },
      'mount-points-include': { help: 'Regexp of the mount points to show.', default: '' },
      'fs-types-exclude': {
        help: 'Regexp of the file system types to leave out.',
        default: '^devfs$',
      },
      'fs-types-include': { help: 'Regexp of the file system types to show.', default: '' },
      'mount-timeout': {
        help: 'How long a mount may take to answer before it counts as stuck.',
        duration: '5s',
        hidden: true,
      },
      'stat-workers': { help: 'How many mounts are asked at once.', default: 4, hidden: true },
      ...surveyFlags,
    },
    families: [...Object.values(gauge), lastUpdate],
    start(context) {
      const { flags, host } = context
      survey.add('fsSize', surveyTimes(flags))
      const stats = new MountStats(mountSystem(host), {
        timeoutMs: flags['mount-timeout'],
        workers: flags['stat-workers'],
        poolSize: host.threadPoolSize,
      })
      return {
        stats,
        ignoresMountPoint: includeExclude(context, {
          include: 'mount-points-include',
          exclude: 'mount-points-exclude',
        }),
        ignoresType: includeExclude(context, {
          include: 'fs-types-include',
          exclude: 'fs-types-exclude',
        }),
      }
    },
    async read(context) {
      const { stats, ignoresMountPoint, ignoresType } = context.state
      const { value, askedAtSeconds } = survey.answer('fsSize')
      if (value.length === 0) throw new Error('systeminformation found no file systems')
      const mounts = value.filter(
        ({ mount, type }) => !ignoresMountPoint(mount) && !ignoresType(type),
      )
      const questions = mounts.map(({ mount }) => questionOf(mount, platform))
      const answers = await stats.ask(questions, () => context.signal)
      const asked: AskedMount[] = mounts.map((mount, index) => ({
        mount,
        answer: answers[index] ?? stuck,
      }))
      return { asked, askedAtSeconds }
    },
    collect({ out, read: { asked, askedAtSeconds } }) {
      for (const { mount, answer } of asked) addMount(mount, answer, platform, out)
      out.add(lastUpdate, askedAtSeconds, 'filesystem')
    },
  })
}

function questionOf(mountPoint: string, platform: PortablePlatform): MountQuestion {
  // `C:` alone would be the current folder of that drive.
  const path = platform === 'win32' ? `${mountPoint}\\` : mountPoint
  return { path: Buffer.from(path).toString('latin1'), number: mountPoint, isQuick: false }
}

function addMount(mount: Mount, answer: MountAnswer, platform: PortablePlatform, out: Out): void {
  const isStuck = answer === stuck
  const error = answer instanceof Error ? errorText(answer) : isStuck ? stuck : ''
  const at = [mount.fs, mount.mount, knownType(mount, platform), error] as const
  out.add(gauge.node_filesystem_device_error, error === '' ? 0 : 1, ...at)
  const isReadOnly = readOnly(mount, platform)
  if (isReadOnly !== undefined) out.add(gauge.node_filesystem_readonly, isReadOnly ? 1 : 0, ...at)
  if (answer instanceof Error || isStuck) return
  out.add(gauge.node_filesystem_size_bytes, answer.blocks * answer.bsize, ...at)
  out.add(gauge.node_filesystem_free_bytes, answer.bfree * answer.bsize, ...at)
  out.add(gauge.node_filesystem_avail_bytes, answer.bavail * answer.bsize, ...at)
  if (platform === 'win32') return // it has no inodes, and libuv says 0
  out.add(gauge.node_filesystem_files, answer.files, ...at)
  out.add(gauge.node_filesystem_files_free, answer.ffree, ...at)
}

/** systeminformation writes those in capitals on macOS that it guesses, mostly `HFS`. */
function knownType({ type }: Mount, platform: PortablePlatform): string {
  return platform === 'darwin' && /^[A-Z]+$/.test(type) ? '' : type
}

/** In the words of libuv, since error numbers differ from system to system. */
function errorText(error: Error): string {
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined
  return (errno === undefined ? undefined : getSystemErrorMessage(errno)) ?? error.message
}

/**
 * Undefined where systeminformation cannot know: it keeps what mount(8) said by the first word of the
 * line, on macOS only of lines that begin with a slash, and takes a device it does not find for
 * read-only.
 */
function readOnly({ fs, rw }: Mount, platform: PortablePlatform): boolean | undefined {
  if (rw === null || fs.includes(' ')) return undefined
  if (platform === 'darwin' && !fs.startsWith('/')) return undefined
  return !rw
}
