/**
 * From a discovered address and its labels to a target: what is scraped, how often, under which
 * labels. Follows Prometheus' PopulateLabels, step by step in the order that users rely on.
 */
import { createHash } from 'node:crypto'
import { addressProblem } from '../config/address.ts'
import { formatDuration, parseDuration } from '../config/duration.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { TargetGroup } from '../config/static-config.ts'
import type { Labels } from '../labels.ts'
import { toLabels } from './label-set.ts'
import { type LabelSet, relabel } from './relabel.ts'

export type Target = {
  readonly discoveredLabels: Labels
  /** What its series carry: no name of these begins with `__`. */
  readonly labels: Labels
  readonly url: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Differs when any label, `__*` included, or the URL differs. */
  readonly identity: string
}

export type TargetOutcome =
  | { readonly kind: 'target'; readonly target: Target }
  | { readonly kind: 'dropped'; readonly discoveredLabels: Labels }
  | { readonly kind: 'failed'; readonly discoveredLabels: Labels; readonly reason: string }

/** All targets of a group, each once. */
export function populateGroup(group: TargetGroup, config: ScrapeConfig): TargetOutcome[] {
  return group.targets.map((address) => populate(address, group.labels, config))
}

function populate(
  address: string,
  groupLabels: TargetGroup['labels'],
  config: ScrapeConfig,
): TargetOutcome {
  const labels = initialLabels(address, groupLabels, config)
  const discoveredLabels = toLabels(labels)
  if (!relabel(labels, config.relabelConfigs)) return { kind: 'dropped', discoveredLabels }
  try {
    return { kind: 'target', target: finish(labels, discoveredLabels, config) }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { kind: 'failed', discoveredLabels, reason: error.message }
  }
}

function initialLabels(
  address: string,
  groupLabels: TargetGroup['labels'],
  config: ScrapeConfig,
): LabelSet {
  const labels: LabelSet = new Map([['__address__', address]])
  const setDefault = (name: string, value: string) => {
    if (!labels.get(name)) labels.set(name, value)
  }
  for (const [name, value] of Object.entries(groupLabels)) setDefault(name, value)
  setDefault('job', config.jobName)
  setDefault('__scrape_interval__', formatDuration(config.intervalMs))
  setDefault('__scrape_timeout__', formatDuration(config.timeoutMs))
  setDefault('__metrics_path__', config.metricsPath)
  setDefault('__scheme__', config.scheme)
  for (const [name, [first]] of Object.entries(config.params)) {
    if (first !== undefined) setDefault(`__param_${name}`, first)
  }
  return labels
}

/** Throws RangeError with the reason why this cannot be scraped. */
function finish(labels: LabelSet, discoveredLabels: Labels, config: ScrapeConfig): Target {
  const address = labels.get('__address__') ?? ''
  const problem = addressProblem(address)
  if (problem !== undefined) throw new RangeError(problem)
  const intervalMs = readDuration(labels, 'interval')
  const timeoutMs = readDuration(labels, 'timeout')
  if (timeoutMs > intervalMs) {
    const timeout = JSON.stringify(labels.get('__scrape_timeout__'))
    const interval = JSON.stringify(labels.get('__scrape_interval__'))
    throw new RangeError(
      `scrape timeout cannot be greater than scrape interval (${timeout} > ${interval})`,
    )
  }
  for (const name of [...labels.keys()]) if (name.startsWith('__meta_')) labels.delete(name)
  if (!labels.get('instance')) labels.set('instance', address)
  const url = targetUrl(labels, config)
  const all = toLabels(labels)
  return {
    discoveredLabels,
    labels: all.filter(({ name }) => !name.startsWith('__')),
    url,
    intervalMs,
    timeoutMs,
    identity: createHash('sha1')
      .update(JSON.stringify([all, url]))
      .digest('hex'),
  }
}

function readDuration(labels: LabelSet, which: 'interval' | 'timeout'): number {
  const text = labels.get(`__scrape_${which}__`) ?? ''
  let durationMs: number
  try {
    durationMs = parseDuration(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`error parsing scrape ${which}: ${reason}`, { cause: error })
  }
  if (durationMs === 0) throw new RangeError(`scrape ${which} cannot be 0`)
  return durationMs
}

/** As Go's url.URL writes it: a `?` in the path is escaped, parameters are sorted by name. */
function targetUrl(labels: LabelSet, config: ScrapeConfig): string {
  const params = new Map<string, string[]>()
  for (const [name, values] of Object.entries(config.params)) params.set(name, [...values])
  for (const [label, value] of labels) {
    if (!label.startsWith('__param_') || value === '') continue
    const name = label.slice('__param_'.length)
    // The label carries the first value only; the others of a repeated parameter stay.
    params.set(name, [value, ...(params.get(name) ?? []).slice(1)])
  }
  const query = [...params]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) =>
      values.map((value) => `${escapeQuery(name)}=${escapeQuery(value)}`),
    )
    .join('&')
  const path = escapePath(labels.get('__metrics_path__') ?? '')
  const slash = path === '' || path.startsWith('/') ? '' : '/'
  const base = `${labels.get('__scheme__') ?? ''}://${labels.get('__address__') ?? ''}`
  return `${base}${slash}${path}${query === '' ? '' : `?${query}`}`
}

function escapeQuery(text: string): string {
  return escapeBytes(text, /[A-Za-z0-9_.~-]/).replaceAll('%20', '+')
}

function escapePath(path: string): string {
  return escapeBytes(path, /[A-Za-z0-9_.~$&+,/:;=@-]/)
}

function escapeBytes(text: string, kept: RegExp): string {
  let escaped = ''
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte)
    const hex = byte.toString(16).toUpperCase().padStart(2, '0')
    escaped += kept.test(character) ? character : `%${hex}`
  }
  return escaped
}
