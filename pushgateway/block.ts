/** A run of series on the page, with its bytes kept until one of them changes. */

import { decodeText } from '../shared/exposition/decode-text.ts'
import { encodeMetric } from '../shared/exposition/encode.ts'
import { deflatePiece, type GzipPiece } from '../shared/exposition/gzip.ts'
import type { EscapingScheme } from '../shared/exposition/names.ts'
import { piecesOf } from '../shared/exposition/pieces.ts'
import { textHeader } from '../shared/exposition/text.ts'
import { metricsOf, protobuf } from './metrics-of.ts'
import type { MetricRun } from './protobuf-page.ts'
import { type Family, linesOf, type Series } from './series.ts'

export class Block {
  readonly series: Series[]
  /** Of its text in bytes, as last written. */
  length: number
  /** What is kept, and for which names; both forms are made when they are first asked for. */
  #escaping: EscapingScheme | undefined
  #plain: Uint8Array | undefined
  #piece: GzipPiece | undefined
  #protobuf: readonly MetricRun[] | undefined

  constructor(series: Series[], length = 0) {
    this.series = series
    this.length = length
    for (const one of series) one.block = this
  }

  get isStale(): boolean {
    return this.#plain === undefined && this.#piece === undefined
  }

  touch(): void {
    this.#plain = undefined
    this.#piece = undefined
    this.#protobuf = undefined
  }

  plain(escaping: EscapingScheme): Uint8Array {
    this.#use(escaping)
    this.#plain ??= this.#write(escaping)
    return this.#plain
  }

  /** The text, compressed. The plain bytes are not kept for it: few gateways are asked for both. */
  piece(escaping: EscapingScheme): GzipPiece {
    this.#use(escaping)
    this.#piece ??= deflatePiece(this.#plain ?? this.#write(escaping))
    return this.#piece
  }

  /** The metrics as protobuf, a run for each family. */
  protobuf(escaping: EscapingScheme): readonly MetricRun[] {
    this.#use(escaping)
    this.#protobuf ??= this.#writeProtobuf(escaping)
    return this.#protobuf
  }

  #writeProtobuf(escaping: EscapingScheme): MetricRun[] {
    const { metric: write } = piecesOf({ ...protobuf, escaping })
    const families = Map.groupBy(this.series, ({ family }) => family)
    return Array.from(families, ([family, all]) => {
      if (family === undefined) return []
      const series = all.filter((one) => one !== family.head)
      if (series.length === 0) return []
      const metrics = metricsOf(family, series).map((one) => write(family, one))
      return { family, metrics: Buffer.concat(metrics) }
    }).flat()
  }

  #use(escaping: EscapingScheme): void {
    if (escaping !== this.#escaping && this.#escaping !== undefined && !this.#isLegacy()) {
      this.touch()
    }
    this.#escaping = escaping
  }

  /** Legacy names look the same under every scheme. */
  #isLegacy(): boolean {
    return this.series.every(({ labels, family }) => labels.legacy && family?.legacy)
  }

  #write(escaping: EscapingScheme): Uint8Array {
    let text = ''
    for (const series of this.series) {
      if (series.family !== undefined) text += write(series.family, series, escaping)
    }
    const bytes = Buffer.from(text)
    this.length = bytes.length
    return bytes
  }
}

function write(family: Family, series: Series, escaping: EscapingScheme): string {
  if (series === family.head) return textHeader(family, escaping)
  const lines = linesOf(family, series, 'written')
  if (escaping === 'allow-utf-8' || (family.legacy && series.labels.legacy)) return lines
  return escapeLines(family, lines, escaping)
}

/** The same lines with other names. Rare, so they are simply read back. */
function escapeLines(family: Family, lines: string, escaping: EscapingScheme): string {
  const body = textHeader({ name: family.name, type: family.type }, 'allow-utf-8') + lines
  const [decoded] = decodeText(body, { names: 'utf8' })
  const [metric] = decoded?.metrics ?? []
  return decoded && metric ? encodeMetric(decoded, metric, escaping) : ''
}
