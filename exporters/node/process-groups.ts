/**
 * What processes of one name used together, kept so that it never goes down: processes come and go,
 * and a sum over those alive would fall whenever one ends, which rate() takes for a restart.
 *
 * So a group's totals grow by what each process used since it was seen last, and stay when it ends.
 * Which groups are at the top is decided by what they used lately, halved every five minutes: a burst
 * shows soon, and groups at the edge do not come and go at each scrape.
 */

/** What a process has used in its life, as of now. */
export type ProcessUse = {
  readonly pid: number
  /** Clock ticks from boot to its start: a pid may be another process's next time. */
  readonly startTicks: number
  readonly name: string
  readonly cpuTicks: number
  readonly residentBytes: number
  /** Undefined where we may not know. */
  readonly io: { readonly readBytes: number; readonly writtenBytes: number } | undefined
}

export type Group = {
  readonly name: string
  cpuTicks: number
  readBytes: number
  writtenBytes: number
  /** Of the processes alive. */
  residentBytes: number
  processes: number
  /** Whether the I/O of any process of it was ever known. */
  hasIo: boolean
  /** Ticks of CPU, bytes of I/O and of memory that it used lately. */
  readonly lately: { cpu: number; io: number; memory: number }
}

type Known = {
  startTicks: number
  cpuTicks: number
  readBytes: number
  writtenBytes: number
  round: number
}

const halfLifeSeconds = 300

/** Steady use at a rate of 1 a second comes to this score. */
const steadyScore = halfLifeSeconds / Math.LN2

export class ProcessGroups {
  readonly #maxGroups: number
  readonly #groups = new Map<string, Group>()
  readonly #known = new Map<number, Known>()
  #round = 0
  #atSeconds = 0

  /** Groups without processes are kept up to this number; the least used lately are forgotten. */
  constructor(maxGroups: number) {
    this.#maxGroups = maxGroups
  }

  /** Takes in all processes there are; the time is in seconds since boot. */
  update(processes: Iterable<ProcessUse>, uptimeSeconds: number, ticksPerSecond: number): void {
    const isFirst = this.#round === 0
    this.#round += 1
    const decay = 0.5 ** (Math.max(0, uptimeSeconds - this.#atSeconds) / halfLifeSeconds)
    this.#atSeconds = uptimeSeconds
    for (const group of this.#groups.values()) {
      group.residentBytes = 0
      group.processes = 0
      group.lately.cpu *= decay
      group.lately.io *= decay
      group.lately.memory *= decay
    }
    for (const process of processes) {
      // Of the time before our start only the average is known.
      const age = Math.max(1, uptimeSeconds - process.startTicks / ticksPerSecond)
      this.#add(process, isFirst ? Math.min(1, steadyScore / age) : 1)
    }
    for (const group of this.#groups.values())
      group.lately.memory += group.residentBytes * (1 - decay)
    for (const [pid, { round }] of this.#known) if (round !== this.#round) this.#known.delete(pid)
    this.#forget()
  }

  /** The groups that are among the first `count` by CPU, memory or I/O; by name. */
  top(count: number): Group[] {
    const chosen = new Set<Group>()
    for (const measure of ['cpu', 'memory', 'io'] as const) {
      const used = [...this.#groups.values()].filter(({ lately }) => lately[measure] > 0)
      used.sort((a, b) => b.lately[measure] - a.lately[measure] || compareNames(a, b))
      for (const group of used.slice(0, count)) chosen.add(group)
    }
    return [...chosen].sort(compareNames)
  }

  #add(process: ProcessUse, weight: number): void {
    const group = this.#groupOf(process.name)
    const before = this.#known.get(process.pid)
    const known = before?.startTicks === process.startTicks ? before : undefined
    const cpu = Math.max(0, process.cpuTicks - (known?.cpuTicks ?? 0))
    group.cpuTicks += cpu
    group.lately.cpu += cpu * weight
    group.residentBytes += process.residentBytes
    group.processes += 1
    const { readBytes = known?.readBytes ?? 0, writtenBytes = known?.writtenBytes ?? 0 } =
      process.io ?? {}
    if (process.io !== undefined) {
      const read = Math.max(0, readBytes - (known?.readBytes ?? 0))
      const written = Math.max(0, writtenBytes - (known?.writtenBytes ?? 0))
      group.hasIo = true
      group.readBytes += read
      group.writtenBytes += written
      group.lately.io += (read + written) * weight
    }
    const { pid, startTicks, cpuTicks } = process
    const round = this.#round
    if (known === undefined) {
      this.#known.set(pid, { startTicks, cpuTicks, readBytes, writtenBytes, round })
    } else Object.assign(known, { cpuTicks, readBytes, writtenBytes, round })
  }

  #groupOf(name: string): Group {
    let group = this.#groups.get(name)
    if (group === undefined) {
      group = {
        name,
        cpuTicks: 0,
        readBytes: 0,
        writtenBytes: 0,
        residentBytes: 0,
        processes: 0,
        hasIo: false,
        lately: { cpu: 0, io: 0, memory: 0 },
      }
      this.#groups.set(name, group)
    }
    return group
  }

  #forget(): void {
    const dead = [...this.#groups.values()].filter(({ processes }) => processes === 0)
    if (dead.length <= this.#maxGroups) return
    dead.sort((a, b) => a.lately.cpu - b.lately.cpu || compareNames(a, b))
    for (const { name } of dead.slice(0, dead.length - this.#maxGroups)) this.#groups.delete(name)
  }
}

function compareNames(a: Group, b: Group): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
