/** One entry of scrape_configs: the targets of a job and how they are scraped. */
import type { Position, YamlValue } from '../../shared/yaml.ts'
import { addressProblem } from './address.ts'
import { discoveryReaders } from './discovery-config.ts'
import { formatDuration } from './duration.ts'
import {
  boolean,
  duration,
  type Fields,
  list,
  mapOf,
  oneOf,
  readFields,
  string,
  unsupported,
  withoutEffect,
} from './fields.ts'
import { type FileSdConfig, fileSdConfig, resolveFiles } from './file-sd-config.ts'
import {
  type GlobalConfig,
  histogramReaders,
  namingReaders,
  noHistograms,
} from './global-config.ts'
import { type HttpConfig, httpConfig, httpReaders } from './http-config.ts'
import { type Limits, limitReaders, limits } from './limits.ts'
import { type RelabelConfig, relabelConfig } from './relabel-config.ts'
import type { Report } from './report.ts'
import {
  type EscapingSchemeName,
  fallbackProtocol,
  protocolList,
  type ScrapeProtocol,
} from './scrape-protocol.ts'
import { type StaticConfig, staticConfig, type TargetGroup } from './static-config.ts'

export type ScrapeConfig = {
  readonly jobName: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly metricsPath: string
  readonly scheme: 'http' | 'https'
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly honorLabels: boolean
  readonly honorTimestamps: boolean
  readonly trackTimestampsStaleness: boolean
  readonly protocols: readonly ScrapeProtocol[]
  readonly fallbackProtocol?: ScrapeProtocol
  readonly escaping: EscapingSchemeName
  readonly enableCompression: boolean
  readonly extraScrapeMetrics: boolean
  readonly limits: Limits
  readonly http: HttpConfig
  readonly relabelConfigs: readonly RelabelConfig[]
  readonly metricRelabelConfigs: readonly RelabelConfig[]
  readonly staticConfigs: readonly TargetGroup[]
  readonly fileSdConfigs: readonly FileSdConfig[]
}

/** The default of --query.lookback-delta. */
const lookbackMs = 300_000

const relabelRules = list(relabelConfig, 'empty or null target relabeling rule in scrape config')

const readers = {
  ...discoveryReaders,
  ...limitReaders,
  ...namingReaders,
  ...histogramReaders,
  ...httpReaders,
  job_name: string,
  scrape_interval: duration,
  scrape_timeout: duration,
  metrics_path: string,
  scheme: oneOf('http', 'https'),
  params: mapOf('params', list(string)),
  honor_labels: boolean,
  honor_timestamps: boolean,
  track_timestamps_staleness: boolean,
  scrape_protocols: protocolList,
  fallback_scrape_protocol: fallbackProtocol,
  enable_compression: boolean,
  extra_scrape_metrics: boolean,
  scrape_failure_log_file: unsupported('scrape_failure_log_file', 'failures are in the log'),
  relabel_configs: relabelRules,
  metric_relabel_configs: relabelRules,
  static_configs: list(staticConfig, 'empty or null section in static_configs'),
  file_sd_configs: list(fileSdConfig, 'empty or null section in file_sd_configs'),
  native_histogram_bucket_limit: withoutEffect('native_histogram_bucket_limit', noHistograms),
  native_histogram_min_bucket_factor: withoutEffect(
    'native_histogram_min_bucket_factor',
    noHistograms,
  ),
}

/** `folder` is where relative file names start. Undefined when the job has no usable name. */
export function scrapeConfig(
  value: YamlValue,
  global: GlobalConfig,
  folder: string,
  report: Report,
): (ScrapeConfig & { readonly at: Position }) | undefined {
  const fields = readFields(value, 'scrape_config', readers, report)
  const jobName = fields.job_name?.value ?? ''
  if (jobName === '') {
    report.problem(fields.job_name?.at ?? value.at, 'job_name is empty')
    return undefined
  }
  const relabelConfigs = fields.relabel_configs?.value ?? []
  const statics = fields.static_configs?.value ?? []
  // Rules may rewrite __address__, so without them a bad address can be refused now.
  if (relabelConfigs.length === 0) checkAddresses(statics, report)
  return {
    at: fields.job_name?.at ?? value.at,
    jobName,
    ...readTiming(fields, jobName, global, report),
    metricsPath: fields.metrics_path?.value || '/metrics',
    scheme: fields.scheme?.value ?? 'http',
    params: fields.params?.value ?? {},
    honorLabels: fields.honor_labels?.value ?? false,
    honorTimestamps: fields.honor_timestamps?.value ?? true,
    trackTimestampsStaleness: fields.track_timestamps_staleness?.value ?? false,
    protocols: orDefault(fields.scrape_protocols?.value, global.protocols),
    ...(fields.fallback_scrape_protocol === undefined
      ? {}
      : { fallbackProtocol: fields.fallback_scrape_protocol.value }),
    escaping: fields.metric_name_escaping_scheme?.value ?? global.escaping,
    enableCompression: fields.enable_compression?.value ?? true,
    extraScrapeMetrics: fields.extra_scrape_metrics?.value ?? global.extraScrapeMetrics,
    limits: limits(fields, global.limits),
    http: httpConfig(fields, folder, report),
    relabelConfigs,
    metricRelabelConfigs: fields.metric_relabel_configs?.value ?? [],
    fileSdConfigs: (fields.file_sd_configs?.value ?? []).map((sd) => resolveFiles(sd, folder)),
    staticConfigs: statics.map(({ targets, labels }) => ({
      targets: targets.map((target) => target.value),
      labels,
    })),
  }
}

function orDefault<T>(list: readonly T[] | undefined, fallback: readonly T[]): readonly T[] {
  return list === undefined || list.length === 0 ? fallback : list
}

function checkAddresses(statics: readonly StaticConfig[], report: Report): void {
  for (const target of statics.flatMap((group) => group.targets)) {
    const problem = addressProblem(target.value)
    if (problem !== undefined) report.problem(target.at, problem)
  }
}

/** A timeout that is not set is the global one, or the job's interval when that is shorter. */
function readTiming(
  fields: Fields<typeof readers>,
  jobName: string,
  global: GlobalConfig,
  report: Report,
): { intervalMs: number; timeoutMs: number } {
  const intervalMs = fields.scrape_interval?.value || global.scrapeIntervalMs
  const timeoutMs = fields.scrape_timeout?.value || Math.min(global.scrapeTimeoutMs, intervalMs)
  if (timeoutMs > intervalMs && fields.scrape_timeout !== undefined) {
    const job = JSON.stringify(jobName)
    const message = `scrape timeout greater than scrape interval for scrape config with job name ${job}`
    report.problem(fields.scrape_timeout.at, message)
  }
  if (intervalMs > lookbackMs && fields.scrape_interval !== undefined) {
    const text = formatDuration(intervalMs)
    const message = `scrape_interval ${text} is longer than the query lookback of 5m: graphs will have gaps`
    report.warning(fields.scrape_interval.at, message)
  }
  return { intervalMs, timeoutMs }
}
