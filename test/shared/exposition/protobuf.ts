/** The protobuf format that tests write. */
import type { Format } from '../../../shared/exposition/negotiate.ts'

export const protobuf: Format = {
  kind: 'protobuf',
  version: 'delimited',
  escaping: 'allow-utf-8',
  contentType:
    'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8',
}
