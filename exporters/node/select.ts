/** Which collectors run: by the command line once, by `collect[]` and `exclude[]` in each scrape. */

import { BadScrape } from '../../shared/exposition/handler.ts'
import { type Collector, StartError } from './collector.ts'
import { originals } from './originals.ts'

export type GivenFlags = {
  readonly values: Readonly<Record<string, unknown>>
  /** Names that stand on the command line. */
  readonly given: ReadonlySet<string>
}

/** Names of the collectors that are on, those of the original that we lack included. */
export function enabledNames(
  collectors: readonly Collector[],
  { values, given }: GivenFlags,
): Set<string> {
  const defaults = new Map(Object.entries(originals).map(([name, { enabled }]) => [name, enabled]))
  for (const { name, enabled } of collectors) defaults.set(name, enabled)
  const names = [...defaults].filter(([name, enabled]) => {
    const flag = `collector.${name}`
    if (given.has(flag)) return values[flag] === true
    return enabled && values['collector.disable-defaults'] !== true
  })
  return new Set(names.map(([name]) => name))
}

/** Throws a StartError when the command line asks for collectors that we do not have. */
export function refuseMissing({ values, given }: GivenFlags): void {
  const missing = Object.keys(originals).filter((name) => {
    const flag = `collector.${name}`
    return given.has(flag) && values[flag] === true
  })
  if (missing.length === 0) return
  const flags = missing.map((name) => `--collector.${name}`).join(' ')
  const [subject, object] = missing.length === 1 ? ['collector', 'is'] : ['collectors', 'are']
  throw new StartError(
    `${subject} ${missing.join(', ')} ${object} not in this release: leave out ${flags}`,
  )
}

/** Flags on the command line that are without effect, since their collector is not in this release. */
export function idleFlags({ given }: GivenFlags): string[] {
  const idle = Object.values(originals).flatMap(({ flags = [], switches = [] }) => [
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
