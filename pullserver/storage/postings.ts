/**
 * The series by their labels: label set -> id, and label=value -> ids for the matchers.
 *
 * Each name=value pair exists once, as one Label object that all its series share, so a label set is
 * an array of pointers and two sets are equal when their pointers are.
 */
import type { Label, Labels, Matcher } from '../labels.ts'
import { labelValue } from '../labels.ts'

type Pair = { readonly label: Label; readonly number: number; ids: number[] }

export class SeriesIndex {
  readonly #pairs = new Map<string, Map<string, Pair>>()
  readonly #labels = new Map<number, Labels>()
  /** Hash of a label set -> the ids that have it; nearly always one. */
  readonly #byHash = new Map<number, number | number[]>()
  #pairsMade = 0
  /** Place of a series in label order, by id; 0 for those added since it was made. */
  #rank = new Uint32Array(0)
  #unranked = 0

  get size(): number {
    return this.#labels.size
  }

  labelsOf(id: number): Labels | undefined {
    return this.#labels.get(id)
  }

  /** All ids, in the order in which they were added. */
  ids(): Iterable<number> {
    return this.#labels.keys()
  }

  find(labels: Labels): number | undefined {
    let hash = 0
    for (const label of labels) {
      const pair = this.#pairs.get(label.name)?.get(label.value)
      if (pair === undefined) return undefined
      hash = mix(hash, pair.number)
    }
    const found = this.#byHash.get(hash)
    if (typeof found === 'number') return this.#has(found, labels) ? found : undefined
    return found?.find((id) => this.#has(id, labels))
  }

  #has(id: number, labels: Labels): boolean {
    const its = this.#labels.get(id)
    if (its?.length !== labels.length) return false
    return its.every(
      (label, i) => label.name === labels[i]?.name && label.value === labels[i]?.value,
    )
  }

  /**
   * Adds a series whose labels are not there yet. Ids must come in ascending order. Throws TypeError
   * when the labels are not sorted by name, or one is empty or there twice.
   */
  add(id: number, labels: Labels): void {
    checkLabels(labels)
    let hash = 0
    const shared: Label[] = []
    for (const label of labels) {
      const pair = this.#addTo(label, id)
      shared.push(pair.label)
      hash = mix(hash, pair.number)
    }
    this.#labels.set(id, shared.slice())
    this.#unranked++
    const other = this.#byHash.get(hash)
    if (other === undefined) this.#byHash.set(hash, id)
    else this.#byHash.set(hash, typeof other === 'number' ? [other, id] : [...other, id])
  }

  #addTo({ name, value }: Label, id: number): Pair {
    let values = this.#pairs.get(name)
    if (values === undefined) {
      values = new Map()
      this.#pairs.set(name, values)
    }
    const known = values.get(value)
    if (known !== undefined) {
      known.ids.push(id)
      return known
    }
    // Not [] and push: V8 then makes room for 17, and most values have one series.
    const pair = { label: { name, value }, number: ++this.#pairsMade, ids: [id] }
    values.set(value, pair)
    return pair
  }

