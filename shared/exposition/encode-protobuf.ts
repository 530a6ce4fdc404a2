/** Families as protobuf: delimited messages, or one of the two text forms that are made for people. */
import type { MetricFamily } from './family.ts'
import type { Format } from './negotiate.ts'
import { familyMessage } from './proto-message.ts'
import { metricFamily } from './proto-schema.ts'
import { compactText, indentedText } from './proto-text.ts'
import { WireWriter } from './proto-wire.ts'

/** As encode() does; `version` of the format says which form. A family may be empty, as upstream. */
export function encodeProtobuf(families: Iterable<MetricFamily>, format: Format): Uint8Array {
  const messages = Array.from(families, (family) => familyMessage(family, format.escaping))
  if (format.version === 'delimited') {
    const writer = new WireWriter()
    for (const message of messages.toReversed()) writer.prependDelimited(metricFamily, message)
    return writer.finished()
  }
  const toText = format.version === 'text' ? indentedText : compactText
  return Buffer.from(messages.map((message) => `${toText(metricFamily, message)}\n`).join(''))
}
