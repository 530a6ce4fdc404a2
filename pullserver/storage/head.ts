/**
 * The head: the newest samples of all series, in memory, until they are cut into chunks.
 *
 * Where a series' samples go is one number per series, its slot: a column of a panel, the irregular
 * columns, or nowhere. Storing a scrape looks up each ref's slot and writes eight bytes.
 */

import type { Block, SampleSink } from './block.ts'
import { absent, rowsPerBlock } from './block.ts'
import { maxBlockMs } from './chunk-days.ts'
import type { IrregularColumn, StoreResult } from './irregular.ts'
import { Irregular } from './irregular.ts'
import { columnsPerPanel, Panel, slotBits } from './panel.ts'

/** Whose samples are being stored, when, and how many are to come. */
type Scrape = { readonly owner: object; readonly timestampMs: number; readonly left: number }

const nowhere = -1
const irregularSlot = -2
const columnMask = (1 << slotBits) - 1

export type HeadOptions = {
  /** Commits a block to disk. Throws when it cannot: the samples then stay in memory. */
  readonly writeBlock: (block: Block) => void
  /** Told when a cut failed; the head refuses what it has no room for. */
  readonly onCutError: (error: unknown) => void
  /** Whether there is such a series; samples of others are refused. */
  readonly knows: (id: number) => boolean
  /** The log row that samples stored now will be in. */
  readonly seq: () => number
}

export class Head {
  readonly #options: HeadOptions
  readonly #panels: (Panel | undefined)[] = []
  readonly #panelsOf = new Map<object, Panel[]>()
  readonly #irregular: Irregular
  #slots = new Int32Array(1024).fill(nowhere)
  /** Newest sample of a series that is on disk or irregular; a panel knows of its own. */
  #newestMs = new Float64Array(1024).fill(-Infinity)
  #panelsMade = 0

