/** All families of all groups by name, and their series on the page. A change costs what it changes. */

import type { MetricType } from '../shared/exposition/family.ts'
import { textHeader } from '../shared/exposition/text.ts'
import { ownCopy } from './own-copy.ts'
import { type OwnText, Page } from './page.ts'
import type { PushedFamily } from './pushed-family.ts'
import { Family, type Series } from './series.ts'

/** A family as one group has it. */
export type GroupFamily = {
  readonly family: Family
  /** As pushed to this group; the page shows one help per family. */
  help: string | undefined
  series: readonly Series[]
  /** When it was last pushed, in milliseconds since the epoch. */
  timeMs: number
}

/** What our own families are, so that a push cannot contradict them. */
export type OwnFamilies = ReadonlyMap<string, { readonly type: MetricType; readonly help: string }>

export class FamilyIndex {
  readonly own: OwnFamilies
  readonly page: Page
  readonly #families = new Map<string, Family>()
  #seriesCount = 0

  constructor(own: OwnFamilies) {
    this.own = own
    this.page = new Page(own.keys())
  }

  /** Of all families, a histogram or summary as one. */
  get seriesCount(): number {
    return this.#seriesCount
  }

  get(name: string): Family | undefined {
    return this.#families.get(name)
  }

  /** Own families that have no samples need their HELP and TYPE above what is pushed under their name. */
  withHeads(own: OwnText): OwnText {
    const texts = new Map(own)
    for (const [name, { type, help }] of this.own) {
      if (this.#families.has(name) && !texts.has(name)) {
        texts.set(name, textHeader({ name, type, help }, 'allow-utf-8'))
      }
    }
    return texts
  }

  /** Gives a group a family that it does not have yet. */
  add(pushed: PushedFamily, timeMs: number): GroupFamily {
    const family = this.#families.get(pushed.name) ?? this.#open(pushed)
    family.groups += 1
    const help = this.#describe(family, pushed)
    for (const series of pushed.series) this.#place(family, series)
    return { family, help, series: pushed.series, timeMs }
  }

  /** Replaces a family of a group as a whole. */
  replace(held: GroupFamily, pushed: PushedFamily, timeMs: number): void {
    held.help = this.#describe(held.family, pushed)
    held.timeMs = timeMs
    if (sameSeries(held.series, pushed.series)) {
      for (let i = 0; i < held.series.length; i++) update(held.series[i], pushed.series[i])
    } else {
      held.series = this.#exchange(held.family, held.series, pushed.series)
    }
  }

  /** Takes a family from a group. */
  withdraw({ family, series }: GroupFamily): void {
    for (const one of series) this.#displace(family, one)
    family.groups -= 1
    if (family.groups > 0) return
    this.#families.delete(family.name)
    if (family.head.block !== undefined) this.page.remove(family.head)
  }

  #open({ name, type }: PushedFamily): Family {
    const family = new Family(ownCopy(name), type)
    this.#families.set(family.name, family)
    // What is pushed under an own name stands below our own HELP and TYPE.
    if (!this.own.has(name)) this.page.insert(family.head)
    return family
  }

  /** The latest push says what the family is, and one without help or unit leaves them alone. */
  #describe(family: Family, { type, help, unit }: PushedFamily): string | undefined {
    const helpChanged = help !== undefined && family.help !== help
    if (family.type !== type || helpChanged) family.head.block?.touch()
    family.type = type
    if (helpChanged) family.help = ownCopy(help)
    if (unit !== undefined && unit !== family.unit) family.unit = ownCopy(unit)
    return help === undefined ? undefined : family.help
  }

  #exchange(family: Family, held: readonly Series[], pushed: readonly Series[]): Series[] {
    const leaving = new Map(held.map((series) => [series.labels.text, series]))
    const staying = pushed.map((series) => {
      const there = leaving.get(series.labels.text)
      if (there === undefined) return series
      leaving.delete(series.labels.text)
      update(there, series)
      return there
    })
    for (const series of leaving.values()) this.#displace(family, series)
    for (const series of staying) {
      if (series.block === undefined) this.#place(family, series)
    }
    return staying
  }

  #place(family: Family, series: Series): void {
    series.family = family
    family.series.set(series.labels.text, series)
    this.#seriesCount += 1
    this.page.insert(series)
  }

  #displace(family: Family, series: Series): void {
    family.series.delete(series.labels.text)
    this.#seriesCount -= 1
    this.page.remove(series)
  }
}

/** The same labels in the same order, as nearly every push after the first has them. */
export function sameSeries(a: readonly Series[], b: readonly Series[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const one = a[i]?.labels
    const other = b[i]?.labels
    if (one !== other && one?.text !== other?.text) return false
  }
  return true
}

function update(series: Series | undefined, pushed: Series | undefined): void {
  if (series === undefined || pushed === undefined) return
  if (series.text === pushed.text && isSameSource(series.source, pushed.source)) return
  series.text = pushed.text
  series.source = pushed.source
  series.block?.touch()
}

function isSameSource(a: Series['source'], b: Series['source']): boolean {
  if (a === b) return true
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
}
