/**
 * Which format a reader gets for its Accept header, by the rules of prometheus/common 0.70.
 *
 * Those rules are not RFC 9110: wildcards match nothing, so that curl and browsers get text. Three
 * things RFC 9110 says and upstream does not are taken: media types in any case, quoted parameter
 * values, and q=0 for "not this one". A quoted version is the exception: upstream answers
 * `application/openmetrics-text;version="1.0.0"` with text, and so do we.
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

/** The clauses by falling weight, without the refused; of equal weight those with wildcards last. */
function parseAccept(accept: string): Clause[] {
  const clauses: Clause[] = []
  for (const item of accept.split(',')) {
    const [range = '', ...rest] = item.split(';')
    const [type = '', subtype, ...more] = range.split('/').map(trimSpaces)
    if (more.length > 0 || (subtype === undefined && type !== '*')) continue
    const parameters = new Map<string, string>()
    let q = 1
    let isRefused = false
    for (const parameter of rest) {
      const [rawName = '', value = '', ...extra] = parameter.split('=')
      const name = trimSpaces(rawName)
      if (value === '' || extra.length > 0) continue
      if (name === 'q') {
        q = parseWeight(value)
        isRefused = /^0(\.0*)?$/.test(trimSpaces(value))
      } else parameters.set(name, name === 'version' ? trimSpaces(value) : unquote(value))
    }
    if (isRefused) continue
    clauses.push({ type: `${type}/${subtype ?? '*'}`.toLowerCase(), q, parameters })
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

/** No value that we compare with needs a backslash in its quotes. */
function unquote(value: string): string {
  return trimSpaces(value).replace(/^"([^"\\]*)"$/, '$1')
}

/** Only blanks: tabs stay, as upstream. */
function trimSpaces(text: string): string {
  return text.replace(/^ +| +$/g, '')
}
