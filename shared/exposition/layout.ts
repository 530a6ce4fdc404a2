/** Which lines a page has and where their bytes are, kept up to date with the registries it shows. */
import { Arena, copyStep } from './arena.ts'
import type { MetricFamily } from './family.ts'
import { MergedFamily, type Part } from './merged-family.ts'
import { isValidLabelName, isValidMetricName } from './names.ts'
import type { Format } from './negotiate.ts'
import { compareBytes } from './order.ts'
import { adoptedPart, layOutSource, sourcePart } from './part.ts'
import type { Registry } from './registry.ts'
import type { Source } from './source.ts'
import { endOfPage } from './text.ts'

/** An adopted family that could not be encoded; reported at each render, as Go does. */
export type Unwritable = { readonly rank: number; readonly family: string; readonly reason: string }

export class Layout {
  readonly arena = new Arena()
  /** By rank: the registries shown lately, in the order in which clashes are decided. */
  registries: readonly Registry[] = []
  /** By name. */
  families: readonly MergedFamily[] = []
  unwritable: Unwritable[] = []
  /** No page is longer than so many bytes, what copyText() writes behind its end included. */
  longestPage = endOfPage.length + copyStep
  /** False once a name was seen that escaping schemes write differently. */
  isLegacy = true
  readonly #format: Format
  /** Whether each registry, by rank, is on the page that is asked for. */
  #isShown: boolean[] = []
  /** The registry's version that was laid out, by rank. */
  #versions: number[] = []
  readonly #byName = new Map<string, MergedFamily>()
  readonly #sourceParts = new Map<Source, Part>()
  /** By rank. */
  #adopted: ReadonlySet<Part>[] = []

  constructor(format: Format) {
    this.#format = format
  }

  /** The round to show of each registry, by rank; -1 for those that are hidden or not asked for. */
  get shownRounds(): number[] {
    return this.registries.map((registry, rank) => (this.#isShown[rank] ? registry.shown : -1))
  }

  /** Brings the layout up to these registries. Costs next to nothing when nothing came or went. */
  update(registries: readonly Registry[]): void {
    if (!this.#rank(registries)) this.#restart(registries)
    else if (this.arena.isWasteful) this.#restart(this.registries)
    const changed = new Set<MergedFamily>()
    for (const [rank, registry] of this.registries.entries()) {
      if (this.#versions[rank] === registry.version) continue
      this.#versions[rank] = registry.version
      this.#updateSources(registry, rank, changed)
      this.#updateAdopted(registry, rank, changed)
    }
    if (changed.size > 0) this.#finish(changed)
  }

  /**
   * Marks which of the known registries are asked for, so that a filtered scrape does not throw away
   * the layout of the full one. False when they are not all known, or known in another order.
   */
  #rank(registries: readonly Registry[]): boolean {
    let next = 0
    this.#isShown = this.registries.map((registry) => {
      const shown = registry === registries[next]
      if (shown) next++
      return shown
    })
    return next === registries.length
  }

  /** Starts again with these registries in front and those known before behind, up to a limit. */
  #restart(registries: readonly Registry[]): void {
    const all = [...new Set([...registries, ...this.registries])]
    this.registries = all.slice(0, Math.max(registries.length, maxRegistries))
    if (registries !== this.registries) this.#rank(registries)
    this.arena.clear()
    this.families = []
    this.unwritable = []
    this.#versions = []
    this.#adopted = []
    this.#byName.clear()
    this.#sourceParts.clear()
  }

  #updateSources(registry: Registry, rank: number, changed: Set<MergedFamily>): void {
    for (const source of registry.sources) {
      let part = this.#sourceParts.get(source)
      if (part?.version === source.version) continue
      if (part === undefined) {
        const { name, labelNames } = source.declaration
        this.#checkNames(name, labelNames)
        part = sourcePart(source, rank, this.arena, this.#format)
        this.#sourceParts.set(source, part)
        this.#family(name).parts.push(part)
      }
      layOutSource(part, source, this.arena, this.#format)
      changed.add(this.#family(part.name))
    }
  }

  #updateAdopted(registry: Registry, rank: number, changed: Set<MergedFamily>): void {
    const before = this.#adopted[rank] ?? new Set()
    const known = new Map(Array.from(before, (part) => [part.origin, part]))
    this.unwritable = this.unwritable.filter((family) => family.rank !== rank)
    const after = new Set<Part>()
    for (const [order, family] of registry.adopted.entries()) {
      const same = known.get(family)
      const part = same === undefined || after.has(same) ? this.#encode(family, rank) : same
      if (part === undefined) continue
      after.add(part)
      if (part === same && part.order === order) continue
      const merged = this.#family(family.name)
      if (part !== same) merged.parts.push(part)
      part.order = order
      changed.add(merged)
    }
    for (const part of before) {
      if (after.has(part)) continue
      const merged = this.#family(part.name)
      merged.parts = merged.parts.filter((other) => other !== part)
      changed.add(merged)
    }
    this.#adopted[rank] = after
  }

  /** Families without metrics are left out, as Gather does. */
  #encode(family: MetricFamily, rank: number): Part | undefined {
    if (family.metrics.length === 0) return undefined
    for (const metric of family.metrics) {
      this.#checkNames(
        family.name,
        metric.labels.map((label) => label.name),
      )
    }
    try {
      return adoptedPart(family, rank, this.#format)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      this.unwritable.push({ rank, family: family.name, reason: error.message })
      return undefined
    }
  }

  #finish(changed: ReadonlySet<MergedFamily>): void {
    for (const family of changed) {
      if (family.parts.length === 0) this.#byName.delete(family.name)
      else family.merge()
    }
    this.families = [...this.#byName.values()].sort((a, b) => compareBytes(a.name, b.name))
    for (const family of this.families) family.rivals = []
    for (const family of this.families) this.#findRivals(family)
    this.longestPage = this.#measure()
  }

  /** Histograms and summaries own their sample names: x_count cannot be a family beside x. */
  #findRivals(family: MergedFamily): void {
    if (!family.parts.some((part) => part.type === 'summary' || isHistogram(part))) return
    const suffixes = family.parts.some(isHistogram)
      ? ['_bucket', '_count', '_sum']
      : ['_count', '_sum']
    for (const suffix of suffixes) {
      const rival = this.#byName.get(family.name + suffix)
      if (rival === undefined) continue
      rival.rivals.push(family)
      family.rivals.push(rival)
    }
  }

  #measure(): number {
    let length = endOfPage.length + copyStep
    for (const family of this.families) {
      for (const part of family.parts) length += part.header.length
      for (const line of family.lines) length += line.length + longestValue
    }
    return length
  }

  #family(name: string): MergedFamily {
    let family = this.#byName.get(name)
    if (family === undefined) {
      family = new MergedFamily(name)
      this.#byName.set(name, family)
    }
    return family
  }

  #checkNames(name: string, labelNames: readonly string[]): void {
    this.isLegacy &&=
      isValidMetricName(name, 'legacy') &&
      labelNames.every((label) => isValidLabelName(label, 'legacy'))
  }
}

/** A page is often filtered by registry; this many registries that are not on it are remembered. */
const maxRegistries = 256

/** The longest number, `.0` and the newline. */
const longestValue = 27

function isHistogram(part: Part): boolean {
  return part.type === 'histogram' || part.type === 'gaugehistogram'
}
