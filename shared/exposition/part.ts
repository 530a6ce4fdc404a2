/** Lays out what one declaration or adopted family gives to a page: every byte that does not change. */
import type { Arena } from './arena.ts'
import type { MetricFamily } from './family.ts'
import { compareLines, type Line, type Part } from './merged-family.ts'
import type { Format } from './negotiate.ts'
import { sortLabels } from './order.ts'
import { piecesOf } from './pieces.ts'
import type { Slot, Source } from './source.ts'

/** The part of a declaration, without lines yet; layOutSource() brings them. */
export function sourcePart(source: Source, rank: number, arena: Arena, format: Format): Part {
  const { name, type, help } = source.declaration
  const offset = arena.write(piecesOf(format).header(source.declaration))
  const header = { offset, length: arena.end - offset }
  return {
    name,
    type,
    help,
    rank,
    order: -1,
    origin: source,
    bytes: undefined,
    header,
    lines: [],
    version: -1,
  }
}

/** Brings a part up to its source: new series are put in their places, forgotten ones leave. */
export function layOutSource(part: Part, source: Source, arena: Arena, format: Format): void {
  const kept: Line[] = []
  const known = new Set<Slot>()
  for (const line of part.lines) {
    if (line.slot !== undefined && line.slot.index === line.index) {
      kept.push(line)
      known.add(line.slot)
    } else arena.release(line.length)
  }
  const labelNames = source.labelOrder.map((index) => source.declaration.labelNames[index] ?? '')
  const fresh: Line[] = []
  const pieces = piecesOf(format)
  for (const slot of source.series) {
    if (known.has(slot)) continue
    const labelValues = source.labelOrder.map((index) => slot.labelValues[index] ?? '')
    const labels = labelNames.map((name, index) => ({ name, value: labelValues[index] ?? '' }))
    const offset = arena.write(pieces.series(source.declaration, labels))
    const length = arena.end - offset
    const { index } = slot
    const timestampMs = undefined
    fresh.push({
      ...{ part, slot, index, offset, length, labelNames, labelValues, timestampMs },
      repeats: false,
    })
  }
  part.lines = kept.length === 0 ? fresh.sort(compareLines) : mergeLines(kept, fresh)
  part.version = source.version
}

/** The part of an adopted family, encoded. Throws a TypeError when the family cannot be written. */
export function adoptedPart(family: MetricFamily, rank: number, format: Format): Part {
  const pieces = piecesOf(format)
  const head = pieces.header(family)
  const written = [head]
  let offset = head.length
  const header = { offset: 0, length: offset }
  const drafts = family.metrics.map((metric) => {
    const labels = sortLabels(metric.labels)
    const bytes = pieces.metric(family, { ...metric, labels })
    written.push(bytes)
    const start = offset
    offset += bytes.length
    const labelNames = labels.map((label) => label.name)
    const labelValues = labels.map((label) => label.value)
    const { timestampMs } = metric
    const place = { offset: start, length: bytes.length }
    return { slot: undefined, index: -1, ...place, labelNames, labelValues, timestampMs }
  })
  const { name, type, help } = family
  const bytes = Buffer.concat(written)
  const part: Part = {
    name,
    type,
    help,
    rank,
    order: 0,
    origin: family,
    bytes,
    header,
    lines: [],
    version: 0,
  }
  part.lines = drafts.map((draft) => ({ part, ...draft, repeats: false })).sort(compareLines)
  return part
}

/** Both are sorted only where they must be: the lines of a source stay in order once they are. */
function mergeLines(kept: readonly Line[], fresh: Line[]): Line[] {
  fresh.sort(compareLines)
  const merged: Line[] = []
  let next = 0
  for (const line of kept) {
    for (let other = fresh[next]; other !== undefined && compareLines(other, line) < 0; ) {
      merged.push(other)
      other = fresh[++next]
    }
    merged.push(line)
  }
  return merged.concat(fresh.slice(next))
}
