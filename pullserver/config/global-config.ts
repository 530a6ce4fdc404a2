/** The `global` section: what jobs fall back to, and the labels of this server. */
import type { Position, YamlValue } from '../../shared/yaml.ts'
import type { Label, Labels } from '../labels.ts'
import {
  boolean,
  duration,
  type Field,
  oneOf,
  readFields,
  unsupported,
  withoutEffect,
} from './fields.ts'
import { type Limits, limitReaders, limits } from './limits.ts'
import type { Report } from './report.ts'
import {
  defaultProtocols,
  type EscapingSchemeName,
  protocolList,
  type ScrapeProtocol,
} from './scrape-protocol.ts'
import { labelMap } from './static-config.ts'

export type GlobalConfig = {
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
  readonly evaluationIntervalMs: number
  readonly ruleQueryOffsetMs: number
  /** For federation, remote write and alerts; never added to stored series. */
  readonly externalLabels: Labels
  readonly protocols: readonly ScrapeProtocol[]
  readonly escaping: EscapingSchemeName
  readonly extraScrapeMetrics: boolean
  readonly limits: Limits
}

/** In `global` and in each job alike. */
export const namingReaders = {
  metric_name_validation_scheme: oneOf('utf8'),
  metric_name_escaping_scheme: oneOf('allow-utf-8', 'underscores', 'dots', 'values'),
}

export const noHistograms = 'native histograms are not scraped, classic ones always are'

export const histogramReaders = {
  scrape_native_histograms: withoutEffect('scrape_native_histograms', noHistograms),
  convert_classic_histograms_to_nhcb: withoutEffect(
    'convert_classic_histograms_to_nhcb',
    noHistograms,
  ),
  always_scrape_classic_histograms: withoutEffect('always_scrape_classic_histograms', noHistograms),
}

const readers = {
  scrape_interval: duration,
  scrape_timeout: duration,
  scrape_protocols: protocolList,
  evaluation_interval: duration,
  rule_query_offset: duration,
  external_labels: labelMap,
  query_log_file: unsupported('query_log_file', 'leave it out'),
  scrape_failure_log_file: unsupported('scrape_failure_log_file', 'failures are in the log'),
  extra_scrape_metrics: boolean,
  ...limitReaders,
  ...namingReaders,
  ...histogramReaders,
}

export function globalConfig(
  value: YamlValue,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): GlobalConfig {
  const fields = readFields(value, 'global', readers, report)
  const intervalMs = fields.scrape_interval?.value || 60_000
  const timeoutMs = fields.scrape_timeout?.value || Math.min(10_000, intervalMs)
  if (timeoutMs > intervalMs) {
    const at = (fields.scrape_timeout ?? fields.scrape_interval)?.at ?? value.at
    report.problem(at, 'global scrape timeout greater than scrape interval')
  }
  const labels = expandLabels(fields.external_labels, environment, report)
  return {
    scrapeIntervalMs: intervalMs,
    scrapeTimeoutMs: timeoutMs,
    evaluationIntervalMs: fields.evaluation_interval?.value || 60_000,
    ruleQueryOffsetMs: fields.rule_query_offset?.value ?? 0,
    externalLabels: labels,
    protocols: fields.scrape_protocols?.value ?? defaultProtocols,
    escaping: fields.metric_name_escaping_scheme?.value ?? 'allow-utf-8',
    extraScrapeMetrics: fields.extra_scrape_metrics?.value ?? false,
    limits: limits(fields),
  }
}

function expandLabels(
  field: Field<Record<string, string>> | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): Labels {
  if (field === undefined) return []
  const labels: Label[] = []
  for (const [name, written] of Object.entries(field.value)) {
    if (name === '__name__') {
      report.problem(field.at, '"__name__" is not a valid external label name')
    }
    const value = expand(written, field.at, environment, report)
    if (value !== '') labels.push({ name, value })
  }
  return labels.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** `$NAME` and `${NAME}` from the environment, `$$` a dollar: the only place where this happens. */
function expand(
  text: string,
  at: Position,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): string {
  return text.replace(/\$(?:(\$)|\{([^}]*)\}|(\w+))/g, (_whole, dollar, braced, bare) => {
    if (dollar !== undefined) return '$'
    const name: string = braced ?? bare
    const value = environment[name]
    if (value === undefined) report.warning(at, `empty environment variable ${name}`)
    return value ?? ''
  })
}
