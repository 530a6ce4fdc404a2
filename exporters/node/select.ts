/** Which collectors run: by the command line once, by `collect[]` and `exclude[]` in each scrape. */

import { BadScrape } from '../../shared/exposition/handler.ts'
import type { Collector } from './collector.ts'
import { deprecated } from './deprecated.ts'

export type GivenFlags = {
  readonly values: Readonly<Record<string, unknown>>
  /** Names that stand on the command line. */
  readonly given: ReadonlySet<string>
}

/** Names of the collectors that are on. */
export function enabledNames(
  collectors: readonly Collector[],
  { values, given }: GivenFlags,
): Set<string> {
  const on = collectors.filter(({ name, enabled }) => {
    const flag = `collector.${name}`
    if (given.has(flag)) return values[flag] === true
    return enabled && values['collector.disable-defaults'] !== true
  })
  return new Set(on.map(({ name }) => name))
}

/** The deprecated collectors that are asked for, each with what there is instead. */
export function deprecatedNames({ values, given }: GivenFlags): Map<string, string> {
  const asked = Object.entries(deprecated).filter(([name]) => {
    const flag = `collector.${name}`
    return given.has(flag) && values[flag] === true
  })
  return new Map(asked.map(([name, { instead }]) => [name, instead]))
}

/** Flags on the command line that are without effect, since their collector is deprecated and not here. */
export function idleFlags({ given }: GivenFlags): string[] {
  const idle = Object.values(deprecated).flatMap(({ flags = [], switches = [] }) => [
    ...flags,
    ...switches,
  ])
  return idle.map((name) => `collector.${name}`).filter((name) => given.has(name))
}

/**
 * The names to run for this query; undefined is all that are on. Throws a BadScrape with the
 * original's texts. An exclude[] of everything leaves nothing: the original then takes the filter
 * for absent and runs all.
 */
export function selectedNames(
  query: URLSearchParams,
  enabled: ReadonlySet<string>,
  known: ReadonlySet<string>,
): ReadonlySet<string> | undefined {
  const collect = query.getAll('collect[]')
  const exclude = query.getAll('exclude[]')
  if (collect.length > 0 && exclude.length > 0) {
    throw new BadScrape(400, 'Combined collect and exclude queries are not allowed.')
  }
  if (exclude.length > 0) return enabled.difference(new Set(exclude))
  if (collect.length === 0) return undefined
  for (const name of collect) {
    if (enabled.has(name)) continue
    const reason = known.has(name) ? 'disabled' : 'missing'
    throw new BadScrape(
      400,
      `Couldn't create filtered metrics handler: couldn't create collector: ${reason} collector: ${name}`,
    )
  }
  return new Set(collect)
}
