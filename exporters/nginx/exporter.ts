/** Asks every nginx at once and shows what each said; one that is away is a 0 and a log line. */
import { formatDuration } from '../../shared/duration.ts'
import { Registry } from '../../shared/exposition/registry.ts'
import type { Log } from '../../shared/log.ts'
import { type Client, type ClientOptions, createClient } from './client.ts'
import type { ScrapeUri } from './scrape-uri.ts'
import {
  parseStubStatus,
  type StubStatus,
  type StubStatusFamilies,
  showStubStatus,
  stubStatusFamilies,
} from './stub-status.ts'

export type NginxExporterOptions = {
  readonly targets: readonly ScrapeUri[]
  readonly constLabels: ReadonlyMap<string, string>
  /** For one answer of one nginx; 0 waits as long as the scrape does. */
  readonly timeoutMs: number
  readonly client: ClientOptions
  readonly log: Log
}

export type NginxExporter = {
  readonly registries: readonly Registry[]
  /** Asks all, until the signal fires at the latest; never throws because an nginx is away. */
  scrape(signal: AbortSignal): Promise<void>
  close(): void
}

export function createNginxExporter(options: NginxExporterOptions): NginxExporter {
  const labels = new Map(options.constLabels)
  // The label that tells several nginx apart; with one it would only be in the way, as in the original.
  const severalTargets = options.targets.length > 1
  if (severalTargets) labels.set('addr', '')
  const declared = stubStatusFamilies([...labels.keys()])
  const targets = options.targets.map((uri) => {
    if (severalTargets) labels.set('addr', uri.name)
    return new Target(uri, declared, [...labels.values()], options)
  })
  return {
    registries: targets.map((target) => target.registry),
    scrape: async (signal) => {
      await Promise.all(targets.map((target) => target.scrape(signal)))
    },
    close: () => {
      for (const target of targets) target.close()
    },
  }
}

/** One nginx: its connections, its series, and what was last said about it in the log. */
class Target {
  readonly registry = new Registry()
  readonly #declared: StubStatusFamilies
  readonly #labelValues: readonly string[]
  readonly #client: Client
  readonly #timeoutMs: number
  readonly #log: Log
  /** Why the last scrape failed, undefined after a good one. */
  #failure: string | undefined

  constructor(
    uri: ScrapeUri,
    declared: StubStatusFamilies,
    labelValues: readonly string[],
    { client, timeoutMs, log }: NginxExporterOptions,
  ) {
    this.#declared = declared
    this.#labelValues = labelValues
    this.#client = createClient(uri, client)
    this.#timeoutMs = timeoutMs
    this.#log = log.with({ uri: uri.name })
  }

  async scrape(signal: AbortSignal): Promise<void> {
    let status: StubStatus | undefined
    try {
      status = await this.#read(signal)
      if (this.#failure !== undefined) this.#log.info('Nginx answers again')
      this.#failure = undefined
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error)
      // Once for each reason: a dead nginx must not fill the log at every scrape.
      if (failure !== this.#failure) this.#log.error('Cannot scrape nginx', { err: failure })
      this.#failure = failure
    }
    showStubStatus(this.registry, this.#declared, this.#labelValues, status)
  }

  close(): void {
    this.#client.close()
  }

  async #read(scrape: AbortSignal): Promise<StubStatus> {
    if (this.#timeoutMs === 0) return parseStubStatus(await this.#client.get(scrape))
    const limit = new AbortController()
    const timer = setTimeout(() => {
      limit.abort(
        new Error(`no answer within ${formatDuration(this.#timeoutMs)} (--nginx.timeout)`),
      )
    }, this.#timeoutMs)
    try {
      return parseStubStatus(await this.#client.get(AbortSignal.any([scrape, limit.signal])))
    } finally {
      clearTimeout(timer)
    }
  }
}
