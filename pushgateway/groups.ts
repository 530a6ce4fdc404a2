/**
 * The groups and what may be done to them. Nothing here waits or touches a disk, and every outcome
 * follows from the state and the arguments alone: repeating the same calls gives the same groups.
 */

import type { MetricFamily } from '../shared/exposition/family.ts'
import type { EscapingScheme } from '../shared/exposition/names.ts'
import { quote } from '../shared/quote.ts'
import { findClashes, findDuplicates } from './consistency.ts'
import { Deadlines } from './deadlines.ts'
import { FamilyIndex, type OwnFamilies } from './family-index.ts'
import { Group } from './group.ts'
import type { GroupingKey } from './grouping-key.ts'
import { type End, endless, endMs, type Lifetime } from './lifetime.ts'
import type { OwnText } from './page.ts'
import { failureTime, pushTime, pushTimeNames } from './push-times.ts'
import { PushedFamily } from './pushed-family.ts'
import type { RestoredGroup } from './restored-group.ts'

/** PUT replaces all families of the group, POST those that it mentions. */
export type PushMode = 'put' | 'post'

export class Groups {
  readonly lifetime: Lifetime
  readonly #own: OwnFamilies
  #index: FamilyIndex
  #groups = new Map<string, Group>()
  /** Of groups whose time will be up. */
  #deadlines = new Deadlines<Group>()

  constructor(own: OwnFamilies, lifetime: Lifetime = endless) {
    this.#own = own
    this.lifetime = lifetime
    this.#index = new FamilyIndex(own)
  }

  /** The page in buffers that nobody changes any more; with gzip they are one stream. */
  write(own: OwnText, escaping: EscapingScheme, as: 'plain' | 'gzip'): Uint8Array[] {
    const page = this.#index.page
    const texts = this.#index.withHeads(own)
    return as === 'gzip' ? page.gzip(texts, escaping) : page.plain(texts, escaping)
  }

  /** The page in delimited protobuf, in buffers that nobody changes any more. */
  writeProtobuf(own: OwnText, escaping: EscapingScheme): Uint8Array[] {
    return this.#index.page.protobuf(own, this.#own, escaping)
  }

  get size(): number {
    return this.#groups.size
  }

  /** Of all groups, a histogram or summary as one; the two push times of each are not counted. */
  get seriesCount(): number {
    return this.#index.seriesCount - 2 * this.#groups.size
  }

  /** Bytes of all groups on the page, as text, when it was last written as text. */
  get pageBytes(): number {
    return this.#index.page.pushedBytes
  }

  get(key: GroupingKey): Group | undefined {
    return this.#groups.get(key.text)
  }

  all(): IterableIterator<Group> {
    return this.#groups.values()
  }

