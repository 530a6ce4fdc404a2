/**
 * What sysfs says of the CPUs: which are online or isolated, which cores and packages there are, and
 * how often they were slowed down for heat.
 *
 * All but the throttle counts changes only when CPUs come and go, which the two masks `present` and
 * `online` tell. A scrape of 128 CPUs reads those two files instead of 400.
 */

import type { Host } from './host.ts'

const directory = 'devices/system/cpu'

type Core = { readonly socket: string; readonly core: string; readonly file: string }
type Socket = { readonly socket: string; readonly file: string }

export class CpuTopology {
  readonly isolated: readonly string[]
  online: readonly (readonly [cpu: string, value: number])[] = []
  readonly #host: Host
  #cores: readonly Core[] = []
  #sockets: readonly Socket[] = []
  #masks: string | undefined

  constructor(host: Host) {
    this.#host = host
    // Fixed at boot, so read once.
    this.isolated = parseCpuList(host.sysAttribute(`${directory}/isolated`) ?? '', 'isolated')
  }

  /** To be called at each scrape, before the rest is read. */
  refresh(): void {
    const present = this.#host.sysAttribute(`${directory}/present`)
    const online = this.#host.sysAttribute(`${directory}/online`)
    const masks = present === undefined || online === undefined ? undefined : `${present} ${online}`
    if (masks !== undefined && masks === this.#masks) return
    this.#masks = masks
    const cpus = this.#host.sysList(directory).filter((name) => /^cpu\d/.test(name))
    this.online = this.#readOnline(cpus)
    this.#locate(cpus)
  }

  *coreThrottles(): Iterable<readonly [socket: string, core: string, count: number]> {
    for (const { socket, core, file } of this.#cores) {
      const count = this.#readCount(file)
      if (count !== undefined) yield [socket, core, count]
    }
  }

  *packageThrottles(): Iterable<readonly [socket: string, count: number]> {
    for (const { socket, file } of this.#sockets) {
      const count = this.#readCount(file)
      if (count !== undefined) yield [socket, count]
    }
  }

  /** Nothing where the first CPU cannot be taken out: the original takes that for "no hotplug". */
  #readOnline(cpus: readonly string[]): [string, number][] {
    const [first] = cpus
    if (first === undefined || !this.#host.hasSys(`${directory}/${first}/online`)) return []
    return cpus.map((cpu) => {
      const content = this.#host.sysAttribute(`${directory}/${cpu}/online`)
      return [cpu.slice('cpu'.length), content === '1' ? 1 : 0]
    })
  }

  /** Finds one CPU to ask for each core and package; those that cannot throttle have no file. */
  #locate(cpus: readonly string[]): void {
    const cores = new Map<string, Core>()
    const sockets = new Map<string, Socket>()
    for (const cpu of cpus) {
      const socket = this.#readId(`${directory}/${cpu}/topology/physical_package_id`)
      const core = this.#readId(`${directory}/${cpu}/topology/core_id`)
      if (socket === undefined || core === undefined) continue
      const throttle = `${directory}/${cpu}/thermal_throttle`
      const coreFile = `${throttle}/core_throttle_count`
      const socketFile = `${throttle}/package_throttle_count`
      const key = `${socket} ${core}`
      if (!cores.has(key) && this.#host.hasSys(coreFile)) {
        cores.set(key, { socket, core, file: coreFile })
      }
      if (!sockets.has(socket) && this.#host.hasSys(socketFile)) {
        sockets.set(socket, { socket, file: socketFile })
      }
    }
    this.#cores = [...cores.values()]
    this.#sockets = [...sockets.values()]
  }

  /** Some ARM boards say -1, which is no id: such CPUs are left out, as in the original. */
  #readId(file: string): string | undefined {
    const id = this.#host.sysAttribute(file)
    return id !== undefined && /^\d+$/.test(id) ? id : undefined
  }

  #readCount(file: string): number | undefined {
    const count = this.#host.sysAttribute(file)
    return count !== undefined && /^\d+$/.test(count) ? Number(count) : undefined
  }
}

/**
 * `1,3-5` is CPUs 1, 3, 4 and 5, `8-12:2` each second one of those. Throws a SyntaxError on anything
 * else; `source` is for its message.
 */
export function parseCpuList(text: string, source: string): string[] {
  const cpus: string[] = []
  for (const part of text.split(',')) {
    if (part === '') continue
    const [, first, last = first, stride = '1'] =
      /^(\d+)(?:-(\d+)(?::([1-9]\d*))?)?$/.exec(part) ?? []
    if (first === undefined) {
      throw new SyntaxError(`${source}: expected a list such as 1,3-5, got ${JSON.stringify(text)}`)
    }
    for (let cpu = Number(first); cpu <= Number(last); cpu += Number(stride)) {
      cpus.push(String(cpu))
    }
  }
  return cpus
}
