/** What the gateway tells about itself: requests, pushes, what it holds, and its process. */

import { decodeText } from '../shared/exposition/decode-text.ts'
import type { MetricFamily, MetricType } from '../shared/exposition/family.ts'
import { textFormat } from '../shared/exposition/negotiate.ts'
import { Page } from '../shared/exposition/page.ts'
import { Registry } from '../shared/exposition/registry.ts'
import type { ProcessMetrics } from '../shared/process-metrics.ts'
import { createSelfMetrics } from '../shared/self-metrics.ts'
import type { OwnFamilies } from './family-index.ts'
import type { Groups } from './groups.ts'
import type { OwnText } from './page.ts'
import { type FailureReason, failureReasons } from './refused.ts'
import { WindowSummary } from './window-summary.ts'

const durationName = 'pushgateway_http_push_duration_seconds'
const sizeName = 'pushgateway_http_push_size_bytes'
const summaryHelps: Readonly<Record<string, string>> = {
  [durationName]: 'How long pushes took to answer, failed ones too, in seconds.',
  [sizeName]: 'How large the requests of pushes were, headers and body as sent, in bytes.',
}

export class OwnMetrics {
  /** What no push may contradict; known before the first request. */
  readonly families: OwnFamilies
  readonly #process: ProcessMetrics
  readonly #known = new Map<string, { type: MetricType; help: string }>()
  readonly #self = createSelfMetrics()
  readonly #requests = this.#counter(
    'pushgateway_http_requests_total',
    'Requests answered, by status code, handler and method.',
    ['code', 'handler', 'method'],
  )
  readonly #failures = this.#counter(
    'pushgateway_push_failures_total',
    'Pushes of which nothing was stored, by what was wrong.',
    ['reason'],
  )
  readonly #expired = this.#counter(
    'pushgateway_groups_expired_total',
    'Groups whose metrics went because nobody had pushed to them for their time to live.',
    [],
  )
  readonly #groups = this.#gauge('pushgateway_groups', 'Groups that are stored.')
  readonly #series = this.#gauge(
    'pushgateway_series',
    'Series of all groups, a histogram or summary as one, without the push times.',
  )
  readonly #storedBytes = this.#gauge(
    'pushgateway_stored_bytes',
    'Size of all groups as text, at the scrape before this one.',
  )
  readonly #summaries = new Map<string, Map<string, WindowSummary>>()
  readonly #http = new Registry()
  readonly #page = new Page()

  constructor(process: ProcessMetrics) {
    this.#process = process
    const families = this.#known
    for (const [name, help] of Object.entries(summaryHelps)) {
      families.set(name, { type: 'summary', help })
    }
    for (const { name, type, help = '' } of decodeText(this.#render())) {
      families.set(name, { type, help })
    }
    this.families = families
    for (const reason of failureReasons) this.#failures.inc({ reason }, 0)
  }

  countRequest(handler: string, method: string | undefined, code: number): void {
    this.#requests.labels(String(code), handler, methodName(method)).inc()
  }

  countFailure(reason: FailureReason): void {
    this.#failures.inc({ reason })
  }

  countExpired(groups: number): void {
    this.#expired.inc(groups)
  }

  observePush(method: string | undefined, durationSeconds: number, sizeBytes: number): void {
    const name = methodName(method)
    this.#summary(durationName, name).observe(durationSeconds)
    this.#summary(sizeName, name).observe(sizeBytes)
  }

  /** The text of each own family that has samples, as they are now. */
  async read(groups: Pick<Groups, 'size' | 'seriesCount' | 'pageBytes'>): Promise<OwnText> {
    this.#process.refresh()
    this.#groups.set(groups.size)
    this.#series.set(groups.seriesCount)
    this.#storedBytes.set(groups.pageBytes)
    const summaries = Array.from(this.#summaries, ([name, children]) => family(name, children))
    this.#http.adopt([...(await this.#self.families()).filter(hasMetrics), ...summaries])
    const texts = new Map<string, string>()
    // Newlines in labels are escaped, so this begins a line only at the head of a family.
    for (const text of this.#render().split(/^(?=# HELP )/m)) {
      texts.set(text.slice('# HELP '.length, text.indexOf(' ', '# HELP '.length)), text)
    }
    return texts
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]) {
    this.#known.set(name, { type: 'counter', help })
    return this.#self.counter(name, help, labelNames)
  }

  #gauge(name: string, help: string) {
    this.#known.set(name, { type: 'gauge', help })
    return this.#self.gauge(name, help)
  }

  #render(): string {
    const bytes = this.#page.render([this.#process.registry, this.#http], textFormat)
    return Buffer.from(bytes).toString()
  }

  #summary(name: string, method: string): WindowSummary {
    let children = this.#summaries.get(name)
    if (children === undefined) {
      children = new Map()
      this.#summaries.set(name, children)
    }
    let summary = children.get(method)
    if (summary === undefined) {
      summary = new WindowSummary(() => performance.now())
      children.set(method, summary)
    }
    return summary
  }
}

function family(name: string, children: ReadonlyMap<string, WindowSummary>): MetricFamily {
  const metrics = Array.from(children, ([method, summary]) => {
    return { labels: [{ name: 'method', value: method }], ...summary.read() }
  })
  return { name, type: 'summary', help: summaryHelps[name] ?? '', metrics }
}

function hasMetrics({ metrics }: MetricFamily): boolean {
  return metrics.length > 0
}

const methods: ReadonlyMap<string, string> = new Map(
  ['GET', 'PUT', 'HEAD', 'POST', 'DELETE', 'CONNECT', 'OPTIONS', 'NOTIFY', 'TRACE', 'PATCH'].map(
    (method) => [method, method.toLowerCase()],
  ),
)

/** Anybody can make up methods, but not series of ours. */
function methodName(method: string | undefined): string {
  return methods.get(method ?? '') ?? 'unknown'
}
