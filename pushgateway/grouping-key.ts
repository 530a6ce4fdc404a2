/**
 * The grouping key of a push: job and labels out of the URL path. Everything up to the single
 * component works on bytes (latin1 strings, one character each), as the original does, so that error
 * texts and base64 offsets agree; only finished names and values become text.
 */

import type { LabelPair } from '../shared/exposition/family.ts'
import { decodeLatin1, isUtf8Latin1, quoteBytes } from '../shared/exposition/go-quote.ts'
import { isValidLabelName, type NameScheme } from '../shared/exposition/names.ts'
import { decodeBase64Url } from './base64-url.ts'
import { Refused } from './refused.ts'
import { labelsText } from './series.ts'

export type GroupingKey = {
  /** Sorted by name, `job` among them. */
  readonly labels: readonly LabelPair[]
  /** The labels as the exposition writes them: `a="b",job="c"`. The same text is the same group. */
  readonly text: string
}

/** From what follows `/metrics/job` in the decoded path, in bytes. Throws a Refused. */
export type ReadKey = (rest: string) => GroupingKey

/** Most pushes come to a path that was pushed to before: reads a grouping key only once while it can. */
export function createKeyReader(names: NameScheme): ReadKey {
  const known = new Map<string, GroupingKey>()
  return (rest) => {
    const found = known.get(rest)
    if (found !== undefined) return found
    const key = parseGroupingKey(rest, names)
    if (known.size >= mostKnown) known.clear()
    if (rest.length <= longestKnown) known.set(rest, key)
    return key
  }
}

/** Some megabytes at most, whatever paths people make up. */
const mostKnown = 20_000
const longestKnown = 200

/** What follows `/metrics/job` in the decoded path, in bytes: `/JOB/L/V...` or `@base64/JOB/L/V...`. */
export function parseGroupingKey(rest: string, names: NameScheme): GroupingKey {
  const { encoded, job: jobPart, labels: labelPart } = splitJob(rest)
  const job = encoded ? decodeJob(jobPart) : jobPart
  const labels = parseLabels(labelPart, names)
  if (job === '') throw new Refused(400, 'job name is required')
  labels.set('job', toText(job, 'job'))
  return groupingKey(labels)
}

/** The key of labels that are known to be good. */
export function groupingKey(labels: Iterable<readonly [name: string, value: string]>): GroupingKey {
  const pairs = Array.from(labels, ([name, value]) => ({ name, value }))
  pairs.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { labels: pairs, text: labelsText(pairs) }
}

/** JOB is one component; the labels keep their leading slash. */
function splitJob(rest: string): { encoded: boolean; job: string; labels: string } {
  const encoded = rest.startsWith('@base64')
  const start = rest.indexOf('/') + 1
  const end = rest.indexOf('/', start)
  if (end === -1) return { encoded, job: rest.slice(start), labels: '' }
  return { encoded, job: rest.slice(start, end), labels: rest.slice(end) }
}

function decodeJob(part: string): string {
  const decoded = decodeBase64Url(part)
  if (typeof decoded === 'string') return decoded
  throw new Refused(400, `invalid base64 encoding in job name "": ${illegal(decoded.illegalAt)}`)
}

function parseLabels(text: string, names: NameScheme): Map<string, string> {
  const labels = new Map<string, string>()
  if (text.length <= 1) return labels
  const parts = text.slice(1).split('/')
  if (parts.length % 2 !== 0) {
    throw new Refused(400, `odd number of components in label string ${quoteBytes(text)}`)
  }
  for (let i = 0; i < parts.length; i += 2) {
    // A label given twice: the last one counts, as in the original.
    labels.set(...parseLabel(parts[i] ?? '', parts[i + 1] ?? '', names))
  }
  return labels
}

function parseLabel(written: string, value: string, names: NameScheme): [string, string] {
  const encoded = written.endsWith('@base64')
  const stripped = encoded ? written.slice(0, -'@base64'.length) : written
  const name = names === 'utf8' ? unescapeName(stripped) : stripped
  const text = decodeLatin1(name)
  // The unescaped name is looked at too: the original lets U______x pass for __x and then breaks.
  const reserved = stripped.startsWith('__') || name.startsWith('__')
  if (reserved || !isUtf8Latin1(name) || !isValidLabelName(text, names)) {
    throw new Refused(400, `improper label name ${quoteBytes(stripped)}`)
  }
  if (!encoded) return [text, toText(value, text)]
  const decoded = decodeBase64Url(value)
  if (typeof decoded === 'string') return [text, toText(decoded, text)]
  const reason = illegal(decoded.illegalAt)
  throw new Refused(
    400,
    `invalid base64 encoding for label ${text}=${quoteBytes(value)}: ${reason}`,
  )
}

/** The original stores such a value and then fails every scrape; nothing is stored here. */
function toText(bytes: string, label: string): string {
  if (!isUtf8Latin1(bytes)) {
    throw new Refused(
      400,
      `value of label ${label} is not valid UTF-8: ${quoteBytes(bytes.slice(0, 100))}`,
    )
  }
  return decodeLatin1(bytes)
}

function illegal(at: number): string {
  return `illegal base64 data at input byte ${at}`
}

/** `U__x_2e_y` is `x.y`; a name that breaks the rules of this escaping stays as it is. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name
  let plain = ''
  for (let at = 3; at < name.length; at++) {
    const character = name[at]
    if (character !== '_') {
      plain += character
    } else if (name[at + 1] === '_') {
      plain += '_'
      at += 1
    } else {
      const end = name.indexOf('_', at + 1)
      const rune = end === -1 ? undefined : runeOf(name.slice(at + 1, end))
      if (rune === undefined) return name
      plain += rune
      at = end
    }
  }
  return plain
}

/** The UTF-8 bytes of a code point in hexadecimal; undefined when it is none. */
function runeOf(hex: string): string | undefined {
  if (!/^[0-9a-fA-F]{1,6}$/.test(hex)) return undefined
  const code = Number.parseInt(hex, 16)
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
  return Buffer.from(String.fromCodePoint(code)).toString('latin1')
}
