/**
 * What node-os-utils tells of this machine right now. Percentages and rates are what a person wants and
 * a time series does not, so this serves the status command and nothing else. Of the package only the
 * calls that tell the truth are used: disk.info, system.overview and the start times of processes do not.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { OSUtils } from 'node-os-utils'

export type Disk = {
  readonly device: string
  readonly mountPoint: string
  readonly totalBytes: number
  readonly usedBytes: number
  readonly availableBytes: number
}

export type Interface = {
  readonly name: string
  readonly receivedBytesPerSecond: number
  readonly sentBytesPerSecond: number
}

export type TopProcess = {
  readonly pid: number
  readonly name: string
  readonly user: string
  /** Of one CPU, averaged since the process started: that is what ps(1) says. */
  readonly cpuPercent: number
  readonly residentBytes: number
}

/** A part that could not be had is an Error, which says why. */
export type Now = {
  readonly cpu: { readonly percent: number; readonly cores: readonly number[] } | Error
  readonly memory:
    | { readonly totalBytes: number; readonly availableBytes: number; readonly cachedBytes: number }
    | Error
  readonly swap: { readonly totalBytes: number; readonly usedBytes: number } | Error
  readonly disks: readonly Disk[] | Error
  readonly network: readonly Interface[] | Error
  readonly byCpu: readonly TopProcess[] | Error
  readonly byMemory: readonly TopProcess[] | Error
}

/** Takes as long as `intervalMs`, over which the rates are measured; 200 ms at least, for the CPUs. */
export async function readNow(intervalMs: number, processes: number): Promise<Now> {
  // Its cache would give the second reading of the network's counters the first one's numbers.
  const os = new OSUtils({ cacheEnabled: false })
  const startMs = performance.now()
  const before = await part(() => os.network.statsAsync())
  const cpu = await part(() => os.cpu.usageDetailed())
  await sleep(Math.max(0, intervalMs - (performance.now() - startMs)))
  const after = await part(() => os.network.statsAsync())
  const seconds = (performance.now() - startMs) / 1000
  const [memory, swap, disks, byCpu, byMemory] = await Promise.all([
    part(() => os.memory.info()),
    part(() => os.memory.swap()),
    part(() => os.disk.usage()),
    part(() => os.process.topByCpu(processes + 1)),
    part(() => os.process.topByMemory(processes)),
  ])
  return {
    cpu: map(cpu, ({ overall, cores }) => ({ percent: overall, cores })),
    memory: map(memory, ({ total, available, cached }) => ({
      totalBytes: total.bytes,
      availableBytes: available.bytes,
      cachedBytes: cached.bytes,
    })),
    swap: map(swap, ({ total, used }) => ({ totalBytes: total.bytes, usedBytes: used.bytes })),
    disks: map(disks, (all) => all.map(diskOf)),
    network: map(before, (first) => map(after, (last) => rates(first, last, seconds))),
    byCpu: map(byCpu, (all) => all.filter(isNotOurs).slice(0, processes).map(processOf)),
    byMemory: map(byMemory, (all) => all.filter(isNotOurs).map(processOf)),
  }
}

type Answer<Data> =
  | { readonly success: true; readonly data: Data }
  | { readonly success: false; readonly error: { readonly message: string } }

async function part<Data>(ask: () => Promise<Answer<Data>>): Promise<Data | Error> {
  try {
    const answer = await ask()
    return answer.success ? answer.data : new Error(answer.error.message)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function map<From, To>(value: From | Error, to: (value: From) => To | Error): To | Error {
  return value instanceof Error ? value : to(value)
}

type Size = { readonly bytes: number }

function diskOf(disk: {
  readonly device: string
  readonly mountpoint: string
  readonly total: Size
  readonly used: Size
  readonly available: Size
}): Disk {
  return {
    device: disk.device,
    mountPoint: disk.mountpoint,
    totalBytes: disk.total.bytes,
    usedBytes: disk.used.bytes,
    availableBytes: disk.available.bytes,
  }
}

type Counters = { readonly interface: string; readonly rxBytes: Size; readonly txBytes: Size }

function rates(
  first: readonly Counters[],
  last: readonly Counters[],
  seconds: number,
): readonly Interface[] {
  const earlier = new Map(first.map((counters) => [counters.interface, counters]))
  return last.flatMap(({ interface: name, rxBytes, txBytes }) => {
    const before = earlier.get(name)
    if (before === undefined) return []
    const receivedBytesPerSecond = (rxBytes.bytes - before.rxBytes.bytes) / seconds
    const sentBytesPerSecond = (txBytes.bytes - before.txBytes.bytes) / seconds
    return [{ name, receivedBytesPerSecond, sentBytesPerSecond }]
  })
}

/** The ps(1) that made the list is in it. */
function isNotOurs({ ppid }: { readonly ppid: number }): boolean {
  return ppid !== process.pid
}

function processOf(found: {
  readonly pid: number
  readonly name: string
  readonly username?: string
  readonly cpuUsage: number
  readonly memoryUsage: Size
}): TopProcess {
  return {
    pid: found.pid,
    name: found.name,
    user: found.username ?? '',
    cpuPercent: found.cpuUsage,
    residentBytes: found.memoryUsage.bytes,
  }
}
