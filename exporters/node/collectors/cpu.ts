/** CPU time by mode, and what sysfs and cpuinfo know about each CPU. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, type Out } from '../collector.ts'
import { CpuTopology } from '../cpu-topology.ts'
import { parseCpuInfo } from '../cpuinfo.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

const seconds = family('counter', 'node_cpu_seconds_total', 'Seconds a CPU spent in each mode.', [
  'cpu',
  'mode',
])
const guestSeconds = family(
  'counter',
  'node_cpu_guest_seconds_total',
  'Seconds a CPU spent running guests, which user and nice time contain as well.',
  ['cpu', 'mode'],
)
const coreThrottles = family(
  'counter',
  'node_cpu_core_throttles_total',
  'How often a core was slowed down for heat.',
  ['package', 'core'],
)
const packageThrottles = family(
  'counter',
  'node_cpu_package_throttles_total',
  'How often a package was slowed down for heat.',
  ['package'],
)
const isolated = family('gauge', 'node_cpu_isolated', 'CPUs kept out of scheduling.', ['cpu'])
const online = family('gauge', 'node_cpu_online', 'Whether a CPU is online.', ['cpu'])
const flagInfo = family('gauge', 'node_cpu_flag_info', 'A flag of the first CPU.', ['flag'])
const bugInfo = family('gauge', 'node_cpu_bug_info', 'A known bug of the first CPU.', ['bug'])
const info = family('gauge', 'node_cpu_info', 'What /proc/cpuinfo says of a CPU, as labels.', [
  'package',
  'core',
  'cpu',
  'vendor',
  'family',
  'model',
  'model_name',
  'microcode',
  'stepping',
  'cachesize',
])
const frequency = family('gauge', 'node_cpu_frequency_hertz', 'Speed of a CPU, in hertz.', [
  'package',
  'core',
  'cpu',
])

/** The columns of a cpu line; the kernel counts guests twice, in user and nice as well. */
const modes = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal']
const guestModes = ['user', 'nice']
const idle = modes.indexOf('idle')

/** Ticks of USER_HZ, which is 100 on every architecture that Linux still runs on. */
const ticksPerSecond = 100

/** A CPU whose idle time falls back by this much was taken out and put in again. */
const hotplugTicks = 3 * ticksPerSecond

type Cpu = {
  readonly series: readonly Series[]
  /** What the columns say now, and the largest they have said. */
  readonly now: Float64Array
  readonly most: Float64Array
}

export default defineCollector({
  name: 'cpu',
  enabled: true,
  help: 'CPU time, throttling and details, from /proc/stat, /proc/cpuinfo and sysfs.',
  flags: {
    guest: { help: 'Show node_cpu_guest_seconds_total.', default: true },
    info: { help: 'Show node_cpu_info.', default: false },
    'info.flags-include': {
      help: 'Regexp of the CPU flags to show, of the first CPU. Implies info.',
      default: '',
    },
    'info.bugs-include': {
      help: 'Regexp of the CPU bugs to show, of the first CPU. Implies info.',
      default: '',
    },
  },
  families: [
    seconds,
    guestSeconds,
    coreThrottles,
    packageThrottles,
    isolated,
    online,
    info,
    frequency,
    flagInfo,
    bugInfo,
  ],
  start({ host, flags, out, regexp, isEnabled }) {
    const optional = (flag: 'info.flags-include' | 'info.bugs-include'): RegExp | undefined =>
      flags[flag] === '' ? undefined : regexp(flag)
    const wantedFlags = optional('info.flags-include')
    const wantedBugs = optional('info.bugs-include')
    return {
      cpus: new KeyTable((key) => declareCpu(key.replace(/^cpu/, ''), flags.guest, out)),
      topology: new CpuTopology(host),
      withInfo: flags.info || wantedFlags !== undefined || wantedBugs !== undefined,
      // The original's odd rule: cpuinfo's clock rate is shown when the other source of it is on.
      withFrequency: isEnabled('cpufreq'),
      wantedFlags,
      wantedBugs,
    }
  },
  collect({ host, out, state }) {
    readTimes(new Words(host.procShared('stat')), state.cpus)
    const { topology } = state
    topology.refresh()
    for (const cpu of topology.isolated) out.add(isolated, 1, cpu)
    for (const [cpu, value] of topology.online) out.add(online, value, cpu)
    for (const [socket, core, count] of topology.coreThrottles()) {
      out.add(coreThrottles, count, socket, core)
    }
    for (const [socket, count] of topology.packageThrottles()) {
      out.add(packageThrottles, count, socket)
    }
    if (state.withInfo) addInfo(host.proc('cpuinfo').toString(), out, state)
  },
})

function declareCpu(cpu: string, withGuests: boolean, out: Out): Cpu {
  const guests = withGuests ? guestModes : []
  const columns = modes.length + guests.length
  return {
    series: [
      ...modes.map((mode) => out.series(seconds, cpu, mode)),
      ...guests.map((mode) => out.series(guestSeconds, cpu, mode)),
    ],
    now: new Float64Array(columns),
    most: new Float64Array(columns),
  }
}

/**
 * Some kernels let a column fall back a little, which would look like a counter reset. So each only
 * ever grows, unless the CPU was replaced.
 */
function readTimes(words: Words, cpus: KeyTable<Cpu>): void {
  cpus.begin()
  for (; words.startsWith('cpu'); words.nextLine()) {
    if (words.startsWith('cpu ')) continue // their sum
    const start = words.at
    const { series, now, most } = cpus.at(words.bytes, start, words.toWordEnd())
    for (let column = 0; column < now.length; column += 1) {
      now[column] = words.toWord() ? words.number() : 0 // old kernels have fewer columns
    }
    if ((most[idle] ?? 0) - (now[idle] ?? 0) >= hotplugTicks) most.fill(0)
    for (let column = 0; column < now.length; column += 1) {
      const ticks = Math.max(now[column] ?? 0, most[column] ?? 0)
      most[column] = ticks
      series[column]?.set(ticks / ticksPerSecond)
    }
  }
  cpus.forgetUnseen()
}

type InfoChoice = {
  readonly withFrequency: boolean
  readonly wantedFlags: RegExp | undefined
  readonly wantedBugs: RegExp | undefined
}

function addInfo(text: string, out: Out, choice: InfoChoice): void {
  const cpus = parseCpuInfo(text, process.arch)
  for (const cpu of cpus) {
    out.add(
      info,
      1,
      cpu.physicalId,
      cpu.coreId,
      cpu.processor,
      cpu.vendor,
      cpu.family,
      cpu.model,
      cpu.modelName,
      cpu.microcode,
      cpu.stepping,
      cpu.cacheSize,
    )
    if (choice.withFrequency) {
      out.add(frequency, cpu.megahertz * 1e6, cpu.physicalId, cpu.coreId, cpu.processor)
    }
  }
  const [first] = cpus
  for (const flag of first?.flags ?? []) {
    if (choice.wantedFlags?.test(flag)) out.add(flagInfo, 1, flag)
  }
  for (const bug of first?.bugs ?? []) {
    if (choice.wantedBugs?.test(bug)) out.add(bugInfo, 1, bug)
  }
}
