/** The label set a scraped series is stored under: its own labels, its target's, and the rules. */
import type { LabelPair } from '../../shared/exposition/family.ts'
import { ScrapeParseError } from '../../shared/exposition/scrape.ts'
import type { Limits } from '../config/limits.ts'
import type { RelabelConfig } from '../config/relabel-config.ts'
import { type Label, type Labels, labelValue } from '../labels.ts'
import { sortLabels, toLabels } from './label-set.ts'
import { type LabelSet, relabel } from './relabel.ts'

/** A series that may not be stored, and with it its whole scrape. */
export class SeriesError extends ScrapeParseError {
  /** The parser adds the samples before this one. */
  override samples = 1
}

/**
 * Undefined when a rule drops the series. Throws SeriesError when the rules leave it without a name.
 * `scraped` are the labels as exposed, without the name; an empty value counts as no label.
 */
export function seriesLabels(
  name: string,
  scraped: readonly LabelPair[],
  target: Labels,
  honorLabels: boolean,
  rules: readonly RelabelConfig[],
): Labels | undefined {
  if (rules.length === 0) {
    const merged = mergeDisjoint(name, scraped, target)
    if (merged !== undefined) return merged
  }
  const labels: LabelSet = new Map([['__name__', name]])
  for (const label of scraped) labels.set(label.name, label.value)
  if (honorLabels) addMissing(labels, target)
  else addInFront(labels, target)
  if (rules.length === 0) return toLabels(labels)
  for (const [label, value] of labels) if (value === '') labels.delete(label)
  if (!relabel(labels, rules)) return undefined
  const kept = toLabels(labels)
  if (kept.length === 0) return undefined
  if (!labels.get('__name__')) throw new SeriesError('missing metric name (__name__ label)')
  return kept
}

/**
 * The usual case, without rules and without a name that both have: undefined when it is not that.
 * It takes half the time of going by way of a Map (0.3 us a series instead of 0.7), and the target's
 * labels are the same objects in all its series.
 */
function mergeDisjoint(
  name: string,
  scraped: readonly LabelPair[],
  target: Labels,
): Labels | undefined {
  const labels: Label[] = [{ name: '__name__', value: name }]
  for (const label of scraped) {
    for (const own of target) if (own.name === label.name) return undefined
    if (label.value !== '') labels.push(label)
  }
  for (const own of target) labels.push(own)
  return sortLabels(labels)
}

/**
 * honor_labels: what the target says stands. A label that it exposes empty stands too, as absent:
 * so a Pushgateway keeps its own `instance` off the series of a job that has none.
 */
function addMissing(labels: LabelSet, target: Labels): void {
  for (const { name, value } of target) if (!labels.has(name)) labels.set(name, value)
}

/** The target's label wins, and the exposed one gets `exported_` in front until the name is free. */
function addInFront(labels: LabelSet, target: Labels): void {
  const conflicts: LabelPair[] = []
  for (const { name, value } of target) {
    const exposed = labels.get(name)
    if (exposed) conflicts.push({ name, value: exposed })
    labels.set(name, value)
  }
  conflicts.sort((a, b) => a.name.length - b.name.length)
  for (const { name, value } of conflicts) {
    let free = `exported_${name}`
    while (labels.get(free)) free = `exported_${free}`
    labels.set(free, value)
  }
}

/** Throws SeriesError when the labels, name and target's included, break a limit of the job. */
export function checkLabelLimits(labels: Labels, limits: Limits): void {
  const metric = () => shorten(labelValue(labels, '__name__'))
  if (limits.labels > 0 && labels.length > limits.labels) {
    const count = `number of labels: ${labels.length}, limit: ${limits.labels}`
    throw new SeriesError(`label_limit exceeded (metric: ${metric()}, ${count})`)
  }
  if (limits.labelNameBytes === 0 && limits.labelValueBytes === 0) return
  for (const { name, value } of labels) {
    const nameBytes = Buffer.byteLength(name)
    if (limits.labelNameBytes > 0 && nameBytes > limits.labelNameBytes) {
      const length = `label name: ${shorten(name)}, length: ${nameBytes}, limit: ${limits.labelNameBytes}`
      throw new SeriesError(`label_name_length_limit exceeded (metric: ${metric()}, ${length})`)
    }
    const valueBytes = Buffer.byteLength(value)
    if (limits.labelValueBytes > 0 && valueBytes > limits.labelValueBytes) {
      const shown = JSON.stringify(shorten(value))
      const length = `value: ${shown}, length: ${valueBytes}, limit: ${limits.labelValueBytes}`
      const where = `metric: ${metric()}, label name: ${shorten(name)}`
      throw new SeriesError(`label_value_length_limit exceeded (${where}, ${length})`)
    }
  }
}

function shorten(text: string): string {
  return [...text].slice(0, 50).join('')
}