  constructor(options: HeadOptions) {
    this.#options = options
    this.#irregular = new Irregular({
      write: (block) => this.#write(block),
      seq: options.seq,
      released: (id, newestMs) => {
        this.#newestMs[id] = newestMs
        this.#slots[id] = nowhere
      },
    })
  }

  /** Tells of a series that has samples on disk up to a time: older ones will be refused. */
  noteStored(id: number, newestMs: number): void {
    this.#reserve(id)
    this.#newestMs[id] = Math.max(this.#newestMs[id] as number, newestMs)
  }

  #reserve(id: number): void {
    if (id < this.#slots.length) return
    const length = Math.max(id + 1, this.#slots.length * 2)
    const slots = new Int32Array(length).fill(nowhere)
    slots.set(this.#slots)
    this.#slots = slots
    const newestMs = new Float64Array(length).fill(-Infinity)
    newestMs.set(this.#newestMs)
    this.#newestMs = newestMs
  }

  /**
   * Stores one scrape of an owner (a group), values as words. Gives the number of samples taken: not
   * those of negative refs, older than what the series has, or second at the same timestamp.
   */
  store(
    owner: object,
    timestampMs: number,
    refs: Int32Array,
    values: Uint32Array,
    n: number,
  ): number {
    let current = -1
    let row = 0
    let bits: Uint32Array | undefined
    let taken = 0
    for (let i = 0; i < n; i++) {
      const ref = refs[i] as number
      if (ref < 0) continue
      let slot = this.#slots[ref] ?? nowhere
      if (slot >> slotBits !== current || bits === undefined) {
        const low = values[2 * i] as number
        const high = values[2 * i + 1] as number
        slot = this.#turnTo({ owner, timestampMs, left: n - i }, ref, slot, low, high)
        if (slot < 0) {
          if (slot === irregularSlot) taken++
          continue
        }
        const panel = this.#panels[slot >> slotBits] as Panel
        current = panel.index
        row = panel.newestRow
        bits = panel.bits
      }
      const at = row + 2 * (slot & columnMask)
      // The first sample of a series at a timestamp stays.
      if (bits[at + 1] !== absent) continue
      bits[at] = values[2 * i] as number
      bits[at + 1] = values[2 * i + 1] as number
      taken++
    }
    return taken
  }

  /**
   * The slot for a sample whose panel is not the current one, with the row opened. irregularSlot: it
   * has been stored there; nowhere: it is refused.
   */
  #turnTo(scrape: Scrape, ref: number, known: number, low: number, high: number): number {
    const { owner, timestampMs } = scrape
    let slot = known
    if (slot >= 0) {
      const panel = this.#panels[slot >> slotBits] as Panel
      if (panel.owner === owner) {
        if (!this.#openRow(panel, timestampMs)) return nowhere
        // Opening may have cut the panel, which moves columns and drops silent ones.
        slot = this.#slots[ref] as number
      } else {
        this.#makeIrregular(ref)
        slot = irregularSlot
      }
    }
    if (slot === irregularSlot) {
      const column = this.#irregular.get(ref) as IrregularColumn
      const result = this.#irregular.store(column, timestampMs, low, high)
      return result === 'ok' ? irregularSlot : nowhere
    }
    return slot >= 0 ? slot : this.#adopt(scrape, ref)
  }

  /** Gives a series without a place a column of the owner. */
  #adopt({ owner, timestampMs, left }: Scrape, ref: number): number {
    this.#reserve(ref)
    if (timestampMs <= (this.#newestMs[ref] as number)) return nowhere
    if (!this.#options.knows(ref)) return nowhere
    let panels = this.#panelsOf.get(owner)
    if (panels === undefined) {
      panels = []
      this.#panelsOf.set(owner, panels)
    }
    // The last panel is tried first: the others had room only if series of theirs went away.
    let panel = panels.findLast((candidate) => candidate.width < columnsPerPanel)
    if (panel === undefined) {
      panel = this.#newPanel(owner)
      panels.push(panel)
      // All that is left of the scrape is likely to be new as well: room for it at once.
      panel.expected = left
    }
    if (!this.#openRow(panel, timestampMs)) return nowhere
    const slot = (panel.index << slotBits) | panel.addColumn(ref)
    this.#slots[ref] = slot
    return slot
  }

  #newPanel(owner: object): Panel {
    const free = this.#panels.indexOf(undefined)
    const index = free === -1 ? this.#panels.length : free
    // 61 is coprime to 101: the first cuts of consecutive panels spread over rows 20 to 120.
    const limit = 20 + ((this.#panelsMade++ * 61) % (rowsPerBlock - 19))
    const panel = new Panel(index, owner, limit)
    this.#panels[index] = panel
    return panel
  }

  /** Makes the newest row of a panel the one of this timestamp. False when there is no room. */
  #openRow(panel: Panel, timestampMs: number): boolean {
    if (panel.newestMs === timestampMs) return true
    if (panel.newestMs > timestampMs) return false
    const due = panel.rows >= panel.limit
    const old = timestampMs - panel.oldestMs > maxBlockMs
    if ((due || old) && !this.#cut(panel) && (old || panel.rows === rowsPerBlock)) return false
    panel.openRow(timestampMs, this.#options.seq())
    return true
  }

  /** Writes a panel's rows to disk and lets silent series go. False when the disk refused. */
  #cut(panel: Panel): boolean {
    const block = panel.encode()
    if (block !== undefined && !this.#write(block)) return false
    const own = panel.index << slotBits
    const kept: number[] = []
    for (let column = 0; column < panel.width; column++) {
      const id = panel.ids[column] as number
      const newest = panel.newestOf(column)
      const silent = newest === -Infinity
      // A series that became irregular left an empty column behind.
      const here = this.#slots[id] === (own | column)
      if (!silent) this.#newestMs[id] = newest
      if (here && !silent) this.#slots[id] = own | (kept.push(column) - 1)
      else if (here) this.#slots[id] = nowhere
    }
    let next = 0
    panel.clear((column) => {
      if (kept[next] !== column) return false
      next++
      return true
    })
    return true
  }

  #write(block: Block): boolean {
    try {
      this.#options.writeBlock(block)
      return true
    } catch (error) {
      this.#options.onCutError(error)
      return false
    }
  }

  /** Stores one sample with a timestamp of its own. */
  storeAt(ref: number, timestampMs: number, low: number, high: number): StoreResult | 'unknown' {
    this.#reserve(ref)
    const column = this.#makeIrregular(ref)
    if (column === undefined) return 'unknown'
    column.ownTimes = true
    return this.#irregular.store(column, timestampMs, low, high)
  }

  /** Moves a series to the irregular ones; undefined when there is no such series. */
  #makeIrregular(ref: number): IrregularColumn | undefined {
    const slot = this.#slots[ref] as number
    if (slot === irregularSlot) return this.#irregular.get(ref)
    if (slot === nowhere && !this.#options.knows(ref)) return undefined
    const column = this.#irregular.add(ref, this.#newestMs[ref] as number)
    if (slot >= 0) {
      const panel = this.#panels[slot >> slotBits] as Panel
      panel.takeColumn(slot & columnMask, (timestampMs, low, high) => {
        column.push(timestampMs, low, high, panel.firstSeq)
      })
    }
    this.#slots[ref] = irregularSlot
    return column
  }

  /**
   * Cuts one panel, or irregular series, with samples older than that: silent ones, which no append
   * cuts. Without any it lets go of what has been silent for as long. True when it has cut: there may
   * be more, so call again, but not at once, so that pauses stay short.
   */
  cutOlderThan(oldestMs: number): boolean {
    for (const panel of this.#panels) {
      if (panel === undefined) continue
      if (panel.oldestMs < oldestMs) return this.#cut(panel)
      if (panel.rows === 0 && panel.lastRowMs < oldestMs) this.#release(panel)
    }
    return this.#irregular.cutOlderThan(oldestMs)
  }

  /** Lets the series of a panel without rows go; they get a place again with their next sample. */
  #release(panel: Panel): void {
    for (let column = 0; column < panel.width; column++) {
      const id = panel.ids[column] as number
      if (this.#slots[id] === ((panel.index << slotBits) | column)) this.#slots[id] = nowhere
    }
    this.#panels[panel.index] = undefined
    const left = (this.#panelsOf.get(panel.owner) ?? []).filter((other) => other !== panel)
    if (left.length === 0) this.#panelsOf.delete(panel.owner)
    else this.#panelsOf.set(panel.owner, left)
  }

  /** The oldest log row that has samples which are not on disk yet; Infinity when all are. */
  oldestSeq(): number {
    let seq = Infinity
    for (const panel of this.#panels) seq = Math.min(seq, panel?.firstSeq ?? Infinity)
    for (const column of this.#irregular.columns()) seq = Math.min(seq, column.firstSeq)
    return seq
  }

  /** Whether a group has series here. */
  hasOwner(owner: object): boolean {
    return this.#panelsOf.has(owner)
  }

  has(id: number): boolean {
    return (this.#slots[id] ?? nowhere) !== nowhere
  }

  /** Whether a series may have samples here in a range of time. */
  mayHave(id: number, startMs: number, endMs: number): boolean {
    const slot = this.#slots[id] ?? nowhere
    if (slot === nowhere) return false
    const panel = this.#panels[slot >> slotBits]
    const held = slot === irregularSlot ? this.#irregular.get(id) : panel
    if (held === undefined || held.oldestMs > endMs) return false
    return held.newestMs >= startMs
  }

  /** At most how many samples `read` will append. */
  count(id: number, startMs: number, endMs: number): number {
    const slot = this.#slots[id] ?? nowhere
    if (slot === irregularSlot) return this.#irregular.get(id)?.n ?? 0
    return this.#panels[slot >> slotBits]?.rowsBetween(startMs, endMs) ?? 0
  }

  /** Appends a series' samples in the range to a sink. */
  read(id: number, startMs: number, endMs: number, sink: SampleSink): void {
    const slot = this.#slots[id] ?? nowhere
    if (slot === irregularSlot) this.#irregular.get(id)?.read(startMs, endMs, sink)
    if (slot < 0) return
    const panel = this.#panels[slot >> slotBits] as Panel
    panel.readColumn(slot & columnMask, startMs, endMs, sink)
  }

  stats(): { series: number; minTimeMs: number; maxTimeMs: number } {
    let series = this.#irregular.size
    let minTimeMs = Infinity
    let maxTimeMs = -Infinity
    for (const panel of this.#panels) {
      if (panel === undefined) continue
      series += panel.width
      minTimeMs = Math.min(minTimeMs, panel.oldestMs)
      maxTimeMs = Math.max(maxTimeMs, panel.newestMs)
    }
    for (const column of this.#irregular.columns()) {
      if (column.n === 0) continue
      minTimeMs = Math.min(minTimeMs, column.oldestMs)
      maxTimeMs = Math.max(maxTimeMs, column.newestMs)
    }
    if (minTimeMs === Infinity) return { series, minTimeMs: Number.NaN, maxTimeMs: Number.NaN }
    return { series, minTimeMs, maxTimeMs }
  }
}
