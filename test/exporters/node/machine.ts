/** The node-exporter as a function over a machine made of files: arguments in, page text out. */
import { join } from 'node:path'
import type { Collector } from '../../../exporters/node/collector.ts'
import { collectors } from '../../../exporters/node/collectors/index.ts'
import { Exporter } from '../../../exporters/node/exporter.ts'
import { collectorFlags, programFlags } from '../../../exporters/node/flags.ts'
import { Host } from '../../../exporters/node/host.ts'
import type { Libc } from '../../../exporters/node/libc.ts'
import { textFormat } from '../../../shared/exposition/negotiate.ts'
import { Page } from '../../../shared/exposition/page.ts'
import { Registry } from '../../../shared/exposition/registry.ts'
import { readFlags } from '../../../shared/flags.ts'
import { createLog, type LogLevel } from '../../../shared/log.ts'

export type Machine = {
  /** The page for a query string such as `collect[]=cpu`. */
  scrape(query?: string, signal?: AbortSignal): Promise<string>
  /** What a reload does to the collectors before. */
  stop(): void
  /** One scrape of all, as one page, and each collector's part of it by its name. */
  scrapeParts(): Promise<{ readonly page: string; readonly parts: ReadonlyMap<string, string> }>
  /** What was logged so far. */
  readonly lines: readonly string[]
  readonly enabled: ReadonlySet<string>
  /** Texts of the clashes of all pages so far. */
  readonly clashes: readonly string[]
}

export type MachineOptions = {
  /** Folder with proc, sys, udev/data and, as the root file system, everything else. */
  readonly root: string
  readonly args?: readonly string[]
  readonly collectors?: readonly Collector[]
  readonly level?: LogLevel
  /** As on a system other than Linux. */
  readonly mayLackProc?: boolean
  /** What answers system calls; the kernel of this machine unless given. */
  readonly libc?: Libc
  /** Address of its D-Bus. */
  readonly systemBus?: string
}

export const fakeMachine = join(import.meta.dirname, '..', '..', 'fixtures', 'machine')

/** Throws what the exporter's start throws. */
export function startMachine(options: MachineOptions): Machine {
  const { root, args = [], level = 'debug', libc } = options
  const known = options.collectors ?? collectors
  const flags = readFlags(
    { name: 'node_exporter', description: '', version: '0' },
    { ...collectorFlags(known), ...programFlags },
    args,
    {},
  )
  if (typeof flags === 'string') throw new Error('the arguments ask for a text')
  const lines: string[] = []
  const clashes: string[] = []
  const exporter = new Exporter({
    collectors: known,
    flags,
    host: new Host(
      {
        procfs: join(root, 'proc'),
        sysfs: join(root, 'sys'),
        rootfs: root,
        udevData: join(root, 'udev/data'),
        mayLackProc: options.mayLackProc ?? false,
        systemBus: options.systemBus,
      },
      libc && (() => libc),
    ),
    log: createLog({ level, format: 'logfmt', write: (line) => void lines.push(line) }).limited(),
    timeoutMs: flags.values['collector.timeout'] as number,
    own: { registry: new Registry() },
  })
  const page = new Page({ onClash: ({ reason }) => void clashes.push(reason) })
  const render = (registries: readonly Registry[], onPage = page): string =>
    Buffer.from(onPage.render(registries, textFormat)).toString()
  /** A page remembers how it was laid out, so each part has its own. */
  const partPages = new Map<Registry, Page>()
  const renderPart = (registry: Registry): string => {
    const partPage = partPages.get(registry) ?? new Page()
    partPages.set(registry, partPage)
    return render([registry], partPage)
  }
  return {
    lines,
    clashes,
    enabled: exporter.enabled,
    stop: () => exporter.retire(),
    async scrape(query = '', signal = new AbortController().signal) {
      const registries = await exporter.gather(new URLSearchParams(query), signal)
      return render(registries)
    },
    async scrapeParts() {
      const { signal } = new AbortController()
      const [own, ...registries] = await exporter.gather(new URLSearchParams(), signal)
      if (own === undefined) throw new Error('the exporter lacks its own registry')
      const parts = registries.map((registry): [string, string] => {
        const part = renderPart(registry)
        const [, name = ''] = /^node_scrape_collector_success\{collector="(.*)"\}/m.exec(part) ?? []
        return [name, part]
      })
      return { page: render([own, ...registries]), parts: new Map(parts) }
    },
  }
}

/** Only these collectors, with their flags. */
export function only(...names: readonly string[]): string[] {
  return ['--collector.disable-defaults', ...names.map((name) => `--collector.${name}`)]
}

/** The page without what differs from run to run: the times that collectors took. */
export function withoutDurations(page: string): string {
  return page.replace(/^(# (?:HELP|TYPE) )?node_scrape_collector_duration_seconds.*\n/gm, '')
}
