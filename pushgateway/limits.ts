/**
 * How much the gateway may hold: --push.max-groups and --push.max-series. Looked at before a push goes
 * to the journal, never when it is read back, so that a smaller limit loses nothing that was stored.
 */

import type { MetricFamily } from '../shared/exposition/family.ts'
import type { GroupingKey } from './grouping-key.ts'
import type { Groups, PushMode } from './groups.ts'
import { pushTimeNames } from './push-times.ts'
import { Refused } from './refused.ts'

/** 0 is no limit. */
export type LimitOptions = {
  readonly maxGroups: number
  /** Of all groups together, push times not counted. */
  readonly maxSeries: number
}

export class Limits {
  readonly #groups: Groups
  readonly #options: LimitOptions
  /** What pushes on their way to the disk will add: new groups, how many pushes each, and series. */
  readonly #newGroups = new Map<string, number>()
  #newSeries = 0

  constructor(groups: Groups, options: LimitOptions) {
    this.#groups = groups
    this.#options = options
  }

  /**
   * Keeps room for a push until the result is called, or throws a Refused. A push that adds neither a
   * group nor series always has room. The cost is that of the push and of the group it goes to.
   */
  reserve(mode: PushMode, key: GroupingKey, families: readonly MetricFamily[]): () => void {
    const { maxGroups, maxSeries } = this.#options
    const isNew = this.#groups.get(key) === undefined
    if (maxGroups > 0 && isNew) this.#checkGroups(key, maxGroups)
    const added = maxSeries > 0 ? Math.max(0, this.#growth(mode, key, families)) : 0
    if (added > 0) this.#checkSeries(added, maxSeries)
    const { text } = key
    if (isNew) this.#newGroups.set(text, (this.#newGroups.get(text) ?? 0) + 1)
    this.#newSeries += added
    return () => {
      this.#newSeries -= added
      if (!isNew) return
      const left = (this.#newGroups.get(text) ?? 0) - 1
      if (left > 0) this.#newGroups.set(text, left)
      else this.#newGroups.delete(text)
    }
  }

  #checkGroups({ text }: GroupingKey, maxGroups: number): void {
    const count = this.#groups.size + this.#newGroups.size
    if (count < maxGroups || this.#newGroups.has(text)) return
    throw new Refused(
      429,
      `there are ${count} groups, and --push.max-groups allows ${maxGroups}: delete some, or let them end by --push.ttl`,
    )
  }

  #checkSeries(added: number, maxSeries: number): void {
    const count = this.#groups.seriesCount + this.#newSeries
    if (count + added <= maxSeries) return
    throw new Refused(
      429,
      `the push adds ${added} series to ${count}, and --push.max-series allows ${maxSeries}: push fewer, delete groups, or let them end by --push.ttl`,
    )
  }

  #growth(mode: PushMode, key: GroupingKey, families: readonly MetricFamily[]): number {
    const held = this.#groups.get(key)?.families
    let growth = 0
    for (const { name, metrics } of families) {
      if (!pushTimeNames.has(name)) growth += metrics.length
      if (mode === 'post') growth -= held?.get(name)?.series.length ?? 0
    }
    if (mode === 'put') for (const { series } of held?.values() ?? []) growth -= series.length
    return growth
  }
}
