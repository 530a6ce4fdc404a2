/** Counters of the CPUs and the kernel, by perf_event_open(2). They count from the exporter's start on. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, NoData, type StartContext, StartError } from '../collector.ts'
import { parseCpuList } from '../cpu-topology.ts'
import type { Libc } from '../libc.ts'
import {
  cacheProfilers,
  counter,
  hardwareProfilers,
  type Profiler,
  type Profilers,
  perfAttributes,
  perfCount,
  perfReadBytes,
  softwareProfilers,
  tracepointProfiler,
} from '../perf-events.ts'

const flags = {
  cpus: {
    help: 'CPUs to count on, such as 0-3:2,7; all that are online unless given.',
    default: '',
  },
  tracepoint: { help: 'Tracepoint to count, such as sched:sched_switch. Repeatable.', default: [] },
  'disable-hardware-profilers': { help: 'Leave out the counters of the CPUs.', default: false },
  'disable-software-profilers': { help: 'Leave out the counters of the kernel.', default: false },
  'disable-cache-profilers': { help: 'Leave out the counters of the caches.', default: false },
  'hardware-profilers': {
    help: `Counter of the CPUs to show, all unless given: ${listOf(hardwareProfilers)}. Repeatable.`,
    default: [],
  },
  'software-profilers': {
    help: `Counter of the kernel to show, all unless given: ${listOf(softwareProfilers)}. Repeatable.`,
    default: [],
  },
  'cache-profilers': {
    help: `Counter of the caches to show, all unless given: ${listOf(cacheProfilers)}. Repeatable.`,
    default: [],
  },
} as const

type Context = StartContext<typeof flags>
type Group = 'hardware' | 'software' | 'cache'
type OpenCounter = {
  readonly fd: number
  readonly series: Series
  /** An extrapolated count can be less than the one before, which would look like a restart. */
  highest: number
}

export default defineCollector({
  name: 'perf',
  enabled: false,
  help: 'Counters of the CPUs and the kernel, from perf_event_open(2).',
  flags,
  families: [
    ...Object.values(counter),
    family('counter', 'node_perf_<subsystem>_<event>', 'Hits of a tracepoint.', ['cpu']),
  ],
  start(context) {
    const libc = context.host.libc(context.log)
    const bytes = Buffer.alloc(perfReadBytes)
    if (libc.missing !== undefined) return { libc, bytes, counters: [] }
    const cpus = cpusOf(context)
    const counters = [
      ...openTracepoints(context, libc, cpus),
      ...openGroup(context, libc, cpus, 'hardware', hardwareProfilers),
      ...openGroup(context, libc, cpus, 'software', softwareProfilers),
      ...openGroup(context, libc, cpus, 'cache', cacheProfilers),
    ]
    return { libc, bytes, counters }
  },
  stop({ libc, counters }) {
    for (const { fd } of counters) libc.close(fd)
  },
  collect({ state: { libc, bytes, counters } }) {
    if (counters.length === 0) throw new NoData(libc.missing ?? 'no counter could be opened')
    for (const counting of counters) {
      // Nothing comes of a CPU that has been taken away.
      if (libc.read(counting.fd, bytes) !== perfReadBytes) continue
      counting.highest = Math.max(counting.highest, perfCount(bytes))
      counting.series.set(counting.highest)
    }
  },
})

function cpusOf({ host, flags: values, flagName }: Context): string[] {
  if (values.cpus !== '') return [...new Set(parseCpuList(values.cpus, flagName('cpus')))]
  const online = host.sysText('devices/system/cpu/online')
  if (online !== undefined) return parseCpuList(online, 'online')
  throw new StartError(
    `sysfs does not tell which CPUs are online: list them in ${flagName('cpus')}`,
  )
}

/** Throws a StartError for one that is not there or not permitted. */
function openTracepoints(context: Context, libc: Libc, cpus: readonly string[]): OpenCounter[] {
  const { flags: values, flagName } = context
  return values.tracepoint.flatMap((name) => {
    const tracepoint = readTracepoint(name, context)
    return cpus.map((cpu) => {
      const opened = openCounter(context, libc, tracepoint, cpu)
      if (!(opened instanceof Error)) return opened
      throw new StartError(`${flagName('tracepoint')}=${name} on CPU ${cpu}: ${cureOf(opened)}`)
    })
  })
}

