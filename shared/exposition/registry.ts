/** The families of one source of numbers, kept between scrapes with the values they had last. */
import type { Clash } from './clash.ts'
import type { FamilyDeclaration } from './declare.ts'
import type { MetricFamily } from './family.ts'
import { type SlotStore, Source } from './source.ts'

/** A kept handle of one series, for hot loops. It stays good also when the series was long gone. */
export interface Series {
  /** Marks the series live in this round and gives it its value. */
  set(value: number): void
}

/**
 * What a collector, the process or a folder of textfiles tells. It lives as long as its source, not
 * as long as a scrape.
 *
 * Writing is synchronous, between begin() and end(); series that were not set in between leave the
 * page. A registry whose series never leave needs neither. Setting a series twice in a round keeps
 * the later value.
 *
 * Page reads the fields; programs use the methods.
 */
export class Registry implements SlotStore {
  values = new Float64Array(16)
  stamps = new Float64Array(16)
  round = 1
  /** The round whose series are shown; -1 shows nothing. */
  shown = 1
  /** Changes whenever a series or an adopted family comes or goes for good. */
  version = 0
  readonly sources: Source[] = []
  adopted: readonly MetricFamily[] = []
  problems: readonly Clash[] = []
  readonly #byDeclaration = new Map<FamilyDeclaration, Source>()
  readonly #byName = new Map<string, readonly Source[]>()
  readonly #free: number[] = []
  #slots = 0

  /** Every set() from here on marks its series live. */
  begin(): void {
    this.round++
  }

  /** Series not set since begin() leave the page; their bytes are kept, they usually come back. */
  end(): void {
    this.shown = this.round
    if (this.round % roundsToForget === 0) this.#forget()
  }

  /** Shows nothing of this registry until the next end(): a collector that was late, or off. */
  hide(): void {
    this.shown = -1
  }

  /**
   * Sets the series with these label values, in the order of the declaration's label names. Throws a
   * TypeError on a wrong number of values, or when the declaration is not valid.
   */
  add<L extends readonly string[]>(
    declaration: FamilyDeclaration<L>,
    value: number,
    ...labelValues: { [K in keyof L]: string }
  ): void {
    const source = this.#byDeclaration.get(declaration) ?? this.#register(declaration)
    source.find(labelValues).set(value)
  }

  /** The handle of a series, by the same rules as add(). It shows from its first set() on. */
  series<L extends readonly string[]>(
    declaration: FamilyDeclaration<L>,
    ...labelValues: { [K in keyof L]: string }
  ): Series {
    const source = this.#byDeclaration.get(declaration) ?? this.#register(declaration)
    return source.find(labelValues)
  }

  /**
   * Shows these families until replaced; [] clears. Each is encoded once, not once per scrape.
   * `problems` are families that should be among them and could not be read: every page that shows
   * this registry reports them as clashes.
   */
  adopt(families: readonly MetricFamily[], problems: readonly Clash[] = []): void {
    this.problems = problems
    if (families === this.adopted || families.length + this.adopted.length === 0) return
    this.adopted = families
    this.version++
  }

  /** For Source: a slot for a new series. */
  takeSlot(): number {
    const slot = this.#free.pop() ?? this.#slots++
    if (slot >= this.values.length) {
      const { values, stamps } = this
      this.values = new Float64Array(values.length * 2)
      this.values.set(values)
      this.stamps = new Float64Array(values.length * 2)
      this.stamps.set(stamps)
    }
    this.stamps[slot] = 0
    this.version++
    return slot
  }

  /**
   * The source of a declaration not seen before. A collector may declare anew at each scrape, so equal
   * declarations share a source, and the map by identity starts again when it has grown too large.
   */
  #register(declaration: FamilyDeclaration): Source {
    const named = this.#byName.get(declaration.name) ?? []
    let source = named.find((known) => areEqual(known.declaration, declaration))
    if (source === undefined) {
      source = new Source(this, declaration)
      this.sources.push(source)
      this.#byName.set(declaration.name, [...named, source])
    }
    if (this.#byDeclaration.size > 64 + 4 * this.sources.length) this.#byDeclaration.clear()
    this.#byDeclaration.set(declaration, source)
    return source
  }

  /** Forgets the series that were away for long, once they are more than the others. */
  #forget(): void {
    const oldest = this.round - roundsToForget
    let away = 0
    for (let slot = 0; slot < this.#slots; slot++) {
      const stamp = this.stamps[slot] ?? 0
      if (stamp > 0 && stamp <= oldest) away++
    }
    if (away < 64 || away * 2 < this.#slots) return
    for (const source of this.sources) source.forget(oldest, this.#free)
    this.version++
  }
}

/** How many rounds a series must have been away to be forgotten. */
const roundsToForget = 16

/** Of the same name. */
function areEqual(a: FamilyDeclaration, b: FamilyDeclaration): boolean {
  return (
    a.type === b.type &&
    a.help === b.help &&
    a.unit === b.unit &&
    a.labelNames.length === b.labelNames.length &&
    a.labelNames.every((label, index) => label === b.labelNames[index])
  )
}
