/** Reads a whole body into families by its Content-Type, strictly: a body that breaks a rule is refused. */
import { decodeOpenMetrics } from './decode-openmetrics.ts'
import { decodeProtobuf } from './decode-protobuf.ts'
import { decodeText } from './decode-text.ts'
import type { MetricFamily } from './family.ts'
import type { NameScheme } from './names.ts'

export type DecodeOptions = {
  /** What names may be in text and protobuf, default 'legacy'; OpenMetrics has rules of its own. */
  readonly names?: NameScheme
  /** Whether OpenMetrics is known. The Pushgateway, for one, reads it as text. Default true. */
  readonly openMetrics?: boolean
}

/** Whatever is neither protobuf nor OpenMetrics is text, as Go has it. Throws ParseError. */
export function decode(
  body: Uint8Array,
  contentType: string | undefined,
  options: DecodeOptions = {},
): MetricFamily[] {
  const kind = bodyKind(contentType)
  if (kind === 'protobuf') return decodeProtobuf(body, options)
  if (kind === 'openmetrics' && options.openMetrics !== false) return decodeOpenMetrics(body)
  return decodeText(body, options)
}

/** Protobuf needs its three parameters exactly; names of types and parameters come in any case. */
export function bodyKind(contentType: string | undefined): 'text' | 'openmetrics' | 'protobuf' {
  const [type = '', ...rest] = (contentType ?? '').split(';').map((part) => part.trim())
  const parameters = new Map<string, string>()
  for (const parameter of rest) {
    const [, name = '', quoted, bare = ''] = /^([^=]*)=(?:"([^"\\]*)"|(.*))$/s.exec(parameter) ?? []
    parameters.set(name.toLowerCase(), quoted ?? bare)
  }
  switch (type.toLowerCase()) {
    case 'application/openmetrics-text':
      return 'openmetrics'
    case 'application/vnd.google.protobuf': {
      const isOurs = parameters.get('proto') === 'io.prometheus.client.MetricFamily'
      return isOurs && parameters.get('encoding') === 'delimited' ? 'protobuf' : 'text'
    }
    default:
      return 'text'
  }
}
