/**
 * Which format a reader gets for its Accept header, by the rules of prometheus/common 0.70.
 *
 * Those rules are not RFC 9110: names are compared as written, values are not unquoted, q=0 only
 * sorts last, and wildcards match nothing, so that curl and browsers get text.
 */
import type { EscapingScheme } from './names.ts'

export type Format = {
  readonly kind: 'text' | 'openmetrics' | 'protobuf'
  /** Text: 0.0.4. OpenMetrics: 0.0.1, 1.0.0. Protobuf: its encoding (delimited, text, compact-text). */
  readonly version: string
  readonly escaping: EscapingScheme
  readonly contentType: string
}

/**
 * Walks the clauses of `accept` from the most to the least wanted. The first that names an offered
 * format wins; an escaping scheme counts even when its clause names a format that is not offered.
 */
export function negotiate(
  accept: string | undefined,
  offered: { openMetrics?: boolean; protobuf?: boolean },
): Format {
  if (accept === undefined) return textFormat
  let escaping: EscapingScheme = 'underscores'
  for (const clause of parseAccept(accept)) {
    escaping = escapingSchemes.find((s) => s === clause.parameters.get('escaping')) ?? escaping
    const version = clause.parameters.get('version')
    if (clause.type === 'text/plain' && (version === undefined || version === '0.0.4')) {
      return makeFormat('text', '0.0.4', escaping)
    }
    if (offered.protobuf === true && clause.type === protobufType) {
      const encoding = clause.parameters.get('encoding')
      const isOurs = clause.parameters.get('proto') === protobufMessage
      if (isOurs && encoding !== undefined && protobufEncodings.has(encoding)) {
        return makeFormat('protobuf', encoding, escaping)
      }
    }
    if (offered.openMetrics === true && clause.type === openMetricsType) {
      if (version === '1.0.0') return makeFormat('openmetrics', '1.0.0', escaping)
      if (version === undefined || version === '0.0.1') {
        return makeFormat('openmetrics', '0.0.1', escaping)
      }
    }
  }
  return makeFormat('text', '0.0.4', escaping)
}

/** Whether Accept-Encoding names gzip with a weight above 0; wildcards do not count, as upstream. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false
  for (const item of acceptEncoding.split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    if (coding !== 'gzip') continue
    return !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter))
  }
  return false
}

const openMetricsType = 'application/openmetrics-text'
const protobufType = 'application/vnd.google.protobuf'
const protobufMessage = 'io.prometheus.client.MetricFamily'
const protobufEncodings: ReadonlySet<string> = new Set(['delimited', 'text', 'compact-text'])
const escapingSchemes: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values']

/** What a reader without wishes gets. */
export const textFormat: Format = makeFormat('text', '0.0.4', 'underscores')

function makeFormat(kind: Format['kind'], version: string, escaping: EscapingScheme): Format {
  const type = {
    text: `text/plain; version=${version}; charset=utf-8`,
    openmetrics: `${openMetricsType}; version=${version}; charset=utf-8`,
    protobuf: `${protobufType}; proto=${protobufMessage}; encoding=${version}`,
  }[kind]
  return { kind, version, escaping, contentType: `${type}; escaping=${escaping}` }
}

type Clause = { type: string; q: number; parameters: ReadonlyMap<string, string> }

/** The clauses by falling weight; of equal weight those with wildcards last, else as written. */
function parseAccept(accept: string): Clause[] {
  const clauses: Clause[] = []
  for (const item of accept.split(',')) {
    const [range = '', ...rest] = item.split(';')
    const [type = '', subtype, ...more] = range.split('/').map(trimSpaces)
    if (more.length > 0 || (subtype === undefined && type !== '*')) continue
    const parameters = new Map<string, string>()
    let q = 1
    for (const parameter of rest) {
      const [name = '', value = '', ...extra] = parameter.split('=')
      if (value === '' || extra.length > 0) continue
      if (trimSpaces(name) === 'q') q = parseWeight(value)
      else parameters.set(trimSpaces(name), trimSpaces(value))
    }
    clauses.push({ type: `${type}/${subtype ?? '*'}`, q, parameters })
  }
  return clauses.sort((a, b) => b.q - a.q || wildcards(a) - wildcards(b))
}

/** A weight that is no number counts 0, blanks around it included. */
function parseWeight(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Math.fround(Number(text)) : 0
}

function wildcards(clause: Clause): number {
  if (clause.type.startsWith('*/')) return 2
  return clause.type.endsWith('/*') ? 1 : 0
}

/** Only blanks: tabs stay, as upstream. */
function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '')
}
