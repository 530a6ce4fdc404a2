/** What a program tells about its own process: process_* under Go's names, nodejs_*, build info. */
import { openSync, readdirSync, readSync } from 'node:fs'
import { type FamilyDeclaration, families, family } from './exposition/declare.ts'
import { Registry } from './exposition/registry.ts'

export type ProgramIdentity = {
  /** As in metrics: `node_exporter`. */
  readonly name: string
  readonly version: string
}

export type ProcessMetrics = {
  /** Process, runtime and build info together. */
  readonly registry: Registry
  /** Reads anew, a handful of system calls; to be called at each gather. */
  refresh(): void
}

const counter = families('counter', [], {
  process_cpu_seconds_total:
    'CPU time this process has used, user and system together, in seconds.',
  process_network_receive_bytes_total:
    'Bytes received over IP by all processes in the network namespace of this one.',
  process_network_transmit_bytes_total:
    'Bytes sent over IP by all processes in the network namespace of this one.',
})
const gauge = families('gauge', [], {
  process_max_fds: 'How many file descriptors this process may have open.',
  process_open_fds: 'How many file descriptors this process has open.',
  process_resident_memory_bytes: 'Memory of this process that is in RAM, in bytes.',
  process_start_time_seconds: 'When this process was started, in seconds since the epoch.',
  process_virtual_memory_bytes: 'Address space of this process, in bytes.',
  process_virtual_memory_max_bytes: 'How much address space this process may have, in bytes.',
  nodejs_heap_size_total_bytes: 'Memory the JavaScript heap has taken, in bytes.',
  nodejs_heap_size_used_bytes: 'Memory of the JavaScript heap that is in use, in bytes.',
  nodejs_external_memory_bytes: 'Memory that JavaScript objects hold outside the heap, in bytes.',
})
const nodeVersion = family('gauge', 'nodejs_version_info', 'Always 1; the version of Node.js.', [
  'version',
  'major',
  'minor',
  'patch',
])

/** The metrics of this process; outside Linux only what Node itself can tell. */
export function processMetrics(program: ProgramIdentity): ProcessMetrics {
  const registry = buildInfo(program)
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.')
  registry.add(nodeVersion, 1, process.version, major, minor, patch)
  // In whole hundredths as Go has it, which reads the kernel's clock ticks.
  const startSeconds = Math.round(performance.timeOrigin / 10) / 100
  registry.add(gauge.process_start_time_seconds, startSeconds)
  const proc = process.platform === 'linux' ? new OwnProc() : undefined
  const refresh = (): void => {
    const { user, system } = process.cpuUsage()
    registry.add(counter.process_cpu_seconds_total, (user + system) / 1e6)
    const memory = process.memoryUsage()
    registry.add(gauge.process_resident_memory_bytes, memory.rss)
    registry.add(gauge.nodejs_heap_size_total_bytes, memory.heapTotal)
    registry.add(gauge.nodejs_heap_size_used_bytes, memory.heapUsed)
    registry.add(gauge.nodejs_external_memory_bytes, memory.external)
    if (proc !== undefined) addLinux(registry, proc)
  }
  refresh()
  return { registry, refresh }
}

/** `<program>_build_info` alone, with Go's labels, for programs told to show no metrics of themselves. */
export function buildInfo({ name, version }: ProgramIdentity): Registry {
  const labels = [
    'branch',
    'goarch',
    'goos',
    'goversion',
    'nodeversion',
    'revision',
    'tags',
    'version',
  ]
  const info = family(
    'gauge',
    `${name}_build_info`,
    'Always 1; what this program was built from.',
    labels,
  )
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const values = ['', arch, process.platform, '', process.version, '', '', version]
  const registry = new Registry()
  registry.add(info, 1, ...values)
  return registry
}

function addLinux(registry: Registry, proc: OwnProc): void {
  const add = (declaration: FamilyDeclaration<readonly []>, value: number | undefined): void => {
    if (value !== undefined) registry.add(declaration, value)
  }
  const limits = proc.read('limits')
  add(gauge.process_max_fds, softLimit(limits, 'Max open files'))
  add(gauge.process_virtual_memory_max_bytes, softLimit(limits, 'Max address space'))
  add(gauge.process_open_fds, proc.openFds())
  add(gauge.process_virtual_memory_bytes, virtualMemoryBytes(proc.read('stat')))
  const netstat = proc.read('net/netstat')
  add(counter.process_network_receive_bytes_total, ipExt(netstat, 'InOctets'))
  add(counter.process_network_transmit_bytes_total, ipExt(netstat, 'OutOctets'))
}

/** Files of /proc/self, kept open: a read is one system call into one buffer. */
class OwnProc {
  readonly #fds = new Map<string, number | undefined>()
  readonly #buffer = Buffer.allocUnsafeSlow(16_384)

  /** Empty where the file cannot be read: then its metrics are absent. */
  read(name: string): string {
    if (!this.#fds.has(name))
      this.#fds.set(
        name,
        orAbsent(() => openSync(`/proc/self/${name}`, 'r')),
      )
    const fd = this.#fds.get(name)
    if (fd === undefined) return ''
    return this.#buffer.toString('latin1', 0, readSync(fd, this.#buffer, 0, this.#buffer.length, 0))
  }

  openFds(): number | undefined {
    // One less: the listing holds the descriptor that reads it.
    return orAbsent(() => readdirSync('/proc/self/fd').length - 1)
  }
}

/** A /proc that is not mounted, or hides this file, is no fault of the program: it tells less. */
function orAbsent(read: () => number): number | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The soft limit of a line of /proc/self/limits; Go shows "unlimited" as the largest uint64. */
export function softLimit(limits: string, name: string): number | undefined {
  const start = limits.indexOf(name)
  if (start === -1) return undefined
  const [soft = ''] = limits
    .slice(start + name.length)
    .trimStart()
    .split(/\s/, 1)
  return soft === 'unlimited' ? 2 ** 64 : Number(soft)
}

/** Field 23 of /proc/self/stat, counted behind the name, which may hold spaces and parentheses. */
export function virtualMemoryBytes(stat: string): number | undefined {
  const vsize = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 21)[20]
  return vsize === undefined ? undefined : Number(vsize)
}

/** A column of /proc/self/net/netstat, where a line of names is followed by one of values. */
export function ipExt(netstat: string, column: string): number | undefined {
  const [names = '', values = ''] = netstat.split('\n').filter((line) => line.startsWith('IpExt:'))
  const value = values.split(' ')[names.split(' ').indexOf(column)]
  return value === undefined ? undefined : Number(value)
}
