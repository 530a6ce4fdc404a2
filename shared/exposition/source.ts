/** All series of one declaration: finding a series by its label values, and the handle it gives out. */
import type { FamilyDeclaration } from './declare.ts'
import { isValidLabelName, isValidMetricName } from './names.ts'
import { compareBytes } from './order.ts'

/** Where the values of a registry's series live, by slot. */
export interface SlotStore {
  /** Both are replaced when they grow. */
  values: Float64Array
  /** The round in which each slot was set last, 0 for never. */
  stamps: Float64Array
  /** The round being written. */
  round: number
  takeSlot(): number
}

/** One series; also the handle that programs keep. */
export class Slot {
  readonly source: Source
  /** In the order of the declaration's label names. */
  readonly labelValues: readonly string[]
  /** Place in the store, -1 while the series is forgotten. */
  index = -1
  /** Place in source.series. */
  position = -1

  constructor(source: Source, labelValues: readonly string[]) {
    this.source = source
    this.labelValues = labelValues
  }

  set(value: number): void {
    if (this.index < 0) this.source.place(this)
    const store = this.source.store
    store.values[this.index] = value
    store.stamps[this.index] = store.round
  }
}

export class Source {
  readonly store: SlotStore
  readonly declaration: FamilyDeclaration
  /** Indexes of the labels in the order in which a page writes them. */
  readonly labelOrder: readonly number[]
  /** In the order in which they were made. */
  series: Slot[] = []
  /** Changes whenever a series comes or is forgotten. */
  version = 0
  /** Series by label values: a map per label, the last one holds the series. */
  #tree: Tree = new Map()
  /** Position behind the series found last: sources mostly come in the same order as last time. */
  #cursor = 0

  /** Throws a TypeError when no valid page could be written from the declaration. */
  constructor(store: SlotStore, declaration: FamilyDeclaration) {
    checkDeclaration(declaration)
    this.store = store
    this.declaration = declaration
    const names = declaration.labelNames
    this.labelOrder = [...names.keys()].sort((a, b) => compareBytes(names[a] ?? '', names[b] ?? ''))
  }

  /** The series with these label values, made when it is new. Throws on a wrong number of values. */
  find(labelValues: readonly string[]): Slot {
    const next = this.series[this.#cursor] ?? this.series[0]
    if (next !== undefined && haveSameItems(next.labelValues, labelValues)) {
      this.#cursor = next.position + 1
      return next
    }
    const slot = this.#search(labelValues) ?? this.#make(labelValues)
    this.#cursor = slot.position + 1
    return slot
  }

  /** Gives a new or forgotten series its slot and its place. */
  place(slot: Slot): void {
    slot.index = this.store.takeSlot()
    slot.position = this.series.length
    this.series.push(slot)
    this.#plant(slot)
    this.version++
  }

  /** Gives the slots of series last set in round `oldest` or before to `free`. */
  forget(oldest: number, free: number[]): void {
    const kept: Slot[] = []
    this.#tree = new Map()
    this.#cursor = 0
    for (const slot of this.series) {
      const stamp = this.store.stamps[slot.index] ?? 0
      if (stamp > 0 && stamp <= oldest) {
        free.push(slot.index)
        this.store.stamps[slot.index] = 0
        slot.index = -1
      } else {
        slot.position = kept.length
        kept.push(slot)
        this.#plant(slot)
      }
    }
    if (kept.length !== this.series.length) this.version++
    this.series = kept
  }

  #search(labelValues: readonly string[]): Slot | undefined {
    const names = this.declaration.labelNames
    if (labelValues.length !== names.length) {
      throw new TypeError(
        `cannot add to family ${this.declaration.name}: it has the labels (${names.join(', ')}) ` +
          `and needs ${names.length} values, got ${labelValues.length}`,
      )
    }
    let map = this.#tree
    const last = labelValues.length - 1
    for (let index = 0; index < last; index++) {
      const inner = map.get(labelValues[index] ?? '')
      if (!(inner instanceof Map)) return undefined
      map = inner
    }
    const found = map.get(labelValues[last] ?? '')
    return found instanceof Slot ? found : undefined
  }

  #make(labelValues: readonly string[]): Slot {
    const slot = new Slot(this, labelValues.slice())
    this.place(slot)
    return slot
  }

  #plant(slot: Slot): void {
    let map = this.#tree
    const last = slot.labelValues.length - 1
    for (let index = 0; index < last; index++) {
      const value = slot.labelValues[index] ?? ''
      const known = map.get(value)
      const inner: Tree = known instanceof Map ? known : new Map()
      if (inner !== known) map.set(value, inner)
      map = inner
    }
    map.set(slot.labelValues[last] ?? '', slot)
  }
}

type Tree = Map<string, Tree | Slot>

function haveSameItems(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

function checkDeclaration({ name, type, labelNames }: FamilyDeclaration): void {
  const wrong = (what: string) =>
    new TypeError(`cannot register family ${JSON.stringify(name)}: ${what}`)
  if (!isValidMetricName(name, 'utf8')) throw wrong('its name is empty or not unicode')
  if (type === 'histogram' || type === 'gaugehistogram' || type === 'summary') {
    throw wrong(`a ${type} has several lines a metric; hand it over with adopt()`)
  }
  if (new Set(labelNames).size !== labelNames.length) throw wrong('it has a label name twice')
  for (const label of labelNames) {
    if (!isValidLabelName(label, 'utf8') || label.startsWith('__')) {
      throw wrong(`label name ${JSON.stringify(label)} is empty, reserved or not unicode`)
    }
  }
}
