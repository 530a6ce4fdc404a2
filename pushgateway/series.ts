/** The parts of the page: a series of a group, and the family it belongs to. */

import type { LabelPair, MetricType } from '../shared/exposition/family.ts'
import { isValidLabelName, isValidMetricName } from '../shared/exposition/names.ts'
import { textSeries } from '../shared/exposition/text.ts'

/** Labels of one series, rendered once; series without labels of their own share those of the group. */
export type RenderedLabels = {
  /** What stands between the braces: `a="1",b="2"`. */
  readonly text: string
  /** Orders series as the original does: by number of labels, then by label values, in bytes. */
  readonly sortKey: string
  /** No name needs quotes or escaping. */
  readonly legacy: boolean
  /** What they were rendered from: the labels that the series has beside those of its group. */
  readonly from: string
}

/** The group a series belongs to. Two series with equal labels and different owners are a clash. */
export type Owner = object

export class Series {
  readonly owner: Owner
  readonly labels: RenderedLabels
  /** The number of a simple metric; whole lines, with name and labels, of any other. */
  text: string
  /**
   * What was pushed, where that says more than what is written: text for `-0` and for a histogram
   * without +Inf, a protobuf message for what no text tells (see metrics-of.ts).
   */
  source: string | Uint8Array | undefined
  /** Family and block are set when the series is placed on the page. */
  family: Family | undefined
  block: { touch(): void } | undefined

  constructor(owner: Owner, labels: RenderedLabels, text: string, source?: string | Uint8Array) {
    this.owner = owner
    this.labels = labels
    this.text = text
    this.source = source
    this.family = undefined
    this.block = undefined
  }
}

/** All series of one name, of all groups. */
export class Family {
  readonly name: string
  /** `name` in byte order. */
  readonly sortKey: string
  /** What stands in front of the labels: `x{`, or `{"x.y",`. */
  readonly start: string
  /** The name needs no quotes and no escaping. */
  readonly legacy: boolean
  type: MetricType
  /** As last pushed. */
  help: string | undefined
  /** As last pushed; text has none. */
  unit: string | undefined
  /** How many groups have this family; its type may change while that is only the pushing one. */
  groups: number
  /** By label text. */
  readonly series: Map<string, Series>
  /** Its place on the page, before all series. It has no text: HELP and TYPE are those above. */
  readonly head: Series

  constructor(name: string, type: MetricType) {
    this.name = name
    this.sortKey = byteOrder(name)
    this.start = sampleStart(name)
    this.legacy = isValidMetricName(name, 'legacy')
    this.type = type
    this.help = undefined
    this.unit = undefined
    this.groups = 0
    this.series = new Map()
    this.head = new Series(this, noLabels, '')
    this.head.family = this
  }
}

/** A metric of these types is one number, so one line. */
export function isSimple(type: MetricType): boolean {
  return type === 'gauge' || type === 'counter' || type === 'unknown'
}

/** The lines of a series on the page, or those that say exactly what was pushed, if any do. */
export function linesOf(family: Family, series: Series, as: 'written' | 'pushed'): string {
  const { source } = series
  const text = as === 'pushed' && typeof source === 'string' ? source : series.text
  return isSimple(family.type) ? `${family.start}${series.labels.text}} ${text}\n` : text
}

/** The labels must be sorted by name, and there is at least one. */
export function renderLabels(labels: readonly LabelPair[], from: string): RenderedLabels {
  const legacy = labels.every(({ name }) => isValidLabelName(name, 'legacy'))
  return { text: labelsText(labels), sortKey: sortKey(labels), legacy, from }
}

/** `a="1",b="2"`; names that are not legacy ones are quoted. */
export function labelsText(labels: readonly LabelPair[]): string {
  return textSeries('x', labels, 'allow-utf-8').slice('x{'.length, -'}'.length)
}

/** Negative when `a` stands before `b` on the page; series of equal values are told apart by names. */
export function comparePlaces(a: Series, b: Series): number {
  const order = compare(a.family?.sortKey ?? '', b.family?.sortKey ?? '')
  if (order !== 0) return order
  return compare(a.labels.sortKey, b.labels.sortKey) || compare(a.labels.text, b.labels.text)
}

const noLabels: RenderedLabels = { text: '', sortKey: '', legacy: true, from: '' }

const beyondAscii = /[^\0-\x7f]/

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** Text that compares with `<` as its UTF-8 bytes do: UTF-16 puts astral characters before U+E000. */
function byteOrder(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text).toString('latin1') : text
}

function sampleStart(name: string): string {
  const written = textSeries(name, [], 'allow-utf-8')
  return written === name ? `${name}{` : `${written.slice(0, -'}'.length)},`
}

function sortKey(labels: readonly LabelPair[]): string {
  let key = String.fromCharCode(labels.length)
  for (const { value } of labels) key += `${value}\0`
  return byteOrder(key)
}
