/**
 * The exposition: our own families, fresh at each scrape, among the pushed ones in the order of
 * names. Own families stand between runs of blocks, so they make no block stale.
 */

import { deflatePiece, joinGzip } from '../shared/exposition/gzip.ts'
import type { EscapingScheme } from '../shared/exposition/names.ts'
import type { Block } from './block.ts'
import { Blocks } from './blocks.ts'
import type { OwnFamilies } from './family-index.ts'
import { protobufPage } from './protobuf-page.ts'
import type { Series } from './series.ts'

/** Own families that have something to show, by name: their HELP, TYPE and samples. */
export type OwnText = ReadonlyMap<string, string>

export class Page {
  /** Names that are our own, sorted. */
  readonly #ownNames: readonly string[]
  /** Run `i` has what stands before own name `i`; what is pushed under an own name follows its samples. */
  readonly #runs: readonly Blocks[]

  constructor(ownNames: Iterable<string>) {
    this.#ownNames = [...ownNames].sort()
    this.#runs = Array.from({ length: this.#ownNames.length + 1 }, () => new Blocks())
  }

  /** Puts a series, or the head of a family, at its place. */
  insert(series: Series): void {
    this.#runOf(series).insert(series)
  }

  remove(series: Series): void {
    this.#runOf(series).remove(series)
  }

  /** Bytes of what is pushed, as text, as last written. */
  get pushedBytes(): number {
    return this.#runs.reduce((sum, { length }) => sum + length, 0)
  }

  /** The page in buffers that nobody changes any more. */
  plain(own: OwnText, escaping: EscapingScheme): Uint8Array[] {
    return Array.from(this.#parts(own), (part) => {
      return typeof part === 'string' ? Buffer.from(part) : part.plain(escaping)
    })
  }

  /** The page as one gzip stream, in buffers. */
  gzip(own: OwnText, escaping: EscapingScheme): Uint8Array[] {
    const pieces = Array.from(this.#parts(own), (part) => {
      return typeof part === 'string' ? deflatePiece(Buffer.from(part)) : part.piece(escaping)
    })
    return joinGzip(pieces)
  }

  /** The page in protobuf, in buffers. */
  protobuf(text: OwnText, own: OwnFamilies, escaping: EscapingScheme): Uint8Array[] {
    return protobufPage(this.#parts(text), own, escaping)
  }

  /** Own families that follow each other come as one text. */
  *#parts(own: OwnText): Generator<Block | string> {
    let text = ''
    for (const [i, run] of this.#runs.entries()) {
      for (const block of run.inOrder()) {
        if (text !== '') yield text
        text = ''
        yield block
      }
      text += own.get(this.#ownNames[i] ?? '') ?? ''
    }
    if (text !== '') yield text
  }

  #runOf(series: Series): Blocks {
    const name = series.family?.name ?? ''
    let before = 0
    while (before < this.#ownNames.length && (this.#ownNames[before] ?? '') <= name) before += 1
    const run = this.#runs[before]
    if (run === undefined) throw new RangeError(`no place for family ${name}`)
    return run
  }
}