  /** Forgets series; what is left is rebuilt pair by pair, so forget many at a time. */
  remove(gone: ReadonlySet<number>): void {
    const touched = new Set<Pair>()
    for (const id of gone) {
      const labels = this.#labels.get(id)
      if (labels === undefined) continue
      let hash = 0
      for (const label of labels) {
        const pair = this.#pairs.get(label.name)?.get(label.value)
        if (pair === undefined) continue
        touched.add(pair)
        hash = mix(hash, pair.number)
      }
      this.#labels.delete(id)
      const left = [this.#byHash.get(hash) ?? []].flat().filter((other) => other !== id)
      if (left.length === 0) this.#byHash.delete(hash)
      else this.#byHash.set(hash, left)
    }
    for (const pair of touched) {
      pair.ids = pair.ids.filter((id) => !gone.has(id))
      if (pair.ids.length > 0) continue
      const values = this.#pairs.get(pair.label.name)
      values?.delete(pair.label.value)
      if (values?.size === 0) this.#pairs.delete(pair.label.name)
    }
  }

  /**
   * Compares series, given by id, in label order. To sort many, the order of all series is worked out
   * first and kept: comparing labels costs ten times as much as comparing places in that order.
   */
  order(count: number): (a: number, b: number) => number {
    const worthIt = this.#unranked > this.size / 10
    if (worthIt && count > this.size / 20) this.#rankAll()
    return (a, b) => {
      const [x = 0, y = 0] = [this.#rank[a], this.#rank[b]]
      if (x !== 0 && y !== 0) return x - y
      return compareLabels(this.#labels.get(a) ?? [], this.#labels.get(b) ?? [])
    }
  }

  #rankAll(): void {
    const sorted = [...this.#labels].sort(([, a], [, b]) => compareLabels(a, b))
    this.#rank = new Uint32Array(sorted.reduce((most, [id]) => Math.max(most, id), 0) + 1)
    for (const [place, [id]] of sorted.entries()) this.#rank[id] = place + 1
    this.#unranked = 0
  }

  names(): Iterable<string> {
    return this.#pairs.keys()
  }

  /** The values of one label and the series that have each. */
  *values(name: string): Iterable<{ value: string; ids: readonly number[] }> {
    for (const pair of this.#pairs.get(name)?.values() ?? []) {
      yield { value: pair.label.value, ids: pair.ids }
    }
  }

  /** Ids of the series that match all matchers, ascending. A matcher is given '' for no label. */
  select(matchers: readonly Matcher[]): readonly number[] {
    // Cheapest first: exact values, then what needs looking at all values of a label; matchers that
    // match '' also select series without the label, so they can only filter.
    const exact = matchers.filter((matcher) => exactValues(matcher) !== undefined)
    const open = matchers.filter((matcher) => !exact.includes(matcher) && !matcher.matches(''))
    const filters = matchers.filter((matcher) => !exact.includes(matcher) && matcher.matches(''))
    let ids: readonly number[] | undefined
    for (const matcher of exact) {
      const its = this.#union(matcher.name, exactValues(matcher) ?? [])
      ids = ids === undefined ? its : intersect(ids, its)
      if (ids.length === 0) return ids
    }
    for (const matcher of open) {
      // Few candidates: ask for their values. Many: ask for each value once.
      if (ids !== undefined && ids.length <= (this.#pairs.get(matcher.name)?.size ?? 0)) {
        ids = this.#filter(ids, matcher)
      } else {
        const its = this.#matching(matcher)
        ids = ids === undefined ? its : intersect(ids, its)
      }
    }
    ids ??= [...this.#labels.keys()]
    for (const matcher of filters) ids = this.#filter(ids, matcher)
    return ids
  }

  #union(name: string, values: readonly string[]): readonly number[] {
    const pairs = this.#pairs.get(name)
    const lists = values.flatMap((value) => ((pairs?.get(value)?.ids.length ?? 0) ? [value] : []))
    if (lists.length === 1) return pairs?.get(lists[0] ?? '')?.ids ?? []
    return merge(lists.map((value) => pairs?.get(value)?.ids ?? []))
  }

  #matching(matcher: Matcher): readonly number[] {
    const lists: (readonly number[])[] = []
    for (const pair of this.#pairs.get(matcher.name)?.values() ?? []) {
      if (matcher.matches(pair.label.value)) lists.push(pair.ids)
    }
    return lists.length === 1 ? (lists[0] ?? []) : merge(lists)
  }

  #filter(ids: readonly number[], matcher: Matcher): readonly number[] {
    const known = new Map<string, boolean>()
    return ids.filter((id) => {
      const value = labelValue(this.#labels.get(id) ?? [], matcher.name)
      let matches = known.get(value)
      if (matches === undefined) {
        matches = matcher.matches(value)
        known.set(value, matches)
      }
      return matches
    })
  }
}

/** The values that a matcher accepts when they can be listed: = and =~ of plain alternatives. */
function exactValues({ operator, value }: Matcher): readonly string[] | undefined {
  if (value === '') return undefined
  if (operator === '=') return [value]
  if (operator !== '=~' || /[^\w|/:@, -]/.test(value)) return undefined
  const values = [...new Set(value.split('|'))]
  return values.includes('') ? undefined : values
}

function checkLabels(labels: Labels): void {
  let before = ''
  for (const { name, value } of labels) {
    if (name > before && value !== '') {
      before = name
      continue
    }
    throw new TypeError(
      `labels of a series must be sorted by name, each once, none empty; got ${JSON.stringify(labels).slice(0, 200)}`,
    )
  }
}

function mix(hash: number, number: number): number {
  return (Math.imul(hash, 0x01000193) ^ Math.imul(number, 0x9e3779b1)) | 0
}

function intersect(a: readonly number[], b: readonly number[]): readonly number[] {
  const out: number[] = []
  let j = 0
  for (const id of a) {
    while (j < b.length && (b[j] as number) < id) j++
    if (j === b.length) break
    if (b[j] === id) out.push(id)
  }
  return out
}

/** One ascending list of lists that have no id in common: a series has one value per label. */
function merge(lists: readonly (readonly number[])[]): readonly number[] {
  return Array.from(Int32Array.from(lists.flat()).sort())
}

/** Label by label, name then value; a shorter set comes before the longer one it starts. */
export function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a[i]
    const y = b[i]
    // Equal pairs of the index are the same object.
    if (x === y || x === undefined || y === undefined) continue
    if (x.name !== y.name) return x.name < y.name ? -1 : 1
    if (x.value !== y.value) return x.value < y.value ? -1 : 1
  }
  return a.length - b.length
}
