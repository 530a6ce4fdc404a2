/** Which wrong mounts and namespaces the doctor finds, on machines made of a few texts. */
import { expect, test } from 'vitest'
import { examinePaths } from '../../../../exporters/node/doctor/examine-paths.ts'
import type { Look } from '../../../../exporters/node/doctor/look.ts'

type Machine = {
  readonly files: Readonly<Record<string, string | undefined>>
  readonly links: Readonly<Record<string, string | undefined>>
  readonly folders: readonly string[]
  readonly kinds: Readonly<Record<string, string>>
}

/** A host that looks at itself, with nothing to complain of. */
const host: Machine = {
  files: {
    '/proc/2/comm': 'kthreadd\n',
    '/proc/1/mountinfo': 'any',
    '/proc/self/mounts': 'proc /proc proc rw,nosuid 0 0\n',
    '/proc/self/mountinfo': '29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/vda rw\n',
    '/proc/net/dev': 'Inter-|   Receive\n face |bytes\n    lo: 1 2\n  eth0: 3 4\n',
  },
  links: { '/proc/self/ns/net': 'net:[1]', '/proc/1/ns/net': 'net:[1]' },
  folders: ['/run/udev/data', '/sys/class/net/lo', '/sys/class/net/eth0'],
  kinds: { '/proc': 'proc', '/sys': 'sysfs' },
}

const overlay =
  'rw,lowerdir=/var/lib/docker/overlay2/l/A:/var/lib/docker/overlay2/l/B,upperdir=/var/lib/docker/x'
const layeredRoot = `500 1 0:50 / / rw - overlay overlay ${overlay}\n`
const hostRoot = '510 500 259:2 / /host ro,relatime master:1 - ext4 /dev/vda rw\n'

/** A container that was started by the recipe. */
const container: Machine = {
  ...host,
  files: {
    ...host.files,
    '/.dockerenv': '',
    '/proc/self/mountinfo': layeredRoot + hostRoot,
    '/host/etc': '',
  },
  folders: [...host.folders, '/host'],
}

function lookAt({ files, links, folders, kinds }: Machine): Look {
  const isBelow = (path: string) => (folder: string) => folder.startsWith(`${path}/`)
  return {
    text: (path) => files[path],
    link: (path) => links[path],
    names(folder) {
      const below = folders.filter(isBelow(folder))
      return below.length === 0 ? undefined : below.map((path) => path.slice(folder.length + 1))
    },
    isFolder: (path) => folders.includes(path),
    exists: (path) => files[path] !== undefined || folders.includes(path),
    fileSystem: (path) => kinds[path],
  }
}

type Change = { readonly [Part in keyof Machine]?: Partial<Machine[Part]> }

/** The findings on a machine with changes, in short; a folder list replaces. */
function check(
  title: string,
  rootfs: string,
  machine: Machine,
  change: Change,
  expected: readonly RegExp[],
): void {
  test(`doctor: ${title}`, () => {
    const changed: Machine = {
      files: { ...machine.files, ...change.files },
      links: { ...machine.links, ...change.links },
      folders: (change.folders as readonly string[] | undefined) ?? machine.folders,
      kinds: { ...machine.kinds, ...(change.kinds as Machine['kinds']) },
    }
    const paths = { procfs: '/proc', sysfs: '/sys', rootfs, udevData: '/run/udev/data' }
    const found = examinePaths(lookAt(changed), paths)
    const texts = found.map(({ level, subject, text }) => `${level}: ${subject} ${text}`)
    expect(texts).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(texts[index]).toMatch(pattern)
  })
}

check('nothing is wrong with a host', '/', host, {}, [])
check('nothing is wrong with a container by the recipe', '/host', container, {}, [])

check('a container without --path.rootfs', '/', container, {}, [
  /^problem: --path\.rootfs is missing: this is a container/,
])
check(
  'a container of containerd has no marker file',
  '/',
  container,
  {
    files: {
      '/.dockerenv': undefined,
      '/proc/self/mountinfo': layeredRoot.replaceAll('docker', 'containerd'),
    },
  },
  [/^problem: --path\.rootfs is missing/],
)
check(
  'a machine that boots from the image of a container',
  '/',
  host,
  { files: { '/.dockerenv': '' } },
  [],
)
check(
  'a machine whose root is layered for another reason',
  '/',
  host,
  { files: { '/proc/self/mountinfo': '1 0 0:5 / / rw - overlay overlay rw,lowerdir=/rom\n' } },
  [],
)

