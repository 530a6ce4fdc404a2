/** One sample line of a strict OpenMetrics page: name, labels, value, timestamp, exemplar. */

import type { Exemplar, LabelPair } from './family.ts'
import { isValidMetricName } from './names.ts'
import {
  closingQuote,
  indexUnquoted,
  parseTimestamp,
  parseValue,
  Refused,
  shown,
  type Timestamp,
  unquote,
  type Value,
} from './openmetrics-words.ts'

/** What a sample's name has behind that of its family. */
export type Suffix =
  | ''
  | '_total'
  | '_created'
  | '_count'
  | '_sum'
  | '_bucket'
  | '_gcount'
  | '_gsum'
  | '_info'

export type SampleLine = {
  /** As written in front of the braces, or unquoted from inside them. */
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: Value
  /** For `_created`, which is a time. */
  readonly valueText: string
  readonly timestamp: Timestamp | undefined
  readonly exemplar: Exemplar | undefined
}

/** Throws Refused. */
export function readSampleLine(line: string): SampleLine {
  const brace = indexUnquoted(line, '{')
  // A brace behind ` # ` is an exemplar's.
  if (brace === -1 || line.slice(0, brace).includes(' # ')) {
    const nameEnd = indexUnquoted(line, ' ')
    const name = nameEnd === -1 ? line : line.slice(0, nameEnd)
    if (!isValidMetricName(name, 'legacy')) throw new Refused(`invalid metric name ${shown(name)}`)
    if (nameEnd === -1) throw new Refused(`no value after metric name ${shown(name)}`)
    return { name, labels: noLabels, ...readBehindSeries(line.slice(nameEnd + 1)) }
  }
  const end = indexUnquoted(line, '}', brace)
  if (end === -1) throw new Refused('no closing brace after the labels')
  const { name, labels } = readSeries(line.slice(0, brace), line.slice(brace + 1, end))
  // The reference takes any one character for the blank here.
  return { name, labels, ...readBehindSeries(line.slice(end + 2)) }
}

const noLabels: ReadonlyMap<string, string> = new Map()

/** Name and labels, of which the name may come from inside the braces. */
export function readSeries(
  before: string,
  inside: string,
): { name: string; labels: ReadonlyMap<string, string> } {
  const labels = readLabels(inside)
  const inner = labels.get('__name__')
  if (before === '' && inner === undefined) throw new Refused('no metric name')
  if (before !== '' && inner !== undefined) throw new Refused('a second metric name in the braces')
  labels.delete('__name__')
  return { name: before === '' ? (inner ?? '') : before, labels }
}

/** A quoted string without a value is the metric's name and stands under `__name__`. */
function readLabels(inside: string): Map<string, string> {
  const labels = new Map<string, string>()
  let rest = inside.trim()
  while (rest !== '') {
    if (labels.size > 0) rest = rest.slice(1)
    let [nameTerm, end] = ['__name__', indexUnquoted(rest, '=,')]
    if (rest[end] === '=') {
      nameTerm = rest.slice(0, end)
      rest = rest.slice(end + 1)
      end = indexUnquoted(rest, ',')
    }
    if (end === -1) end = rest.length
    const value = readLabelValue(rest.slice(0, end))
    const name = readLabelName(nameTerm)
    if (labels.has(name)) throw new Refused(`label name ${shown(name)} is there twice`)
    labels.set(name, value)
    rest = rest.slice(end).trim()
  }
  return labels
}

function readLabelName(term: string): string {
  const { text, isQuoted } = unquote(term)
  if (!isQuoted && !isValidMetricName(text, 'legacy')) {
    throw new Refused(`invalid label name ${shown(text)}`)
  }
  if (text.startsWith('__') && text !== '__name__') {
    throw new Refused(`label name ${shown(text)} is reserved`)
  }
  return text
}

function readLabelValue(term: string): string {
  const trimmed = term.trim()
  if (trimmed === '') throw new Refused('expected a label, got nothing, or only a comma')
  if (trimmed[0] !== '"' || closingQuote(trimmed, 1) !== trimmed.length - 1) {
    throw new Refused(`expected a label value in quotation marks, got ${shown(trimmed)}`)
  }
  return unquote(trimmed).text
}

/** From the value to the end of the line. */
function readBehindSeries(
  text: string,
): Pick<SampleLine, 'value' | 'valueText' | 'timestamp' | 'exemplar'> {
  const [valueText = '', rest] = cut(text)
  const value = parseValue(valueText, 'value')
  if (rest === undefined) return { value, valueText, timestamp: undefined, exemplar: undefined }
  const [word = '', behind] = rest.startsWith('#') ? ['', rest] : cut(rest)
  if (word === '' && behind === undefined) throw new Refused('a blank at the end of the line')
  return {
    value,
    valueText,
    timestamp: word === '' ? undefined : parseTimestamp(word, 'timestamp'),
    exemplar: behind === undefined ? undefined : readExemplar(behind),
  }
}

/** `# {labels} value timestamp`, of which the timestamp may be missing. */
function readExemplar(text: string): Exemplar {
  if (!text.startsWith('# {')) throw new Refused(`expected an exemplar, got ${shown(text)}`)
  const end = indexUnquoted(text, '}')
  if (end === -1) throw new Refused("no closing brace after the exemplar's labels")
  const labels = labelPairs(readLabels(text.slice('# {'.length, end)))
  checkLength(labels)
  if (text[end + 1] !== ' ') throw new Refused("no blank after the exemplar's labels")
  const [valueText = '', time] = cut(text.slice(end + 2))
  const value = Number(parseValue(valueText, 'value of the exemplar'))
  if (time === undefined) return { labels, value }
  return { labels, value, timestampNs: parseTimestamp(time, 'timestamp of the exemplar').ns }
}

const mostExemplarCharacters = 128

function checkLength(labels: readonly LabelPair[]): void {
  let length = 0
  for (const { name, value } of labels) length += countPoints(name) + countPoints(value)
  if (length <= mostExemplarCharacters) return
  throw new Refused(
    `the exemplar's labels have ${length} characters, more than ${mostExemplarCharacters}`,
  )
}

/** Counts no further where the limit is passed whatever comes. */
function countPoints(text: string): number {
  return text.length > 2 * mostExemplarCharacters ? text.length : [...text].length
}

const noPairs: readonly LabelPair[] = []

export function labelPairs(
  labels: ReadonlyMap<string, string>,
  without?: string,
): readonly LabelPair[] {
  const pairs: LabelPair[] = []
  for (const [name, value] of labels) if (name !== without) pairs.push({ name, value })
  // Of its own size: push() makes room for 17.
  return pairs.length === 0 ? noPairs : pairs.slice()
}

/** The same for the same labels in any order, and different for different ones. */
export function labelsKey(labels: readonly LabelPair[]): string {
  const sorted = labels.length < 2 ? labels : labels.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  let key = ''
  for (const { name, value } of sorted) key += `${name.length}:${name}${value.length}:${value}`
  return key
}

/** The first word, and what stands behind its blank. */
function cut(text: string): [word: string, rest?: string] {
  const at = text.indexOf(' ')
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
