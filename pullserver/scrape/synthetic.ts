/** The series every scrape writes about itself, also when it failed: up and scrape_*. */
import type { Label, Labels } from '../labels.ts'

/** What is to be told of one scrape. */
export type ScrapeReport = {
  readonly up: boolean
  readonly durationSeconds: number
  /** Samples in the page, up to the error if there was one. */
  readonly scraped: number
  /** Those that metric_relabel_configs left. */
  readonly kept: number
  /** Series that the last scrape did not have. */
  readonly added: number
  /** After decompression; -1 when it was more than body_size_limit. */
  readonly bodyBytes: number
  readonly timeoutSeconds: number
  readonly sampleLimit: number
}

type Series = readonly [name: string, value: (report: ScrapeReport) => number]

const always: readonly Series[] = [
  ['up', (report) => (report.up ? 1 : 0)],
  ['scrape_duration_seconds', (report) => report.durationSeconds],
  ['scrape_samples_scraped', (report) => report.scraped],
  ['scrape_samples_post_metric_relabeling', (report) => report.kept],
  ['scrape_series_added', (report) => report.added],
]

const extra: readonly Series[] = [
  ['scrape_timeout_seconds', (report) => report.timeoutSeconds],
  ['scrape_sample_limit', (report) => report.sampleLimit],
  ['scrape_body_size_bytes', (report) => report.bodyBytes],
]

export type Synthetic = {
  readonly labels: readonly Labels[]
  /** In the order of `labels`. */
  values(report: ScrapeReport): Float64Array
}

/** They carry the target's labels and no others; relabeling does not reach them. */
export function syntheticSeries(target: Labels, withExtra: boolean): Synthetic {
  const series = withExtra ? [...always, ...extra] : always
  return {
    labels: series.map(([name]) => withName(name, target)),
    values: (report) => Float64Array.from(series, ([, value]) => value(report)),
  }
}

/** `__name__` goes where its bytes say: capitals come before the underscore. */
function withName(name: string, target: Labels): Labels {
  const before = target.filter((label) => label.name < '__name__')
  const behind: readonly Label[] = target.slice(before.length)
  return [...before, { name: '__name__', value: name }, ...behind]
}
