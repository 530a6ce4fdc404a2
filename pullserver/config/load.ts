/**
 * prometheus.yml to checked values. All errors of the file are found in one go, each with its line
 * and column, and nothing that is written there is ignored without a word.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseYaml, type YamlValue } from '../../shared/yaml.ts'
import { type Field, list, readFields, unsupported, withoutEffect } from './fields.ts'
import { type GlobalConfig, globalConfig } from './global-config.ts'
import { Report } from './report.ts'
import { type ScrapeConfig, scrapeConfig } from './scrape-config.ts'

export type Config = {
  readonly global: GlobalConfig
  readonly scrapeConfigs: readonly ScrapeConfig[]
  /** The text as loaded, secrets blanked: what /api/v1/status/config shows. */
  readonly text: string
  /** `FILE:LINE:COLUMN: message`, for the log. */
  readonly warnings: readonly string[]
}

/** The message has a line for each problem, `FILE:LINE:COLUMN: message`. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options)
    this.problems = problems
  }
}

/** Reads and checks the file. Throws ConfigError. */
export function loadConfig(file: string, environment = process.env): Config {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const advice = 'write the file or name another one with --config.file'
    throw new ConfigError([`${file}: cannot read the configuration (${reason}); ${advice}`], {
      cause: error,
    })
  }
  return parseConfig(text, file, environment)
}

const rulesLater = 'remove it and keep recording and alerting rules in another Prometheus for now'
const remoteLater = 'remove it; the data of this server is read over its HTTP API'

const readers = {
  global: raw,
  scrape_configs: list(raw),
  runtime: withoutEffect('runtime', 'it tunes the garbage collector of Go'),
  scrape_config_files: unsupported('scrape_config_files', 'write the jobs under scrape_configs'),
  rule_files: unsupported('rule_files', rulesLater),
  alerting: unsupported('alerting', rulesLater),
  remote_write: unsupported('remote_write', remoteLater),
  remote_read: unsupported('remote_read', remoteLater),
  storage: unsupported('storage', 'set the retention with --storage.tsdb.retention.time'),
  tracing: unsupported('tracing', 'remove it'),
  otlp: unsupported('otlp', 'remove it'),
}

/** The same for text that is already read; relative file names start at the folder of `file`. */
export function parseConfig(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Config {
  const report = new Report()
  const { value, problems } = parseYaml(text)
  for (const { at, message } of problems) report.problem(at, message)
  // A syntax error makes a different tree of what follows it: errors found there would mislead.
  const broken = problems.some(({ message }) => message.startsWith('yaml: '))
  const config = broken ? undefined : readConfig(value, path.dirname(file), environment, report)
  const found = report.problems(file)
  if (config === undefined || found.length > 0) throw new ConfigError(found)
  return { ...config, text: report.redact(text), warnings: report.warnings(file) }
}

function readConfig(
  value: YamlValue,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  report: Report,
): Pick<Config, 'global' | 'scrapeConfigs'> {
  const fields = readFields(value, 'the configuration', readers, report)
  const nothing: YamlValue = { kind: 'null', at: value.at }
  const global = globalConfig(fields.global?.value ?? nothing, environment, report)
  return { global, scrapeConfigs: scrapeConfigs(fields.scrape_configs, global, folder, report) }
}

function scrapeConfigs(
  field: Field<YamlValue[]> | undefined,
  global: GlobalConfig,
  folder: string,
  report: Report,
): ScrapeConfig[] {
  const jobs = new Map<string, ScrapeConfig>()
  for (const item of field?.value ?? []) {
    if (item.kind === 'null') {
      report.problem(item.at, 'empty or null scrape config section')
      continue
    }
    const job = scrapeConfig(item, global, folder, report)
    if (job === undefined) continue
    const { at, ...config } = job
    if (jobs.has(config.jobName)) {
      const name = JSON.stringify(config.jobName)
      report.problem(at, `found multiple scrape configs with job name ${name}`)
    }
    jobs.set(config.jobName, config)
  }
  return [...jobs.values()]
}

function raw(value: YamlValue): YamlValue {
  return value
}
