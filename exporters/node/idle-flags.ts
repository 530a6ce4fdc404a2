/** Tells the operator of flags that are accepted and do nothing. */

import type { CollectorLog } from './collector.ts'
import { deprecatedNames, type GivenFlags, idleFlags } from './select.ts'

export function warnOfIdleFlags(flags: GivenFlags, log: CollectorLog): void {
  for (const [name, instead] of deprecatedNames(flags)) {
    log.warn('The original has deprecated this collector, and it is not here', { name, instead })
  }
  const idle = idleFlags(flags).map((flag) => `--${flag}`)
  if (idle.length > 0) {
    log.warn('Flags without effect: their collectors are deprecated and not here', { flags: idle })
  }
}