  /**
   * Stores the families in the group, or nothing at all: then the result is the reason, and only the
   * group's failure time tells of the push. `ttlMs` is what the push asked for.
   */
  push(
    mode: PushMode,
    key: GroupingKey,
    families: readonly MetricFamily[],
    timeMs: number,
    ttlMs?: number,
  ): string | undefined {
    const group = this.#groups.get(key.text) ?? new Group(key)
    // What is refused leaves the time of what is stored alone.
    if (group.pushedMs === 0) group.ttlMs = ttlMs
    if (hasTimestamps(families)) {
      return this.#refuse(group, timeMs, ['pushed metrics must not have timestamps'])
    }
    const pushed = new Map<string, PushedFamily>()
    const emptied: string[] = []
    const clashes: string[] = []
    for (const family of families) {
      const { name } = family
      if (family.typeNumber !== undefined) {
        clashes.push(
          `family ${quote(name)} has a metric type that is not known: ${family.typeNumber}`,
        )
        continue
      }
      if (pushTimeNames.has(name)) continue
      // Only protobuf has them. They replace what is there, too.
      if (family.metrics.length === 0) {
        emptied.push(name)
        continue
      }
      const held = group.families.get(name)
      pushed.set(name, new PushedFamily(group.labels, family, held, clashes))
    }
    const push = { owner: group.labels, held: group.families, pushed, replacesAll: mode === 'put' }
    this.#findStartClashes(group, clashes)
    findClashes(this.#index, push, clashes)
    if (clashes.length > 0) return this.#refuse(group, timeMs, clashes)
    for (const name of emptied) this.#drop(group, name)
    group.ttlMs = ttlMs
    this.#store(group, pushed, mode, timeMs)
    return undefined
  }

  /** Brings back a group of a snapshot. The result is the reason when it does not fit. */
  restore(
    key: GroupingKey,
    { families, pushedMs, failedMs, timesMs, ttlMs }: RestoredGroup,
  ): string | undefined {
    const reason = this.push('put', key, families, pushedMs, ttlMs)
    const group = this.#groups.get(key.text)
    if (reason !== undefined || group === undefined) return reason
    for (const [name, held] of group.families) held.timeMs = timesMs.get(name) ?? pushedMs
    if (failedMs > 0) this.#setTimes(group, pushedMs, failedMs, failedMs)
    return undefined
  }

  /** Whether there was such a group. */
  delete(key: GroupingKey): boolean {
    const group = this.#groups.get(key.text)
    if (group === undefined) return false
    for (const held of group.families.values()) this.#index.withdraw(held)
    if (group.pushTime) this.#index.withdraw(group.pushTime)
    if (group.failureTime) this.#index.withdraw(group.failureTime)
    this.#deadlines.delete(group)
    return this.#groups.delete(key.text)
  }

  /** Groups whose time is up; of very many not all. */
  due(nowMs: number, most: number): Group[] {
    return this.#deadlines.due(nowMs, most)
  }

  /** Ends a group whose time counts since then; after another push this does nothing, and says so. */
  end(end: End, key: GroupingKey, sinceMs: number): boolean {
    const group = this.#groups.get(key.text)
    if (group?.sinceMs !== sinceMs) return false
    if (end === 'expire') return this.delete(key)
    for (const name of group.families.keys()) this.#drop(group, name)
    this.#schedule(group)
    return true
  }

  /** Forgets all groups and tells how many there were. */
  wipe(): number {
    const count = this.#groups.size
    this.#groups = new Map()
    this.#index = new FamilyIndex(this.#own)
    this.#deadlines = new Deadlines()
    return count
  }

  /** Notes that a push to the group failed, unless the group cannot exist. */
  #refuse(group: Group, timeMs: number, reasons: readonly string[]): string {
    const clashes: string[] = []
    this.#findStartClashes(group, clashes)
    if (clashes.length === 0) this.#setTimes(group, group.pushedMs, timeMs, timeMs)
    return joinReasons(reasons)
  }

  /** A new group of labels that, with instance="", another group already writes. */
  #findStartClashes(group: Group, clashes: string[]): void {
    if (group.pushTime !== undefined) return
    findDuplicates(this.#index, group.labels, pushTime(group.labels, group.pushedMs), clashes)
  }

  #store(
    group: Group,
    pushed: ReadonlyMap<string, PushedFamily>,
    mode: PushMode,
    timeMs: number,
  ): void {
    if (mode === 'put') {
      for (const name of group.families.keys()) if (!pushed.has(name)) this.#drop(group, name)
    }
    for (const [name, family] of pushed) {
      const held = group.families.get(name)
      if (held === undefined) group.families.set(name, this.#index.add(family, timeMs))
      else this.#index.replace(held, family, timeMs)
    }
    this.#setTimes(group, timeMs, group.failedMs, timeMs)
  }

  #drop(group: Group, name: string): void {
    const held = group.families.get(name)
    if (held !== undefined) this.#index.withdraw(held)
    group.families.delete(name)
  }

  #setTimes(group: Group, pushedMs: number, failedMs: number, timeMs: number): void {
    group.pushedMs = pushedMs
    group.failedMs = failedMs
    this.#schedule(group)
    const { labels } = group
    if (group.pushTime === undefined || group.failureTime === undefined) {
      group.pushTime = this.#index.add(pushTime(labels, pushedMs), timeMs)
      group.failureTime = this.#index.add(failureTime(labels, failedMs), timeMs)
      this.#groups.set(group.key.text, group)
      return
    }
    if (pushedMs === timeMs) this.#index.replace(group.pushTime, pushTime(labels, pushedMs), timeMs)
    if (failedMs === timeMs) {
      this.#index.replace(group.failureTime, failureTime(labels, failedMs), timeMs)
    }
  }

  #schedule(group: Group): void {
    group.expiresMs = endMs(group, this.lifetime)
    if (group.expiresMs === undefined) this.#deadlines.delete(group)
    else this.#deadlines.set(group, group.expiresMs)
  }
}

function hasTimestamps(families: readonly MetricFamily[]): boolean {
  for (const { metrics } of families) {
    for (const { timestampMs } of metrics) if (timestampMs !== undefined) return true
  }
  return false
}

const mostReasons = 20

function joinReasons(reasons: readonly string[]): string {
  if (reasons.length <= 1) return reasons.join('')
  const shown = reasons.slice(0, mostReasons).map((reason) => `\n* ${reason}`)
  const rest = reasons.length - shown.length
  const more = rest > 0 ? `\n* and ${rest} more` : ''
  return `${reasons.length} error(s) occurred:${shown.join('')}${more}`
}
