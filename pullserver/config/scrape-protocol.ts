/** The exposition formats a scrape may ask for, and the Accept header that asks for them. */
import { list, oneOf, type Reader, string } from './fields.ts'

export const scrapeProtocols = {
  PrometheusProto:
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
} as const

export type ScrapeProtocol = keyof typeof scrapeProtocols

export type EscapingSchemeName = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

const allProtocols = Object.keys(scrapeProtocols) as readonly ScrapeProtocol[]

/** Protobuf is read, but asked for only where the configuration says so, as in Prometheus. */
export const defaultProtocols = allProtocols.filter((protocol) => protocol !== 'PrometheusProto')

/** Best first: 0.6 and down by 0.1. */
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

export const protocolList: Reader<ScrapeProtocol[]> = (value, report) => {
  const names = list(oneOf(...allProtocols))(value, report)
  if (names === undefined || new Set(names).size === names.length) return names
  report.problem(value.at, `duplicated protocol in scrape_protocols, got ${names.join(', ')}`)
  return undefined
}

export const fallbackProtocol: Reader<ScrapeProtocol> = (value, report) => {
  const name = string(value, report)
  const known = allProtocols.find((protocol) => protocol === name)
  if (name !== undefined && known === undefined) {
    const wanted = allProtocols.join(', ')
    report.problem(
      value.at,
      `invalid fallback_scrape_protocol: unknown scrape protocol ${name}, supported: [${wanted}]`,
    )
  }
  return known
}
