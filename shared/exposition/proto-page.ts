/**
 * The delimited protobuf page of a layout. All of it but the values has fixed bytes at fixed places, as a
 * double is always eight bytes and no length depends on a value. So a scrape writes eight bytes a series
 * into a page that is there already, 3 to 4 ns each; only when a series comes or goes is the page laid
 * out again.
 */
import type { Clash } from './clash.ts'
import type { Layout } from './layout.ts'
import type { Line, Part } from './merged-family.ts'
import { Output, type OutputBuffer } from './output.ts'
import { protoValueLength } from './pieces.ts'
import { delimitedLength, normalNaN } from './proto-wire.ts'
import type { Registry } from './registry.ts'
import { reportProblems, type Shown, showFamily } from './show-family.ts'

export class ProtoPage {
  readonly #output = new Output()
  #plan: Plan | undefined
  /** Buffers that have the fixed bytes of the plan, the newest one last. */
  #filled: OutputBuffer[] = []

  /** As Page.render(); the layout must be up to date. */
  render(
    layout: Layout,
    names: ReadonlySet<string> | undefined,
    onClash: (clash: Clash) => void,
  ): Uint8Array<ArrayBuffer> {
    const { shownRounds } = layout
    reportProblems(layout, shownRounds, onClash)
    if (names !== undefined) return this.#renderSome(layout, names, shownRounds, onClash)
    let plan = this.#plan
    if (!plan?.isOf(layout, shownRounds)) plan = this.#startPlan(layout, shownRounds)
    let buffer = this.#output.next(plan.length)
    this.#fill(buffer, plan)
    if (!plan.writeValues(buffer.view, layout.registries, shownRounds)) {
      plan = this.#startPlan(layout, shownRounds)
      if (buffer.bytes.length < plan.length) buffer = this.#output.grow(plan.length)
      this.#fill(buffer, plan)
      plan.writeValues(buffer.view, layout.registries, shownRounds)
    }
    for (const clash of plan.clashes) onClash(clash)
    return buffer.bytes.subarray(0, plan.length)
  }

  /** Leaves the bytes handed out so far to their readers. */
  keep(): void {
    this.#output.leave()
  }

  #startPlan(layout: Layout, shownRounds: readonly number[]): Plan {
    this.#plan = new Plan(layout, shownRounds)
    this.#filled = []
    return this.#plan
  }

  #fill(buffer: OutputBuffer, plan: Plan): void {
    if (this.#filled.includes(buffer)) return
    const source = this.#filled.at(-1)
    if (source === undefined) plan.writeFixed(buffer.bytes)
    else buffer.bytes.set(source.bytes.subarray(0, plan.length))
    // Two take turns; older ones are not written to again.
    this.#filled = [...this.#filled.slice(-1), buffer]
  }

  /** A page of few families is laid out for this once. */
  #renderSome(
    layout: Layout,
    names: ReadonlySet<string>,
    shownRounds: readonly number[],
    onClash: (clash: Clash) => void,
  ): Uint8Array<ArrayBuffer> {
    const plan = new Plan(layout, shownRounds, names)
    const bytes = new Uint8Array(plan.length)
    plan.writeFixed(bytes)
    plan.writeValues(new DataView(bytes.buffer), layout.registries, shownRounds)
    for (const clash of plan.clashes) onClash(clash)
    return bytes
  }
}

/** In place of an offset: the series is not live, or it is and yet not on the page. */
const notLive = -1
const leftOut = -2

/** Where each byte of a page is, as long as the same series are live. */
class Plan {
  readonly length: number
  readonly clashes: Clash[] = []
  readonly #layout: Layout
  readonly #families: Layout['families']
  readonly #hidden: readonly boolean[]
  /** By rank: slot and offset of the value of each series in turn. */
  readonly #values: Int32Array[]
  readonly #blocks: FamilyBlock[] = []