/** Tracefs tells the number of a tracepoint; where it is not mounted, debugfs has it. */
function readTracepoint(name: string, { host, flagName }: Context): Profiler {
  const [, subsystem, event] = /^([A-Za-z_][\w-]*):([A-Za-z_][\w-]*)$/.exec(name) ?? []
  if (subsystem === undefined || event === undefined) {
    throw new StartError(
      `${flagName('tracepoint')}: expected subsystem:event, got ${JSON.stringify(name)}`,
    )
  }
  const file = `tracing/events/${subsystem}/${event}/id`
  const id = host.sysText(`kernel/${file}`) ?? host.sysText(`kernel/debug/${file}`)
  if (id !== undefined) return tracepointProfiler(subsystem, event, Number(id))
  const path = host.sysPath(`kernel/${file}`)
  throw new StartError(
    `${flagName('tracepoint')}=${name}: there is no ${path}: mount tracefs there or correct the name`,
  )
}

/**
 * A counter that a CPU does not have is left out. A group of which a CPU has none is no failure for
 * hardware and caches, for virtual machines lack those; what is not permitted is a StartError.
 */
function openGroup(
  context: Context,
  libc: Libc,
  cpus: readonly string[],
  group: Group,
  profilers: Profilers,
): OpenCounter[] {
  const { flags: values, flagName, log } = context
  const switchOff = flagName(`disable-${group}-profilers`)
  if (values[`disable-${group}-profilers`]) return []
  const wanted = findWanted(context, `${group}-profilers`, profilers)
  const lacking: string[] = []
  const counters: OpenCounter[] = []
  for (const cpu of cpus) {
    const answers = wanted.map((profiler) => openCounter(context, libc, profiler, cpu))
    const opened = answers.flatMap((answer) => (answer instanceof Error ? [] : [answer]))
    const error = answers.find((answer) => answer instanceof Error)
    counters.push(...opened)
    if (error === undefined || opened.length > 0) continue
    if (group === 'software' || !isUnsupported(error)) {
      throw new StartError(
        `no ${group} counter opens on CPU ${cpu}: ${cureOf(error)}, or give ${switchOff}`,
      )
    }
    lacking.push(cpu)
  }
  if (lacking.length > 0) {
    log.warn(`This machine has no ${group} counters`, { cpus: lacking, to_be_silent: switchOff })
  }
  return counters
}

/** The profilers that the flag names, all unless it is given. */
function findWanted(
  { flags: values, flagName }: Context,
  flag: `${Group}-profilers`,
  profilers: Profilers,
): readonly Profiler[] {
  if (values[flag].length === 0) return Object.values(profilers)
  return values[flag].map((name) => {
    const profiler = profilers[name]
    if (profiler !== undefined) return profiler
    throw new StartError(
      `${flagName(flag)}: expected one of ${listOf(profilers)}, got ${JSON.stringify(name)}`,
    )
  })
}

/** The counter, or what the system refuses it with. */
function openCounter(
  { out, log }: Context,
  libc: Libc,
  { family: declaration, ...event }: Profiler,
  cpu: string,
): OpenCounter | SystemError {
  try {
    const fd = libc.perfEventOpen(perfAttributes(event), Number(cpu))
    return { fd, series: out.series(declaration, cpu), highest: 0 }
  } catch (error) {
    if (!isSystemError(error)) throw error
    log.debug('A counter does not open', { family: declaration.name, cpu, err: error.message })
    return error
  }
}

type SystemError = Error & { readonly code: unknown }

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && 'code' in error
}

/** Is it an event that this CPU, or this virtual machine, cannot count? */
function isUnsupported({ code }: SystemError): boolean {
  return /^(ENOENT|ENOTSUP|ENODEV)$/.test(String(code))
}

function cureOf({ code, message }: SystemError): string {
  if (code !== 'EACCES' && code !== 'EPERM') return message
  return `${message}: give the exporter CAP_PERFMON, or set the sysctl kernel.perf_event_paranoid to 0`
}

function listOf(profilers: Profilers): string {
  return Object.keys(profilers).join(', ')
}