check(
  'a container without --pid=host',
  '/host',
  container,
  { files: { '/proc/2/comm': undefined } },
  [/^problem: \/proc shows the processes and mounts of a container/],
)
check(
  'a machine that is a container itself (LXC) may well want to see that',
  '/',
  host,
  { files: { '/proc/2/comm': 'sshd\n' } },
  [/^note: \/proc shows the processes and mounts of a container/],
)
check(
  'hidepid',
  '/',
  host,
  {
    files: {
      '/proc/2/comm': undefined,
      '/proc/1/mountinfo': undefined,
      '/proc/self/mounts': 'proc /proc proc rw,hidepid=invisible 0 0\n',
    },
  },
  [/^note: \/proc is mounted with hidepid/, /^note: \/proc\/1\/mountinfo cannot be read/],
)

check(
  'a container without --net=host',
  '/host',
  container,
  { links: { '/proc/1/ns/net': 'net:[9]' } },
  [/^problem: network this process is in a network namespace of its own/],
)
check('a host in a namespace (ip netns)', '/', host, { links: { '/proc/1/ns/net': 'net:[9]' } }, [
  /^note: network this process is in a network namespace/,
])
check(
  'who may not ask cannot tell',
  '/host',
  container,
  { links: { '/proc/1/ns/net': undefined } },
  [/^note: network cannot be told from that of the machine/],
)
check('on a host that is no matter', '/', host, { links: { '/proc/1/ns/net': undefined } }, [])
check(
  'a sysfs of another network namespace',
  '/host',
  container,
  { folders: ['/host', '/run/udev/data', '/sys/class/net/lo', '/sys/class/net/eth1'] },
  [/^problem: --path\.sysfs=\/sys is of another network.*differ in eth0, eth1/],
)

check('a rootfs that is not there', '/host', container, { folders: host.folders }, [
  /^problem: --path\.rootfs=\/host is no folder/,
])
check(
  'a rootfs that is a folder of the image',
  '/host',
  container,
  { files: { '/proc/self/mountinfo': layeredRoot } },
  [/^problem: --path\.rootfs=\/host is no mount/],
)
check(
  'a rootfs without rslave',
  '/host',
  container,
  { files: { '/proc/self/mountinfo': layeredRoot + hostRoot.replace(' master:1', '') } },
  [/^problem: --path\.rootfs=\/host is private/],
)
check(
  'a rootfs that can be written to, and is none',
  '/host',
  container,
  {
    files: {
      '/host/etc': undefined,
      '/proc/self/mountinfo': layeredRoot + hostRoot.replace('ro,', 'rw,'),
    },
  },
  [/^problem: .* has no \/etc/, /^note: .* is writable/],
)

check(
  'paths that are something else',
  '/',
  host,
  { kinds: { '/proc': 'other', '/sys': 'other' } },
  [
    /^problem: --path\.procfs=\/proc is no proc file system/,
    /^problem: --path\.sysfs=\/sys is no sysfs file system/,
  ],
)
/** As a unit with ProtectHome= and ProtectKernelModules= sees its mounts. */
const sandboxed =
  '29 1 259:2 / / rw shared:1 - ext4 /dev/vda rw\n' +
  '30 29 0:25 /systemd/inaccessible/dir /home ro - tmpfs tmpfs rw\n' +
  '31 29 0:25 /systemd/inaccessible/dir /usr/lib/modules ro - tmpfs tmpfs rw\n'
const hiddenCredentials =
  '32 29 0:25 /systemd/inaccessible/dir /run/credentials ro - tmpfs tmpfs rw\n'
const homeDisk =
  '29 1 259:2 / / rw shared:1 - ext4 /dev/vda rw\n33 29 259:3 / /home/data rw - xfs /dev/vdb rw\n'

check(
  'a unit that hides a file system',
  '/',
  host,
  {
    files: {
      '/proc/self/mountinfo': sandboxed + hiddenCredentials,
      '/proc/1/mountinfo': `${homeDisk}34 29 0:9 / /run/credentials/a ro - ramfs none rw\n`,
    },
  },
  [/^problem: systemd hides \/home from this unit/],
)
check(
  'a unit that hides folders of the root file system only',
  '/',
  host,
  {
    files: {
      '/proc/self/mountinfo': sandboxed,
      '/proc/1/mountinfo': '29 1 259:2 / / rw shared:1 - ext4 /dev/vda rw\n',
    },
  },
  [],
)
check(
  'a unit that hides what it cannot tell',
  '/',
  host,
  { files: { '/proc/self/mountinfo': sandboxed, '/proc/1/mountinfo': undefined } },
  [
    /^note: \/proc\/1\/mountinfo cannot be read/,
    /^problem: systemd hides \/home, \/usr\/lib\/modules from/,
  ],
)
check('no udev database', '/', host, { folders: ['/sys/class/net/lo', '/sys/class/net/eth0'] }, [
  /^note: --path\.udev\.data=\/run\/udev\/data is no folder/,
])
