/** The exposition formats a scrape may ask for, and the Accept header that asks for them. */
import { list, oneOf, type Reader, string } from './fields.ts'

export const scrapeProtocols = {
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
} as const

export type ScrapeProtocol = keyof typeof scrapeProtocols

export type EscapingSchemeName = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

export const defaultProtocols = Object.keys(scrapeProtocols) as readonly ScrapeProtocol[]

/** Best first: 0.6 and down by 0.1, where Prometheus counts its fifth protocol, protobuf, too. */
export function acceptHeader(
  protocols: readonly ScrapeProtocol[],
  escaping: EscapingSchemeName,
): string {
  const offers = protocols.map((protocol, index) => {
    const escaped = protocol.endsWith('1.0.0') ? `;escaping=${escaping}` : ''
    return `${scrapeProtocols[protocol]}${escaped};q=0.${6 - index}`
  })
  return [...offers, `*/*;q=0.${6 - protocols.length}`].join(',')
}

/** PrometheusProto is left out with a warning: every target that has it also has a text format. */
export const protocolList: Reader<ScrapeProtocol[]> = (value, report) => {
  const names = list(oneOf('PrometheusProto', ...defaultProtocols))(value, report)
  if (names === undefined) return undefined
  const texts = names.filter((name) => name !== 'PrometheusProto')
  if (texts.length < names.length) {
    report.warning(value.at, 'PrometheusProto is never asked for: text formats carry the same data')
  }
  if (new Set(texts).size < texts.length) {
    report.problem(value.at, `duplicated protocol in scrape_protocols, got ${names.join(', ')}`)
    return undefined
  }
  return texts
}

export const fallbackProtocol: Reader<ScrapeProtocol> = (value, report) => {
  const name = string(value, report)
  const known = defaultProtocols.find((protocol) => protocol === name)
  if (name !== undefined && known === undefined) {
    const wanted = defaultProtocols.join(', ')
    report.problem(
      value.at,
      `invalid fallback_scrape_protocol: unknown scrape protocol ${name}, supported: [${wanted}]`,
    )
  }
  return known
}
