/** Series in page order, cut into blocks, so that a push makes only a small part of the page stale. */

import { Block } from './block.ts'
import { comparePlaces, type Series } from './series.ts'

/** A block of more series is split in two; one of fewer than an eighth joins a neighbour. */
const mostSeries = 1024

/** A stale block that was longer than this is split too: histograms have many lines. */
const mostBytes = 128 * 1024

export class Blocks {
  readonly #blocks: Block[] = []

  /** Of all text in bytes, as last written. */
  get length(): number {
    return this.#blocks.reduce((sum, { length }) => sum + length, 0)
  }

  /** Puts the series, which has its family, at its place. */
  insert(series: Series): void {
    const at = Math.max(0, this.#indexFor(series))
    let block = this.#blocks[at]
    if (block === undefined) {
      block = new Block([])
      this.#blocks.push(block)
    }
    block.series.splice(firstNotBefore(block.series, series), 0, series)
    block.touch()
    series.block = block
    if (block.series.length > mostSeries) this.#split(at, block)
  }

  /** Takes away a series that was inserted. */
  remove(series: Series): void {
    const at = this.#indexFor(series)
    const block = this.#blocks[at]
    if (block === undefined || block !== series.block) {
      throw new Error(`series {${series.labels.text}} is not where the page should have it`)
    }
    block.series.splice(firstNotBefore(block.series, series), 1)
    block.touch()
    series.block = undefined
    if (block.series.length < mostSeries / 8) this.#join(at, block)
  }

  /** The blocks in page order; what is stale and too long is split first. */
  *inOrder(): Generator<Block> {
    for (let at = 0; at < this.#blocks.length; at++) {
      let block = this.#blocks[at]
      while (block?.isStale && block.length > mostBytes && block.series.length > 1) {
        this.#split(at, block)
        block = this.#blocks[at]
      }
      if (block !== undefined) yield block
    }
  }

  /** Index of the last block that begins at or before the series; -1 when none does. */
  #indexFor(series: Series): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const first = this.#blocks[middle]?.series[0]
      if (first !== undefined && comparePlaces(first, series) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #split(at: number, block: Block): void {
    const middle = block.series.length >>> 1
    const halves = [block.series.slice(0, middle), block.series.slice(middle)]
    const blocks = halves.map((series) => new Block(series, block.length / 2))
    this.#blocks.splice(at, 1, ...blocks)
  }

  /** Small blocks cost a flush of the compressor each; an empty one is dropped. */
  #join(at: number, block: Block): void {
    const neighbour = this.#blocks[at - 1] ?? this.#blocks[at + 1]
    if (block.series.length === 0) {
      this.#blocks.splice(at, 1)
    } else if (neighbour !== undefined && neighbour.series.length < mostSeries / 4) {
      const first = Math.min(at, this.#blocks.indexOf(neighbour))
      const [left, right] = this.#blocks.slice(first, first + 2)
      const series = [...(left?.series ?? []), ...(right?.series ?? [])]
      this.#blocks.splice(first, 2, new Block(series, block.length + neighbour.length))
    }
  }
}

function firstNotBefore(sorted: readonly Series[], series: Series): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const there = sorted[middle]
    if (there !== undefined && comparePlaces(there, series) < 0) low = middle + 1
    else high = middle
  }
  return low
}
