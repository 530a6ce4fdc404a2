/** The exposition in protobuf: messages of whole families, put together from the pieces that blocks keep. */

import { decodeText } from '../shared/exposition/decode-text.ts'
import type { MetricFamily } from '../shared/exposition/family.ts'
import type { EscapingScheme } from '../shared/exposition/names.ts'
import { piecesOf } from '../shared/exposition/pieces.ts'
import { delimitedLength } from '../shared/exposition/proto-wire.ts'
import type { Block } from './block.ts'
import type { OwnFamilies } from './family-index.ts'
import { protobuf } from './metrics-of.ts'
import type { Family } from './series.ts'

/** Metrics of one family, and of no other, that stand next to each other on the page. */
export type MetricRun = { readonly family: Family; readonly metrics: Uint8Array }

type Described = Pick<MetricFamily, 'name' | 'type'> & { help?: string | undefined }

/** `parts` is the page in order; text is that of own families. Nobody changes the buffers any more. */
export function protobufPage(
  parts: Iterable<Block | string>,
  own: OwnFamilies,
  escaping: EscapingScheme,
): Uint8Array[] {
  const page = new FamilyJoiner(escaping)
  for (const part of parts) {
    if (typeof part === 'string') {
      for (const family of decodeText(part)) page.addOwn(family)
      continue
    }
    for (const { family, metrics } of part.protobuf(escaping)) {
      const { name } = family
      page.add({ ...(own.get(name) ?? family), name }, metrics)
    }
  }
  return page.finished()
}

/** A family may be cut by blocks, and what is pushed under an own name follows our own samples. */
class FamilyJoiner {
  readonly #pieces
  readonly #page: Uint8Array[] = []
  #name: string | undefined
  #family: Uint8Array[] = []

  constructor(escaping: EscapingScheme) {
    this.#pieces = piecesOf({ ...protobuf, escaping })
  }

  addOwn(family: MetricFamily): void {
    for (const metric of family.metrics) this.add(family, this.#pieces.metric(family, metric))
  }

  add(family: Described, metrics: Uint8Array): void {
    if (family.name !== this.#name) {
      this.#close()
      this.#name = family.name
      this.#family.push(this.#pieces.header(family))
    }
    this.#family.push(metrics)
  }

  finished(): Uint8Array[] {
    this.#close()
    return this.#page
  }

  #close(): void {
    if (this.#family.length === 0) return
    const length = this.#family.reduce((sum, piece) => sum + piece.length, 0)
    this.#page.push(delimitedLength(length), ...this.#family)
    this.#family = []
  }
}
