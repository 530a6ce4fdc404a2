/** The body of a push to the families that are to be stored. */

import { decodeProtobuf } from '../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../shared/exposition/decode-text.ts'
import type { MetricFamily } from '../shared/exposition/family.ts'
import type { NameScheme } from '../shared/exposition/names.ts'

/**
 * Of a family that comes twice in protobuf the last one counts, as in the original; text has none that
 * does. The original takes any name in protobuf, even an empty one, after which every scrape of it
 * fails; here both formats obey --push.enable-utf8-names. Throws a ParseError.
 */
export function decodePush(
  body: Uint8Array,
  isProtobuf: boolean | undefined,
  names: NameScheme,
): MetricFamily[] {
  if (isProtobuf !== true) return decodeText(body, { names })
  const families = new Map<string, MetricFamily>()
  for (const family of decodeProtobuf(body, { names })) families.set(family.name, family)
  return [...families.values()]
}
