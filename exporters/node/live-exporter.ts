/** The exporter in force: a reload starts a new one beside it, and only one that started takes its place. */

import { family } from '../../shared/exposition/declare.ts'
import { Registry } from '../../shared/exposition/registry.ts'
import type { Log } from '../../shared/log.ts'
import type { Exporter } from './exporter.ts'
import { warnOfIdleFlags } from './idle-flags.ts'
import type { Settings } from './settings.ts'

const successful = family(
  'gauge',
  'node_exporter_config_last_reload_successful',
  'Whether the settings could be read when that was last tried; when 0, those before are in force.',
  [],
)
const successSeconds = family(
  'gauge',
  'node_exporter_config_last_reload_success_timestamp_seconds',
  'When the settings in force were read, since the epoch.',
  [],
)

type LiveSetup = {
  readonly settings: Settings
  /** Reads the command line and the files that it names; throws what is wrong with them. */
  readonly read: () => Settings
  /** Does the page tell how reading them went? Not where nothing can be read again. */
  readonly showsReloads: boolean
  /** Throws what keeps a collector from starting. */
  readonly start: (settings: Settings) => Exporter
  readonly log: Log
  readonly nowMs: () => number
}

export class LiveExporter {
  /** Whether the last reading succeeded, and when one did. */
  readonly #registry = new Registry()
  readonly #setup: LiveSetup
  #settings: Settings
  #exporter: Exporter

  /** Throws what `start` throws: at first there is nothing to fall back on. */
  constructor(setup: LiveSetup) {
    this.#setup = setup
    this.#settings = setup.settings
    this.#exporter = setup.start(setup.settings)
    this.#succeeded()
  }

  get enabled(): ReadonlySet<string> {
    return this.#exporter.enabled
  }

  gather(query: URLSearchParams, signal: AbortSignal): ReturnType<Exporter['gather']> {
    const gathered = this.#exporter.gather(query, signal)
    if (!this.#setup.showsReloads) return gathered
    const withOurs = (registries: readonly Registry[]) => [this.#registry, ...registries]
    return gathered instanceof Promise ? gathered.then(withOurs) : withOurs(gathered)
  }

  /** Gives the problems; without any, new collectors are in force. Those before stop when idle. */
  reload(): readonly string[] {
    const { read, start, log } = this.#setup
    let settings: Settings
    let exporter: Exporter
    try {
      settings = read()
      exporter = start(settings)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      const problems = error.message.split('\n')
      for (const problem of problems) log.error('Configuration kept as it was', { problem })
      this.#registry.add(successful, 0)
      return problems
    }
    const before = this.#exporter
    this.#exporter = exporter
    this.#announce(this.#settings, settings, before.enabled)
    this.#settings = { ...settings, texts: { ...settings.texts, ...fixed(this.#settings.texts) } }
    before.retire()
    this.#succeeded()
    return []
  }

  #succeeded(): void {
    this.#registry.add(successful, 1)
    this.#registry.add(successSeconds, this.#setup.nowMs() / 1000)
  }

  #announce(before: Settings, after: Settings, wereEnabled: ReadonlySet<string>): void {
    const { log } = this.#setup
    log.info('Configuration loaded again', {
      started: listed(this.enabled.difference(wereEnabled)),
      stopped: listed(wereEnabled.difference(this.enabled)),
    })
    const stuck = Object.keys(fixed(after.texts)).filter(
      (name) => after.texts[name] !== before.texts[name],
    )
    if (stuck.length > 0) {
      log.warn('Flags that change only at a restart', { flags: stuck.map((name) => `--${name}`) })
    }
    warnOfIdleFlags(after, log)
  }
}

/** Of the flags, those that a reload leaves alone: all but the collectors'. */
function fixed(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).filter(([name]) => !name.startsWith('collector.')),
  )
}

function listed(names: ReadonlySet<string>): string | undefined {
  return names.size === 0 ? undefined : [...names].join(',')
}
