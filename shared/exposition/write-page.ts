/**
 * Writes a page: copies the bytes that were laid out once and renders the numbers between them.
 *
 * Nothing is made per series and scrape, no string and no object. A family that one source alone
 * gives goes straight through; one that several share, or that was adopted, is looked at first.
 */
import { copyText } from './arena.ts'
import type { Clash } from './clash.ts'
import type { Layout } from './layout.ts'
import type { MergedFamily, Part } from './merged-family.ts'
import type { Format } from './negotiate.ts'
import type { Output } from './output.ts'
import { reportProblems, type Shown, showFamily } from './show-family.ts'
import { endOfPage } from './text.ts'
import { writeFloat, writeValue } from './write-number.ts'

/** The bytes of the families in `names` (all when undefined) that have live series. */
export function writePage(
  layout: Layout,
  kind: Format['kind'],
  output: Output,
  names: ReadonlySet<string> | undefined,
  onClash: (clash: Clash) => void,
): Uint8Array<ArrayBuffer> {
  const { arena, registries, shownRounds } = layout
  reportProblems(layout, shownRounds, onClash)
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

type PageState = Shown & {
  readonly bytes: Uint8Array
  /** Of the same bytes. */
  readonly view: DataView
  /** The arena's. */
  readonly texts: DataView
  end: number
  /** OpenMetrics has its own way to write numbers. */
  readonly isOpen: boolean
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
    at += length
    at = isOpen ? writeFloat(values, slot, bytes, at) : writeValue(values, slot, bytes, at)
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
  showFamily(family, page, {
    header: (part) => copy(part, part.header, page),
    line(line) {
      copy(line.part, line, page)
      const values = page.registries[line.part.rank]?.values
      if (line.slot === undefined || values === undefined) return
      const write = page.isOpen ? writeFloat : writeValue
      page.end = write(values, line.index, page.bytes, page.end)
      page.bytes[page.end++] = newline
    },
  })
}

function copy(part: Part, from: { offset: number; length: number }, page: PageState): void {
  const { offset, length } = from
  if (part.bytes === undefined) copyText(page.texts, offset, length, page.view, page.end)
  else page.bytes.set(part.bytes.subarray(offset, offset + length), page.end)
  page.end += length
}