  constructor(layout: Layout, shownRounds: readonly number[], names?: ReadonlySet<string>) {
    this.#layout = layout
    this.#families = layout.families
    this.#hidden = shownRounds.map((round) => round === -1)
    const { registries } = layout
    const shown = { registries, shownRounds, onClash: (clash: Clash) => this.clashes.push(clash) }
    const offsets = new Map<Line, number>()
    let end = 0
    for (const family of layout.families) {
      if (names !== undefined && !names.has(family.name)) continue
      const block = familyBlock(family, shown)
      if (block === undefined) continue
      this.#blocks.push(block)
      end += delimitedLength(block.length).length + block.header.header.length
      for (const line of block.lines) {
        end += line.length
        if (line.slot === undefined) continue
        offsets.set(line, end)
        end += protoValueLength
      }
    }
    this.length = end
    this.#values = valueOffsets(layout, shownRounds, offsets)
  }

  /** Whether the page may still be the same; writeValues() looks at the series. */
  isOf(layout: Layout, shownRounds: readonly number[]): boolean {
    if (layout.families !== this.#families) return false
    if (shownRounds.length !== this.#hidden.length) return false
    return this.#hidden.every((hidden, rank) => hidden === (shownRounds[rank] === -1))
  }

  /** Writes all bytes but those of values. */
  writeFixed(target: Uint8Array): void {
    const arena = this.#layout.arena.bytes
    let at = 0
    const copy = (part: Part, { offset, length }: { offset: number; length: number }): void => {
      target.set((part.bytes ?? arena).subarray(offset, offset + length), at)
      at += length
    }
    for (const { length, header, lines } of this.#blocks) {
      const prefix = delimitedLength(length)
      target.set(prefix, at)
      at += prefix.length
      copy(header, header.header)
      for (const line of lines) {
        copy(line.part, line)
        if (line.slot !== undefined) at += protoValueLength
      }
    }
  }

  /** False when other series are live than those of the plan; then what was written means nothing. */
  writeValues(
    target: DataView,
    registries: readonly Registry[],
    shownRounds: readonly number[],
  ): boolean {
    for (const [rank, { values, stamps }] of registries.entries()) {
      const offsets = this.#values[rank]
      const round = shownRounds[rank] ?? -1
      if (offsets === undefined || !writeSlots(target, values, stamps, round, offsets)) return false
    }
    return true
  }
}

function writeSlots(
  target: DataView,
  values: Float64Array,
  stamps: Float64Array,
  round: number,
  offsets: Int32Array,
): boolean {
  for (let index = 0; index < offsets.length; index += 2) {
    const slot = offsets[index] as number
    const offset = offsets[index + 1] as number
    if ((stamps[slot] === round) === (offset === notLive)) return false
    if (offset < 0) continue
    const value = values[slot] as number
    if (Number.isNaN(value)) target.setBigUint64(offset, normalNaN, true)
    else target.setFloat64(offset, value, true)
  }
  return true
}

/** What a family has on the page. */
type FamilyBlock = {
  readonly header: Part
  readonly lines: readonly Line[]
  readonly length: number
}

function familyBlock(family: Layout['families'][number], shown: Shown): FamilyBlock | undefined {
  const lines: Line[] = []
  let header: Part | undefined
  let length = 0
  showFamily(family, shown, {
    header(part) {
      header = part
      length += part.header.length
    },
    line(line) {
      lines.push(line)
      length += line.length + (line.slot === undefined ? 0 : protoValueLength)
    },
  })
  return header && { header, lines, length }
}

function valueOffsets(
  { registries, families }: Layout,
  shownRounds: readonly number[],
  offsets: ReadonlyMap<Line, number>,
): Int32Array[] {
  const pairs: number[][] = registries.map(() => [])
  for (const { lines } of families) {
    for (const line of lines) {
      if (line.slot === undefined) continue
      const { rank } = line.part
      const isLive = registries[rank]?.stamps[line.index] === shownRounds[rank]
      pairs[rank]?.push(line.index, offsets.get(line) ?? (isLive ? leftOut : notLive))
    }
  }
  return pairs.map((list) => Int32Array.from(list))
}
