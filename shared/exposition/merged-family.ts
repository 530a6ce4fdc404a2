/** One family of a page, merged from all registries that have it: its lines in order, its clashes. */
import type { MetricFamily, MetricType } from './family.ts'
import { compareBytes } from './order.ts'
import type { Slot, Source } from './source.ts'

/** One metric of the page: a series with a slot, or the finished lines of an adopted metric. */
export type Line = {
  readonly part: Part
  /** Undefined for adopted metrics, which carry their value in their bytes. */
  readonly slot: Slot | undefined
  /** The slot's place in its store when the line was laid out, -1 for adopted metrics. */
  readonly index: number
  /** In the arena, or in the part's own bytes. A series' bytes end before the value. */
  readonly offset: number
  readonly length: number
  readonly labelNames: readonly string[]
  readonly labelValues: readonly string[]
  readonly timestampMs: bigint | undefined
  /** The line before has the same labels and timestamp: only one of them may be shown. */
  repeats: boolean
}

/** What one declaration or adopted family of one registry gives to a family. */
export type Part = {
  readonly name: string
  readonly type: MetricType
  readonly help: string | undefined
  /** Place of the registry; of two parts that clash the one with the lower rank is shown. */
  readonly rank: number
  /** Precedence among the parts of one registry: adopted families come behind its own. */
  order: number
  readonly origin: Source | MetricFamily
  /** Bytes of an adopted family; undefined for a source, whose bytes are in the arena. */
  readonly bytes: Uint8Array | undefined
  readonly header: { readonly offset: number; readonly length: number }
  /** In page order. */
  lines: Line[]
  /** The source's version when its lines were laid out. */
  version: number
}

export class MergedFamily {
  readonly name: string
  parts: Part[] = []
  /** The lines of all parts in page order. */
  lines: readonly Line[] = []
  /** For a family that one source alone gives: offset, length and slot of each line in turn. */
  #compact: Int32Array | undefined
  /** Families whose names this one's sample names would collide with: x and x_count. */
  rivals: MergedFamily[] = []

  constructor(name: string) {
    this.name = name
  }

  /** Puts the lines of the parts in order. To be called when a part came, went or changed. */
  merge(): void {
    this.parts.sort((a, b) => a.rank - b.rank || a.order - b.order)
    const [only] = this.parts
    this.lines =
      only !== undefined && this.parts.length === 1
        ? only.lines
        : this.parts.flatMap((part) => part.lines).sort(compareLines)
    this.#compact = undefined
    if (only !== undefined && this.parts.length === 1 && only.bytes === undefined) {
      this.#compact = compactLines(only.lines)
      return
    }
    let previous: Line | undefined
    for (const line of this.lines) {
      line.repeats = previous !== undefined && compareLines(previous, line) === 0
      previous = line
    }
  }

  /** Offset, length and slot of each line, when they can be written with no further question. */
  get compactLines(): Int32Array | undefined {
    return this.rivals.length === 0 ? this.#compact : undefined
  }
}

function compactLines(lines: readonly Line[]): Int32Array {
  const compact = new Int32Array(lines.length * 3)
  let at = 0
  for (const { offset, length, index } of lines) {
    compact[at++] = offset
    compact[at++] = length
    compact[at++] = index
  }
  return compact
}

/**
 * As Gather orders: number of labels, label values, timestamp (none last). 0 for what is the same
 * series at the same time.
 */
export function compareLines(a: Line, b: Line): number {
  const count = a.labelNames.length
  if (count !== b.labelNames.length) return count - b.labelNames.length
  for (let index = 0; index < count; index++) {
    const order = compareBytes(a.labelValues[index] ?? '', b.labelValues[index] ?? '')
    if (order !== 0) return order
  }
  if (a.timestampMs !== b.timestampMs) return compareTimestamps(a.timestampMs, b.timestampMs)
  if (a.labelNames === b.labelNames) return 0
  for (let index = 0; index < count; index++) {
    const order = compareBytes(a.labelNames[index] ?? '', b.labelNames[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

function compareTimestamps(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  return a < b ? -1 : 1
}
