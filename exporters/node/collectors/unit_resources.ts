/**
 * CPU, memory, I/O and tasks of systemd's units, as the kernel counts them for their cgroups. The
 * original has nothing like it and points to cAdvisor; its collector `cgroups` counts cgroups.
 */

import { type FamilyDeclaration, families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { parsePressure } from '../pressure-stalls.ts'
import { unitCgroups } from '../unit-cgroups.ts'
import { Words } from '../words.ts'

const counter = families('counter', ['unit'], {
  node_unit_cpu_seconds_total: 'CPU time of the unit.',
  node_unit_cpu_user_seconds_total: 'CPU time of the unit in user mode.',
  node_unit_cpu_system_seconds_total: 'CPU time of the unit in the kernel.',
  node_unit_cpu_periods_total: 'Periods in which the limit of the CPU time was in force.',
  node_unit_cpu_throttled_periods_total: 'Periods in which the unit reached that limit.',
  node_unit_cpu_throttled_seconds_total: 'Time in which the limit kept the unit from running.',
  node_unit_memory_oom_kills_total: 'Processes of the unit killed for want of memory.',
  node_unit_pressure_cpu_waiting_seconds_total: 'Time in which some task waited for a CPU.',
  node_unit_pressure_cpu_stalled_seconds_total: 'Time in which all tasks waited for a CPU.',
  node_unit_pressure_io_waiting_seconds_total: 'Time in which some task waited for I/O.',
  node_unit_pressure_io_stalled_seconds_total: 'Time in which all tasks waited for I/O.',
  node_unit_pressure_memory_waiting_seconds_total: 'Time in which some task waited for memory.',
  node_unit_pressure_memory_stalled_seconds_total: 'Time in which all tasks waited for memory.',
})
const gauge = families('gauge', ['unit'], {
  node_unit_memory_bytes: 'Memory of the unit, its files in the page cache included.',
  node_unit_memory_peak_bytes: 'The most memory that the unit ever had.',
  node_unit_memory_max_bytes: 'How much memory the unit may have, where that is limited.',
  node_unit_memory_swap_bytes: 'Memory of the unit in swap.',
  node_unit_tasks: 'Processes and threads of the unit.',
  node_unit_tasks_max: 'How many tasks the unit may have, where that is limited.',
})
const io = families('counter', ['unit', 'device'], {
  node_unit_io_read_bytes_total: 'Bytes that the unit read from the device.',
  node_unit_io_written_bytes_total: 'Bytes that the unit wrote to the device.',
  node_unit_io_reads_total: 'Reads of the unit from the device.',
  node_unit_io_writes_total: 'Writes of the unit to the device.',
})
const omitted = families('gauge', [], {
  node_unit_omitted: 'Units that are not shown, for they are more than max-units.',
})

type OfUnit = FamilyDeclaration<readonly ['unit']>

/** Files with a number or `max`, which is no limit and no series. */
const singles: readonly (readonly [file: string, family: OfUnit])[] = [
  ['memory.current', gauge.node_unit_memory_bytes],
  ['memory.peak', gauge.node_unit_memory_peak_bytes],
  ['memory.max', gauge.node_unit_memory_max_bytes],
  ['memory.swap.current', gauge.node_unit_memory_swap_bytes],
  ['pids.current', gauge.node_unit_tasks],
  ['pids.max', gauge.node_unit_tasks_max],
]

const microsPerSecond = 1e6

/** Files with a key and a number a line: the families, and how many of the file's make one of ours. */
const keyed: readonly (readonly [file: string, ReadonlyMap<string, readonly [OfUnit, number]>])[] =
  [
    [
      'cpu.stat',
      new Map([
        ['usage_usec', [counter.node_unit_cpu_seconds_total, microsPerSecond]],
        ['user_usec', [counter.node_unit_cpu_user_seconds_total, microsPerSecond]],
        ['system_usec', [counter.node_unit_cpu_system_seconds_total, microsPerSecond]],
        ['nr_periods', [counter.node_unit_cpu_periods_total, 1]],
        ['nr_throttled', [counter.node_unit_cpu_throttled_periods_total, 1]],
        ['throttled_usec', [counter.node_unit_cpu_throttled_seconds_total, microsPerSecond]],
      ]),
    ],
    ['memory.events', new Map([['oom_kill', [counter.node_unit_memory_oom_kills_total, 1]]])],
  ]

const pressures = [
  {
    file: 'cpu.pressure',
    some: counter.node_unit_pressure_cpu_waiting_seconds_total,
    full: counter.node_unit_pressure_cpu_stalled_seconds_total,
  },
  {
    file: 'io.pressure',
    some: counter.node_unit_pressure_io_waiting_seconds_total,
    full: counter.node_unit_pressure_io_stalled_seconds_total,
  },
  {
    file: 'memory.pressure',
    some: counter.node_unit_pressure_memory_waiting_seconds_total,
    full: counter.node_unit_pressure_memory_stalled_seconds_total,
  },
] as const

const ioKeys = new Map([
  ['rbytes', io.node_unit_io_read_bytes_total],
  ['wbytes', io.node_unit_io_written_bytes_total],
  ['rios', io.node_unit_io_reads_total],
  ['wios', io.node_unit_io_writes_total],
])

export default defineCollector({
  name: 'unit_resources',
  enabled: false,
  help: "CPU, memory, I/O and tasks of systemd's units, from cgroups of version 2.",
  flags: {
    'unit-include': {
      help: 'Regexp of the units to show; it is for the whole name.',
      default: '.+',
    },
    'unit-exclude': {
      help: 'Regexp of the units to leave out; it is for the whole name.',
      default: '.+\\.(mount|scope|socket|swap)',
    },
    'max-units': {
      help: 'How many units to show; those beyond, in the order of the tree, are only counted.',
      default: 1000,
    },
    pressure: { help: 'Show how long tasks waited for CPU, memory and I/O.', default: true },
  },
  families: [counter, gauge, io, omitted].flatMap((group) => Object.values(group)),
  start: (context) => ({
    ignores: includeAndExclude(context, {
      include: 'unit-include',
      exclude: 'unit-exclude',
      isWhole: true,
    }),
  }),
  collect({ host, out, flags, state }) {
    const all = unitCgroups(host)
    if (all === undefined) throw new NoData('no cgroups of version 2 at /sys/fs/cgroup')
    const units = all.filter(({ unit }) => !state.ignores(unit))
    const devices = deviceNames(host)
    for (const { unit, folder } of units.slice(0, flags['max-units'])) {
      addSingles(host, folder, unit, out)
      addKeyed(host, folder, unit, out)
      addIo(host, folder, unit, devices, out)
      if (flags.pressure) addPressure(host, folder, unit, out)
    }
    out.add(omitted.node_unit_omitted, Math.max(0, units.length - flags['max-units']))
  },
})

/** Undefined where the controller is off for this cgroup, or the cgroup has gone since. */
function read(host: Host, path: string): Buffer | undefined {
  const content = host.sysIfAllowed(path)
  return content === undefined || content.length === 0 ? undefined : content
}

function addSingles(host: Host, folder: string, unit: string, out: Out): void {
  for (const [file, family] of singles) {
    const content = read(host, `${folder}/${file}`)
    if (content === undefined) continue
    const words = new Words(content)
    if (!words.startsWith('max')) out.add(family, words.number(), unit)
  }
}

function addKeyed(host: Host, folder: string, unit: string, out: Out): void {
  for (const [file, keys] of keyed) {
    const content = read(host, `${folder}/${file}`)
    if (content === undefined) continue
    for (const words = new Words(content); words.hasMore; words.nextLine()) {
      const known = keys.get(words.word())
      if (known === undefined) continue
      const [family, scale] = known
      out.add(family, words.number() / scale, unit)
    }
  }
}

/** Lines such as `8:0 rbytes=1 wbytes=2 rios=3 wios=4`; a device without I/O has no words. */
function addIo(
  host: Host,
  folder: string,
  unit: string,
  devices: ReadonlyMap<string, string>,
  out: Out,
): void {
  const content = read(host, `${folder}/io.stat`)
  if (content === undefined) return
  for (const words = new Words(content); words.hasMore; words.nextLine()) {
    const number = words.word()
    for (let pair = words.word(); pair !== ''; pair = words.word()) {
      const [key = '', value] = pair.split('=')
      const family = ioKeys.get(key)
      if (family !== undefined) out.add(family, Number(value), unit, devices.get(number) ?? number)
    }
  }
}

function addPressure(host: Host, folder: string, unit: string, out: Out): void {
  for (const { file, some, full } of pressures) {
    const content = read(host, `${folder}/${file}`)
    if (content === undefined) continue
    const stalls = parsePressure(content)
    if (stalls.some !== undefined) out.add(some, stalls.some / microsPerSecond, unit)
    if (stalls.full !== undefined) out.add(full, stalls.full / microsPerSecond, unit)
  }
}

/** Names of block devices by `major:minor`, as collector diskstats shows them. */
function deviceNames(host: Host): Map<string, string> {
  const names = new Map<string, string>()
  const content = host.procIfAny('diskstats')
  if (content === undefined) return names
  for (const words = new Words(content); words.hasMore; words.nextLine()) {
    const number = `${words.word()}:${words.word()}`
    names.set(number, words.word())
  }
  return names
}
