/** The pair of flags, include and exclude, by which a dozen collectors choose their devices. */

import { type CollectorLog, StartError } from './collector.ts'

type Pair = {
  readonly include: string
  readonly exclude: string
  /** Older names that still work, with a warning. */
  readonly oldInclude?: string
  readonly oldExclude?: string
}

/** The part of a StartContext that this needs. */
type Context = {
  readonly flags: Readonly<Record<string, unknown>>
  readonly log: CollectorLog
  given(flag: string): boolean
  regexp(flag: string): RegExp
  flagName(flag: string): string
}

/**
 * Compiles the pair into a test of what to leave out: a name that exclude matches, or that include
 * does not. An include switches the default exclude off. Throws a StartError when both are given.
 */
export function includeExclude(context: Context, pair: Pair): (name: string) => boolean {
  const include = currentName(context, pair.include, pair.oldInclude)
  const exclude = currentName(context, pair.exclude, pair.oldExclude)
  const hasInclude = context.flags[include] !== ''
  const hasExclude = context.flags[exclude] !== ''
  if (hasInclude && hasExclude && context.given(exclude)) {
    throw new StartError(
      `${context.flagName(include)} and ${context.flagName(exclude)} exclude each other: give one`,
    )
  }
  const flag = hasInclude ? include : hasExclude ? exclude : undefined
  if (flag === undefined) return () => false
  const pattern = context.regexp(flag)
  context.log.info(`Parsed flag ${context.flagName(flag)}`, { flag: context.flags[flag] })
  return hasInclude ? (name) => !pattern.test(name) : (name) => pattern.test(name)
}

/**
 * As includeExclude, for the collectors that let both be given: what to show must pass each. With
 * `isWhole` a pattern is for the whole name, and an empty one for none.
 */
export function includeAndExclude(
  context: Context,
  pair: Pair & { readonly isWhole?: boolean },
): (name: string) => boolean {
  const compile = (flag: string): RegExp | undefined => {
    if (pair.isWhole) return wholeName(context.regexp(flag))
    return context.flags[flag] === '' ? undefined : context.regexp(flag)
  }
  const include = compile(currentName(context, pair.include, pair.oldInclude))
  const exclude = compile(currentName(context, pair.exclude, pair.oldExclude))
  return (name) => exclude?.test(name) === true || include?.test(name) === false
}

function wholeName({ source, flags }: RegExp): RegExp {
  return new RegExp(`^(?:${source})$`, flags)
}

/** The flag to go by: the old name where the operator wrote that one. */
function currentName(context: Context, name: string, oldName: string | undefined): string {
  if (oldName === undefined || context.flags[oldName] === '') return name
  if (context.given(name)) {
    throw new StartError(
      `${context.flagName(oldName)} is the old name of ${context.flagName(name)}: give only that`,
    )
  }
  context.log.warn(`${context.flagName(oldName)} is deprecated`, { use: context.flagName(name) })
  return oldName
}
