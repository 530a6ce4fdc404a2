/** Which parser an answer is for, by its Content-Type, as Prometheus 3 decides it. */
import { type ScrapeProtocol, scrapeProtocols } from '../config/scrape-protocol.ts'
import { ScrapeError } from './scrape-error.ts'

export type BodyKind = 'text' | 'openmetrics' | 'protobuf'

/** Throws ScrapeError when the type is none of ours and no fallback is configured. */
export function bodyKind(contentType: string, fallback: ScrapeProtocol | undefined): BodyKind {
  const parsed = parseMediaType(contentType)
  const fallbackType = fallback === undefined ? '' : scrapeProtocols[fallback].split(';', 1)[0]
  const kind = kinds.get(parsed.mediaType) ?? kinds.get(fallbackType ?? '')
  if (kind !== undefined) return kind
  throw new ScrapeError(
    refusal(contentType, parsed.problem),
    'if it serves metrics all the same, set fallback_scrape_protocol: PrometheusText0.0.4',
  )
}

/** Parameters, such as versions, are not looked at. */
const kinds: ReadonlyMap<string, BodyKind> = new Map([
  ['text/plain', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/vnd.google.protobuf', 'protobuf'],
])

function refusal(contentType: string, problem: string | undefined): string {
  const quoted = JSON.stringify(contentType)
  if (contentType === '') {
    return 'non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target'
  }
  if (problem !== undefined) {
    return `cannot parse Content-Type ${quoted} and no fallback_scrape_protocol for target\n${problem}`
  }
  return `received unsupported Content-Type ${quoted} and no fallback_scrape_protocol specified for target`
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const mediaTypeOnly = new RegExp(`^${token}(?:/${token})?$`)
const parameter = new RegExp(`^\\s*;\\s*${token}\\s*=\\s*(?:${token}|"(?:[^"\\\\]|\\\\.)*")\\s*`)

/** The problem is worded as by Go's mime.ParseMediaType. */
function parseMediaType(contentType: string): { mediaType: string; problem?: string } {
  const semicolon = contentType.indexOf(';')
  const end = semicolon < 0 ? contentType.length : semicolon
  const mediaType = contentType.slice(0, end).trim().toLowerCase()
  if (mediaType === '') return { mediaType: '', problem: 'mime: no media type' }
  if (!mediaTypeOnly.test(mediaType)) {
    const slash = mediaType.includes('/')
    const problem = slash
      ? 'mime: expected token after slash'
      : 'mime: expected slash after first token'
    return { mediaType: '', problem }
  }
  let rest = contentType.slice(end)
  while (rest.trim() !== '' && rest.trim() !== ';') {
    const match = parameter.exec(rest)
    if (match === null) return { mediaType: '', problem: 'mime: invalid media parameter' }
    rest = rest.slice(match[0].length)
  }
  return { mediaType }
}
