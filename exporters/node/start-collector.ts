/** Starts one collector with its part of the flags; what it refuses names it and the flag. */

import { compileOperatorRegexp } from '../../shared/regexp.ts'
import { type Collector, type CollectorLog, StartError } from './collector.ts'
import type { Host } from './host.ts'
import { type Run, startRun } from './run.ts'
import type { GivenFlags } from './select.ts'

export type CollectorSetup = {
  readonly host: Host
  readonly flags: GivenFlags
  readonly log: CollectorLog
  /** Names of all collectors that are on. */
  readonly on: ReadonlySet<string>
}

/** Throws a StartError when it cannot start. */
export function startCollector(collector: Collector, setup: CollectorSetup): Run {
  const { name } = collector
  const { values, given } = setup.flags
  const full = (flag: string): string =>
    `collector.${collector.flags[flag]?.fullName ?? `${name}.${flag}`}`
  const flagName = (flag: string): string => `--${full(flag)}`
  const flags: Record<string, unknown> = {}
  for (const flag of Object.keys(collector.flags)) flags[flag] = values[full(flag)]
  try {
    return startRun(collector, {
      host: setup.host,
      // Each value was read by the flag that this collector declared.
      flags: flags as Record<string, never>,
      log: setup.log,
      flagName,
      given: (flag) => given.has(full(flag)),
      isEnabled: (other) => setup.on.has(other),
      regexp: (flag) => compile(String(flags[flag]), flagName(flag)),
    })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new StartError(`collector ${name} cannot start: ${error.message}`, { cause: error })
  }
}

function compile(pattern: string, flagName: string): RegExp {
  try {
    return compileOperatorRegexp(pattern)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new StartError(`${flagName}: ${error.message}`, { cause: error })
  }
}
