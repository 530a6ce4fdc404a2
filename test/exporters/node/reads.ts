/** Which paths of the machine each collector asks the host for, told from outside. */
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Collector } from '../../../exporters/node/collector.ts'
import type { Host } from '../../../exporters/node/host.ts'

export class Reads {
  readonly #root: string
  readonly #paths = new Map<string, Set<string>>()

  /** @param root the machine's folder, as startMachine has it */
  constructor(root: string) {
    this.#root = realpathSync(root)
  }

  /** The same collectors, whose questions are noted. */
  watch(collectors: readonly Collector[]): Collector[] {
    return collectors.map((collector) => {
      const paths = new Set<string>()
      this.#paths.set(collector.name, paths)
      const { start, read, collect } = collector
      const watched = (host: Host): Host => this.#watchedHost(host, paths)
      return {
        ...collector,
        ...(start && { start: (context) => start({ ...context, host: watched(context.host) }) }),
        ...(read && {
          // No spread: the signal is made when it is asked for.
          read: (context) =>
            read(
              Object.defineProperty(Object.create(context), 'host', {
                value: watched(context.host),
              }),
            ),
        }),
        collect: (context) => collect({ ...context, host: watched(context.host) }),
      }
    })
  }

  /** Has the collector asked for the file, its folder, or something below its name? */
  asked(collector: string, file: string): boolean {
    const paths = this.#paths.get(collector)
    if (paths === undefined) return false
    if (paths.has(file) || paths.has(dirname(file))) return true
    return [...paths].some((path) => path.startsWith(`${file}/`))
  }

  #watchedHost(host: Host, paths: Set<string>): Host {
    return new Proxy(host, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...args: unknown[]): unknown => {
          const [path] = args
          if (typeof path === 'string') note(paths, this.#fullPath(String(name), path))
          return Reflect.apply(member, target, args)
        }
      },
    })
  }

  #fullPath(method: string, path: string): string {
    if (method.startsWith('proc')) return join(this.#root, 'proc', path)
    if (/^(sys|isSys|hasSys|askSlowSys)/.test(method)) return join(this.#root, 'sys', path)
    if (method === 'udevBlockDevice') return join(this.#root, 'udev/data', `b${path}`)
    return path
  }
}

/** A path counts as it was asked for, and as where its links led then. */
function note(paths: Set<string>, path: string): void {
  if (paths.has(path)) return
  paths.add(path)
  paths.add(resolved(path))
}

/** The path without links, as far as it exists. */
function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(resolved(parent), basename(path))
  }
}
