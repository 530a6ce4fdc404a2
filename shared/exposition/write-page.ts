/**
 * Writes a page: copies the bytes that were laid out once and renders the numbers between them.
 *
 * Nothing is made per series and scrape, no string and no object. A family that one source alone
 * gives goes straight through; one that several share, or that was adopted, is looked at first.
 */
import { copyText } from './arena.ts'
import type { Clash } from './clash.ts'
import type { Layout } from './layout.ts'
import type { Line, MergedFamily, Part } from './merged-family.ts'
import type { Format } from './negotiate.ts'
import { writeFloat, writeValue } from './number.ts'
import type { Output } from './output.ts'
import type { Registry } from './registry.ts'
import { endOfPage, textSeries } from './text.ts'

/** The bytes of the families in `names` (all when undefined) that have live series. */
export function writePage(
  layout: Layout,
  kind: Format['kind'],
  output: Output,
  names: ReadonlySet<string> | undefined,
  onClash: (clash: Clash) => void,
): Uint8Array<ArrayBuffer> {
  const { arena, registries, shownRounds, unwritable } = layout
  for (const { rank, family, reason } of unwritable) {
    if (shownRounds[rank] !== -1) onClash({ family, reason })
  }
  for (const [rank, { problems }] of registries.entries()) {
    if (shownRounds[rank] !== -1) for (const problem of problems) onClash(problem)
  }
  const { bytes, view } = output.next(layout.longestPage)
  const texts = arena.view
  const isOpen = kind === 'openmetrics'
  const page: PageState = { bytes, view, texts, end: 0, isOpen, registries, shownRounds, onClash }
  for (const family of layout.families) {
    if (names !== undefined && !names.has(family.name)) continue
    const lines = family.compactLines
    const [part] = family.parts
    if (lines === undefined || part === undefined) writeMerged(family, page)
    else writeCompact(lines, part, page)
  }
  if (isOpen) page.end = writeEnd(bytes, page.end)
  return bytes.subarray(0, page.end)
}

type PageState = {
  readonly bytes: Uint8Array
  /** Of the same bytes. */
  readonly view: DataView
  /** The arena's. */
  readonly texts: DataView
  end: number
  /** OpenMetrics has its own way to write numbers. */
  readonly isOpen: boolean
  readonly registries: readonly Registry[]
  /** The round to show of each registry, -1 for none. */
  readonly shownRounds: readonly number[]
  readonly onClash: (clash: Clash) => void
}

const newline = 0x0a

function writeCompact(lines: Int32Array, part: Part, page: PageState): void {
  const registry = page.registries[part.rank]
  const shown = page.shownRounds[part.rank]
  if (registry === undefined || shown === -1) return
  const { values, stamps } = registry
  const { bytes, view, texts, isOpen } = page
  let at = page.end
  let isEmpty = true
  for (let index = 0; index < lines.length; index += 3) {
    const slot = lines[index + 2] as number
    if (stamps[slot] !== shown) continue
    if (isEmpty) {
      copyText(texts, part.header.offset, part.header.length, view, at)
      at += part.header.length
      isEmpty = false
    }
    const length = lines[index + 1] as number
    copyText(texts, lines[index] as number, length, view, at)
    const value = values[slot] as number
    at = isOpen ? writeFloat(value, bytes, at + length) : writeValue(value, bytes, at + length)
    bytes[at++] = newline
  }
  page.end = at
}

function writeEnd(bytes: Uint8Array, offset: number): number {
  for (let index = 0; index < endOfPage.length; index++) {
    bytes[offset + index] = endOfPage.charCodeAt(index)
  }
  return offset + endOfPage.length
}

function writeMerged(family: MergedFamily, page: PageState): void {
  const live = family.parts.filter((part) => isPartLive(part, page))
  const [winner] = live
  if (winner === undefined || losesToRival(family, winner, page)) return
  // The first source decides the type, the first that has a help text decides the help.
  let titled = winner
  const shown = live.filter((part) => {
    if (!agrees(part, titled, family, page)) return false
    if (titled.help === undefined && part.help !== undefined) titled = part
    return true
  })
  copy(titled, titled.header, page)
  let isGiven = false
  let repeated = 0
  let example: Line | undefined
  for (const line of family.lines) {
    if (!line.repeats) isGiven = false
    if (!shown.includes(line.part) || !isLineLive(line, page)) continue
    if (isGiven) {
      repeated++
      example ??= line
      continue
    }
    isGiven = true
    copy(line.part, line, page)
    if (line.slot === undefined) continue
    const value = page.registries[line.part.rank]?.values[line.index] ?? Number.NaN
    const write = page.isOpen ? writeFloat : writeValue
    page.end = write(value, page.bytes, page.end)
    page.bytes[page.end++] = newline
  }
  if (example !== undefined) reportRepeats(family, repeated, example, page)
}

function copy(part: Part, from: { offset: number; length: number }, page: PageState): void {
  const { offset, length } = from
  if (part.bytes === undefined) copyText(page.texts, offset, length, page.view, page.end)
  else page.bytes.set(part.bytes.subarray(offset, offset + length), page.end)
  page.end += length
}

function isPartLive(part: Part, page: PageState): boolean {
  if (page.shownRounds[part.rank] === -1) return false
  return part.lines.some((line) => isLineLive(line, page))
}

function isLineLive(line: Line, page: PageState): boolean {
  const shown = page.shownRounds[line.part.rank]
  if (line.slot === undefined) return shown !== -1
  return page.registries[line.part.rank]?.stamps[line.index] === shown
}

/** Whether a part can stand under the header of `kept`; reports when it cannot. */
function agrees(part: Part, kept: Part, family: MergedFamily, page: PageState): boolean {
  const sameHelp = part.help === kept.help || part.help === undefined || kept.help === undefined
  if (part.type === kept.type && sameHelp) return true
  const [what, first, later] =
    part.type === kept.type
      ? ['help', JSON.stringify(kept.help), JSON.stringify(part.help)]
      : ['type', kept.type, part.type]
  const reason =
    `family ${family.name} has ${what} ${first} in one source and ${later} in a later one; ` +
    'the first is kept, the metrics of the other are left out'
  page.onClash({ family: family.name, reason })
  return false
}

/** Whether a family of an earlier source (or x itself, for x_count) takes the names of this one. */
function losesToRival(family: MergedFamily, winner: Part, page: PageState): boolean {
  for (const rival of family.rivals) {
    const other = rival.parts.find((part) => isPartLive(part, page))
    if (other === undefined) continue
    const isOwner = family.name.length < rival.name.length
    const [owner, suffixed] = isOwner ? [winner, other] : [other, winner]
    if (!ownsName(owner, suffixed.name)) continue
    if (isOwner ? other.rank >= winner.rank : other.rank > winner.rank) continue
    const reason =
      `family ${family.name} is left out: its names collide with those of ` +
      `${other.type} ${rival.name}, which comes from an earlier source`
    page.onClash({ family: family.name, reason })
    return true
  }
  return false
}

function ownsName(owner: Part, name: string): boolean {
  if (owner.type === 'summary') return !name.endsWith('_bucket')
  return owner.type === 'histogram' || owner.type === 'gaugehistogram'
}

function reportRepeats(family: MergedFamily, repeated: number, line: Line, page: PageState): void {
  const labels = line.labelNames.map((name, index) => ({
    name,
    value: line.labelValues[index] ?? '',
  }))
  const example = textSeries(family.name, labels, 'allow-utf-8')
  const others = repeated > 1 ? ` and ${repeated - 1} more` : ''
  const reason = `${example}${others} given by two sources; the first is kept`
  page.onClash({ family: family.name, reason })
}
