/** Finds out whose /proc, /sys and root the exporter looks at: the machine's, or a container's. */

import type { HostPaths } from '../host.ts'
import type { Finding } from './finding.ts'
import type { Look } from './look.ts'

const recipe = 'run the container with -v /:/host:ro,rslave --net=host --pid=host'

type Surroundings = {
  readonly look: Look
  readonly paths: HostPaths
  /** Is the machine to be seen from a container? Then what is of the container is wrong. */
  readonly wantsHost: boolean
}

export function examinePaths(look: Look, paths: HostPaths): Finding[] {
  const isContainer = isInContainer(look)
  const wantsHost = isContainer || paths.rootfs !== '/'
  const surroundings = { look, paths, wantsHost }
  return [
    ...examineKinds(surroundings),
    ...examineProcesses(surroundings),
    ...examineNetwork(surroundings),
    ...(paths.rootfs === '/' ? examineOwnRoot(isContainer) : examineRootfs(surroundings)),
    ...examineSandbox(surroundings),
    ...examineUdev(surroundings),
  ]
}

/**
 * Does this process have the root of a container? The engines' marker files are also in images that were
 * made from containers and boot as machines; those have a disk for a root.
 */
function isInContainer(look: Look): boolean {
  const root = ownMounts(look).findLast(({ mountPoint }) => mountPoint === '/')
  if (root === undefined) return false
  const isMarked = look.exists('/.dockerenv') || look.exists('/run/.containerenv')
  const isWholeDisk = root.device.startsWith('/dev/') && root.root === '/'
  const isLayered = root.fsType.includes('overlay') && engineFolder.test(root.superOptions)
  return isLayered || (isMarked && !isWholeDisk)
}

/** Where the engines keep their layers. */
const engineFolder = /\/(docker|containerd|containers|kubelet|k3s|crio)\//

function examineKinds({ look, paths: { procfs, sysfs } }: Surroundings): Finding[] {
  const wanted = [
    ['path.procfs', procfs, 'proc'],
    ['path.sysfs', sysfs, 'sysfs'],
  ] as const
  return wanted.flatMap(([flag, path, kind]): Finding[] => {
    const found = look.fileSystem(path)
    if (found === kind) return []
    const text = found === undefined ? 'cannot be read' : `is no ${kind} file system`
    const cure = `mount one there, or point --${flag} at one`
    return [{ level: 'problem', subject: `--${flag}=${path}`, text, cure }]
  })
}

/** Kernel threads exist only in the first pid namespace, so their parent tells whose /proc this is. */
function examineProcesses({ look, paths: { procfs }, wantsHost }: Surroundings): Finding[] {
  const findings: Finding[] = []
  const isHost = look.text(`${procfs}/2/comm`)?.trim() === 'kthreadd'
  const isHidden = /\bhidepid=(?!0|off)/.test(look.text('/proc/self/mounts') ?? '')
  if (!isHost && isHidden) {
    findings.push({
      level: 'note',
      subject: procfs,
      text: 'is mounted with hidepid, so processes of others are not counted',
      cure: 'run as root, or in the group that its mount option gid= names',
    })
  } else if (!isHost) {
    findings.push({
      level: wantsHost ? 'problem' : 'note',
      subject: procfs,
      text: 'shows the processes and mounts of a container, not those of the machine',
      ...(wantsHost && { cure: `${recipe}, and --path.procfs=/host/proc` }),
    })
  }
  if (look.text(`${procfs}/1/mountinfo`) === undefined) {
    findings.push({
      level: 'note',
      subject: `${procfs}/1/mountinfo`,
      text: 'cannot be read: collector filesystem shows the mounts that this process sees',
      cure: 'run as root where the mounts of the two differ',
    })
  }
  return findings
}

/** /proc/net is that of the process which reads it, wherever procfs is mounted. */
function examineNetwork({ look, paths, wantsHost }: Surroundings): Finding[] {
  const { procfs, sysfs } = paths
  const findings: Finding[] = []
  const own = look.link('/proc/self/ns/net')
  const first = look.link(`${procfs}/1/ns/net`)
  if (own !== undefined && first !== undefined && own !== first) {
    findings.push({
      level: wantsHost ? 'problem' : 'note',
      subject: 'network',
      text: 'this process is in a network namespace of its own: interfaces, sockets and protocol counters are those of the namespace',
      cure: 'start the container with --net=host (hostNetwork: true)',
    })
  } else if (wantsHost && (own === undefined || first === undefined)) {
    findings.push({
      level: 'note',
      subject: 'network',
      text: 'cannot be told from that of the machine: the namespace of process 1 is not readable',
      cure: 'run the doctor as root, or compare /proc/net/dev here and on the machine',
    })
  }
  const inProc = namesOfDevices(look.text(`${procfs}/net/dev`))
  const inSys = look.names(`${sysfs}/class/net`)?.filter((name) => name !== 'bonding_masters')
  const differing = inSys && [...new Set(inProc).symmetricDifference(new Set(inSys))].sort()
  if (inProc.length > 0 && differing !== undefined && differing.length > 0) {
    findings.push({
      level: 'problem',
      subject: `--path.sysfs=${sysfs}`,
      text: `is of another network namespace than ${procfs}/net: they differ in ${differing.join(', ')}`,
      cure: recipe,
    })
  }
  return findings
}

