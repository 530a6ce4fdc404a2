/**
 * The processes that use most, by name, in few series. It is no inventory: what lives and ends
 * between two scrapes is not seen, and memory that processes share counts for each.
 */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import type { Host } from '../host.ts'
import { ProcessGroups, type ProcessUse } from '../process-groups.ts'
import { Words } from '../words.ts'

const counter = families('counter', ['name'], {
  node_processes_top_cpu_seconds_total: 'CPU time of the processes of this name.',
  node_processes_top_read_bytes_total: 'Bytes that the processes of this name made storage read.',
  node_processes_top_written_bytes_total:
    'Bytes that the processes of this name made storage write.',
})
const gauge = families('gauge', ['name'], {
  node_processes_top_resident_memory_bytes: 'Memory of the processes of this name, shared or not.',
  node_processes_top_processes: 'Processes of this name.',
})
const hidden = family(
  'gauge',
  'node_processes_top_io_hidden_processes',
  'Processes of which this user may not read the I/O: run as root, or with CAP_SYS_PTRACE.',
  [],
)

/** USER_HZ, which is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100

const kernelThread = 0x00200000 // PF_KTHREAD of linux/sched.h

export default defineCollector({
  name: 'processes_top',
  enabled: false,
  help: 'Processes that use most CPU, memory and I/O, by name.',
  flags: {
    count: { help: 'How many names to show of each: by CPU, by memory and by I/O.', default: 10 },
    io: { help: 'Read /proc/<pid>/io, a second file a process.', default: true },
    'max-groups': { help: 'How many names without processes to remember.', default: 1000 },
  },
  families: [...Object.values(counter), ...Object.values(gauge), hidden],
  start: ({ flags, host }) => ({
    groups: new ProcessGroups(flags['max-groups']),
    pageBytes: host.pageBytes(),
  }),
  collect({ host, out, flags, state: { groups, pageBytes } }) {
    const uptime = Number(new Words(host.proc('uptime')).word())
    const processes = readProcesses(host, pageBytes, flags.io)
    groups.update(processes, uptime, ticksPerSecond)
    for (const group of groups.top(flags.count)) {
      const { name } = group
      out.add(counter.node_processes_top_cpu_seconds_total, group.cpuTicks / ticksPerSecond, name)
      out.add(gauge.node_processes_top_resident_memory_bytes, group.residentBytes, name)
      out.add(gauge.node_processes_top_processes, group.processes, name)
      if (!group.hasIo) continue
      out.add(counter.node_processes_top_read_bytes_total, group.readBytes, name)
      out.add(counter.node_processes_top_written_bytes_total, group.writtenBytes, name)
    }
    if (flags.io) out.add(hidden, processes.filter(({ io }) => io === undefined).length)
  },
})

function readProcesses(host: Host, pageBytes: number, withIo: boolean): ProcessUse[] {
  const processes: ProcessUse[] = []
  for (const directory of host.procListOnce('.')) {
    const pid = Number(directory)
    if (!Number.isInteger(pid)) continue
    const stat = host.procOnceIfAllowed(`${directory}/stat`)
    if (stat === undefined || stat.length === 0) continue // it ended in between
    const process = parseProcess(stat, pid, pageBytes)
    const content = withIo ? host.procOnceIfAllowed(`${directory}/io`) : undefined
    processes.push(content === undefined ? process : { ...process, io: parseIo(content) })
  }
  return processes
}

/** Fields 2 (name), 9 (flags), 14, 15 (CPU), 22 (start) and 24 (memory) of proc_pid_stat(5). */
function parseProcess(stat: Buffer, pid: number, pageBytes: number): ProcessUse {
  const open = stat.indexOf('(')
  const close = stat.lastIndexOf(')')
  if (open < 0 || close < open) throw new SyntaxError(`${pid}/stat: expected a name in parentheses`)
  const name = stat.toString('utf8', open + 1, close)
  const words = new Words(stat)
  words.at = close + 1
  words.word() // the state, field 3
  const skip = (count: number): void => {
    for (let i = 0; i < count; i += 1) words.number()
  }
  skip(5)
  const isKernel = (words.number() & kernelThread) !== 0
  skip(4)
  const cpuTicks = words.number() + words.number()
  skip(6)
  const startTicks = words.number()
  skip(1)
  return {
    pid,
    startTicks,
    name: isKernel ? kernelName(name) : name,
    cpuTicks,
    residentBytes: words.number() * pageBytes,
    io: undefined,
  }
}

/** Threads of the kernel without the numbers of CPUs and devices: `kworker/u8:3-x` is [kworker]. */
function kernelName(name: string): string {
  return `[${name.replace(/\/.*$|[-_]?\d+$/, '')}]`
}

function parseIo(content: Buffer): { readBytes: number; writtenBytes: number } {
  const words = new Words(content)
  const numberBehind = (key: string): number => {
    const at = content.indexOf(key)
    if (at < 0) return 0
    words.at = at + key.length
    return words.number()
  }
  // With the line break, for there is a cancelled_write_bytes.
  return {
    readBytes: numberBehind('\nread_bytes:'),
    writtenBytes: numberBehind('\nwrite_bytes:'),
  }
}
