/** An application's own prom-client metrics as series and families of our model, for our page to show. */
import type { Clash } from './exposition/clash.ts'
import type { MetricFamily } from './exposition/family.ts'
import { Registry } from './exposition/registry.ts'
import type { PromClientContent, PromClientLabels } from './prom-client-family.ts'
import { KeptMetric } from './prom-client-metric.ts'

/** What is needed of prom-client's Registry, so that the application's own version of it fits. */
export type PromClientRegistry = {
  getMetricsAsArray(): readonly object[]
  /** Set by setDefaultLabels(); prom-client has no other way to ask for them. */
  readonly _defaultLabels?: PromClientLabels
}

export type PromClientSource = {
  /** For `gather`, beside others; as of the last refresh(). */
  readonly registry: Registry
  /**
   * Reads all metrics and gives back the registry. A metric whose `collect` throws, or is not ready
   * when the signal fires, is left out; the page reports it as a clash.
   */
  refresh(signal?: AbortSignal): Promise<Registry>
}

/**
 * Shows the metrics of a prom-client registry, also those it gets later. Read by `metric.get()`, never
 * by `registry.metrics()`: in OpenMetrics mode that renames counters for good.
 */
export function adoptPromClient(client: PromClientRegistry): PromClientSource {
  const adoption = new Adoption(client)
  return { registry: adoption.registry, refresh: (signal) => adoption.refresh(signal) }
}

class Adoption {
  readonly registry = new Registry()
  readonly #client: PromClientRegistry
  #kept = new Map<object, KeptMetric>()
  #defaults: PromClientLabels = {}
  #families: readonly MetricFamily[] = []

  constructor(client: PromClientRegistry) {
    this.#client = client
  }

  async refresh(signal?: AbortSignal): Promise<Registry> {
    const metrics = this.#client.getMetricsAsArray()
    const reads: (Read | undefined)[] = metrics.map(() => undefined)
    const all = Promise.all(
      metrics.map(async (metric, index) => {
        reads[index] = await readMetric(metric)
      }),
    )
    await (signal === undefined ? all : Promise.race([all, aborted(signal)]))
    this.#take(metrics, reads.slice())
    return this.registry
  }

  /** Synchronous, so that a refresh that runs at the same time finds the registry whole. */
  #take(metrics: readonly object[], reads: readonly (Read | undefined)[]): void {
    this.#takeDefaults()
    const kept = new Map<object, KeptMetric>()
    const families: MetricFamily[] = []
    const problems: Clash[] = []
    const repeated = repeatedNames(reads)
    const hasRoom = this.registry.sources.length < 1024 + 4 * metrics.length
    this.registry.begin()
    for (const [index, metric] of metrics.entries()) {
      const { content, error } = reads[index] ?? late
      if (content === undefined) {
        problems.push(problem(metric, error))
        continue
      }
      try {
        const known = this.#keptOf(metric, content)
        kept.set(metric, known)
        if (content.values.length === 0) continue
        // Which of two metrics of one name wins a clash is decided by their order.
        if (!repeated.has(content.name) && known.setSeries(content, hasRoom)) continue
        families.push(known.familyOf(content))
      } catch (reason) {
        problems.push(problem(metric, reason))
      }
    }
    this.registry.end()
    this.#kept = kept
    this.#adopt(families, problems)
  }

  #keptOf(metric: object, content: PromClientContent): KeptMetric {
    const known = this.#kept.get(metric)
    return known?.isOf(content) ? known : new KeptMetric(this.registry, content, this.#defaults)
  }

  /** Other default labels make other series of everything. */
  #takeDefaults(): void {
    const defaults = this.#client._defaultLabels ?? {}
    const names = Object.keys(defaults)
    const isSame =
      names.length === Object.keys(this.#defaults).length &&
      names.every(
        (name) => Object.hasOwn(this.#defaults, name) && defaults[name] === this.#defaults[name],
      )
    if (isSame) return
    this.#defaults = { ...defaults }
    this.#kept.clear()
  }

  /** The same list as before costs the pages nothing. */
  #adopt(families: readonly MetricFamily[], problems: readonly Clash[]): void {
    const isSame =
      families.length === this.#families.length &&
      families.every((family, index) => family === this.#families[index])
    if (!isSame) this.#families = families
    this.registry.adopt(this.#families, problems)
  }
}

/** What a metric gave, or why it gave nothing. */
type Read = { readonly content?: PromClientContent; readonly error?: unknown }

const late: Read = { error: new Error('its collect() was not ready in time') }

async function readMetric(metric: object): Promise<Read> {
  try {
    if (!('get' in metric) || typeof metric.get !== 'function') {
      throw new TypeError('it has no get() as prom-client 13 and newer give it')
    }
    return { content: await metric.get() }
  } catch (error) {
    return { error }
  }
}

function repeatedNames(reads: readonly (Read | undefined)[]): Set<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const read of reads) {
    const name = read?.content?.name
    if (name === undefined) continue
    if (seen.has(name)) repeated.add(name)
    seen.add(name)
  }
  return repeated
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function problem(metric: object, error: unknown): Clash {
  const name = 'name' in metric ? String(metric.name) : 'without name'
  const reason = error instanceof Error ? error.message : String(error)
  return { family: name, reason: `prom-client metric ${name} is left out: ${reason}` }
}
