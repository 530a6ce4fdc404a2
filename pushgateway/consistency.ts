/**
 * Whether a push fits what is already there. Only what the push brings is looked at, by look-ups in
 * the index, so the cost is that of the push whatever the gateway holds. Everything stored has passed
 * here, so the page as a whole is consistent without ever being checked again.
 */

import type { MetricType } from '../shared/exposition/family.ts'
import { quote } from '../shared/quote.ts'
import { typeName } from './describe.ts'
import { type FamilyIndex, type GroupFamily, sameSeries } from './family-index.ts'
import type { PushedFamily } from './pushed-family.ts'
import type { Family, Owner } from './series.ts'

/** A push to one group, before anything of it is stored. */
export type Push = {
  readonly owner: Owner
  /** Families the group has now, by name. */
  readonly held: ReadonlyMap<string, GroupFamily>
  readonly pushed: ReadonlyMap<string, PushedFamily>
  /** PUT: what the push does not mention goes. POST: it stays. */
  readonly replacesAll: boolean
}

/** Adds to `clashes` why the push cannot be stored. */
export function findClashes(index: FamilyIndex, push: Push, clashes: string[]): void {
  for (const family of push.pushed.values()) {
    const held = push.held.get(family.name)
    const sameType = held !== undefined && held.family.type === family.type
    // All of it has passed before: nearly every push changes nothing but values.
    if (sameType && sameSeries(held.series, family.series)) continue
    if (!sameType) {
      clashes.push(...typeClashes(index, push, family), ...suffixClashes(index, push, family))
    }
    findDuplicates(index, push.owner, family, clashes)
  }
}

/** Series that come twice, or that another group has: the labels alone do not tell groups apart. */
export function findDuplicates(
  index: FamilyIndex,
  owner: Owner,
  pushed: PushedFamily,
  clashes: string[],
): void {
  const family = index.get(pushed.name)
  const seen = new Set<string>()
  for (const [i, { labels }] of pushed.series.entries()) {
    const there = family?.series.get(labels.text)
    if (seen.has(labels.text) || (there !== undefined && there.owner !== owner)) {
      clashes.push(`${pushed.describe(i)} was collected before with the same name and label values`)
    }
    seen.add(labels.text)
  }
}

function typeClashes(index: FamilyIndex, push: Push, pushed: PushedFamily): string[] {
  const { name, type, series } = pushed
  const own = index.own.get(name)
  if (own !== undefined) {
    if (own.type === type) return []
    const wanted = typeName(own.type)
    return [`gathered metric family ${name} has type ${typeName(type)} but should have ${wanted}`]
  }
  const family = index.get(name)
  if (family === undefined || family.type === type || othersHave(family, push) === 0) return []
  return series.map((_, i) => `${pushed.describe(i)} is not a ${typeName(family.type)}`)
}

const suffixes = ['_count', '_sum', '_bucket']

/** A histogram h writes h_count, h_sum and h_bucket: no other family may have these names. */
function suffixClashes(index: FamilyIndex, push: Push, { name, type }: PushedFamily): string[] {
  const clashes: string[] = []
  for (const suffix of suffixes) {
    const long = name + suffix
    if (writesSuffix(type, suffix) && typeAfter(index, push, long) !== undefined) {
      clashes.push(
        `collected histogram or summary named ${quote(name)} collides with previously collected metric named ${quote(long)}`,
      )
    }
    const base = name.endsWith(suffix) ? name.slice(0, -suffix.length) : ''
    const baseType = base === '' ? undefined : typeAfter(index, push, base)
    if (writesSuffix(baseType, suffix)) {
      clashes.push(
        `collected metric named ${quote(name)} collides with previously collected ${baseType} named ${quote(base)}`,
      )
    }
  }
  return clashes
}

/** As in the original, gauge histograms are not looked at. */
function writesSuffix(type: MetricType | undefined, suffix: string): boolean {
  return type === 'histogram' || (type === 'summary' && suffix !== '_bucket')
}

/** What the name will be once the push is stored; undefined when there will be no such family. */
function typeAfter(index: FamilyIndex, push: Push, name: string): MetricType | undefined {
  const pushed = push.pushed.get(name) ?? index.own.get(name)
  if (pushed !== undefined) return pushed.type
  const family = index.get(name)
  if (family === undefined) return undefined
  const stays = othersHave(family, push) > 0 || !push.replacesAll
  return stays ? family.type : undefined
}

/** How many groups beside the pushed one have the family. */
function othersHave(family: Family, push: Push): number {
  return family.groups - (push.held.has(family.name) ? 1 : 0)
}