function namesOfDevices(content = ''): string[] {
  return Array.from(content.matchAll(/^\s*(\S+):/gm), ([, name]) => name ?? '')
}

function examineOwnRoot(isContainer: boolean): Finding[] {
  if (!isContainer) return []
  const text = 'is missing: this is a container, whose file systems would be shown'
  const cure = `${recipe}, and the exporter with --path.rootfs=/host`
  return [{ level: 'problem', subject: '--path.rootfs', text, cure }]
}

function examineRootfs({ look, paths: { rootfs } }: Surroundings): Finding[] {
  const subject = `--path.rootfs=${rootfs}`
  const problem = (text: string, cure: string): Finding[] => [
    { level: 'problem', subject, text, cure },
  ]
  if (!look.isFolder(rootfs)) {
    return problem('is no folder that can be read', `mount the machine's root there: ${recipe}`)
  }
  const mount = ownMounts(look).findLast(({ mountPoint }) => mountPoint === rootfs)
  if (mount === undefined) {
    return problem('is no mount, so it cannot be the root of the machine', recipe)
  }
  const findings: Finding[] = []
  if (!look.exists(`${rootfs}/etc`)) {
    findings.push(...problem('has no /etc, so it is hardly the root of the machine', recipe))
  }
  if (!mount.optional.some((field) => /^(master|shared):/.test(field))) {
    const text = 'is private: mounts that the machine makes later are not seen, those it ends stay'
    findings.push(...problem(text, `mount it with rslave: ${recipe}`))
  }
  if (!mount.options.includes('ro')) {
    const cure = 'add ro to its mount options'
    findings.push({ level: 'note', subject, text: 'is writable, which nothing here needs', cure })
  }
  return findings
}

/**
 * systemd covers what a unit may not see by an empty folder of its own, and statfs(2) answers for that.
 * It matters where the machine has a file system mounted there or below.
 */
function examineSandbox({ look, paths: { procfs } }: Surroundings): Finding[] {
  const covered = ownMounts(look).filter(({ root }) => root.endsWith('/inaccessible/dir'))
  const machine = look.text(`${procfs}/1/mountinfo`)
  const hidden = covered
    .map(({ mountPoint }) => mountPoint)
    .filter((folder) => {
      if (notShown.test(folder)) return false
      const mounts = machine === undefined ? undefined : parseMounts(machine)
      return mounts?.some(({ mountPoint }) => `${mountPoint}/`.startsWith(`${folder}/`)) ?? true
    })
  if (hidden.length === 0) return []
  return [
    {
      level: 'problem',
      subject: 'systemd',
      text: `hides ${hidden.join(', ')} from this unit: an empty folder is measured instead`,
      cure: 'take ProtectHome=, InaccessiblePaths= and their like out of the unit',
    },
  ]
}

/** What collector filesystem leaves out anyway. */
const notShown = /^\/(dev|proc|sys|run\/credentials)($|\/)/

function examineUdev({ look, paths: { udevData } }: Surroundings): Finding[] {
  if (look.isFolder(udevData)) return []
  return [
    {
      level: 'note',
      subject: `--path.udev.data=${udevData}`,
      text: 'is no folder: disks are shown without model, serial and file system labels',
      cure: 'in a container: -v /run/udev/data:/run/udev/data:ro',
    },
  ]
}

type PropagatingMount = {
  readonly root: string
  readonly mountPoint: string
  readonly options: readonly string[]
  /** `shared:1`, `master:1`: how it follows mounts made elsewhere; none is private. */
  readonly optional: readonly string[]
  readonly fsType: string
  readonly device: string
  readonly superOptions: string
}

/** Of this process; other than collector filesystem, the doctor wants to know how mounts propagate. */
function ownMounts(look: Look): PropagatingMount[] {
  return parseMounts(look.text('/proc/self/mountinfo') ?? '')
}

/** The lines of proc_pid_mountinfo(5); those that are none are left out. */
function parseMounts(mountinfo: string): PropagatingMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const fields = line.split(' ')
    const [, , , root, mountPoint, options] = fields
    if (root === undefined || mountPoint === undefined || options === undefined) return []
    const optional = fields.slice(6, fields.indexOf('-', 6))
    const [fsType = '', device = '', superOptions = ''] = fields.slice(-3)
    const split = options.split(',')
    return [{ root, mountPoint, options: split, optional, fsType, device, superOptions }]
  })
}
