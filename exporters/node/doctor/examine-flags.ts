/** Finds flags that cannot work, and flags that do nothing. */

import { parseListenAddress } from '../../../shared/web/address.ts'
import type { Collector } from '../collector.ts'
import { deprecatedNames, enabledNames, idleFlags } from '../select.ts'
import type { Settings } from '../settings.ts'
import type { Finding } from './finding.ts'

export function examineFlags(collectors: readonly Collector[], settings: Settings): Finding[] {
  return [
    ...examineDeprecated(settings),
    ...settings.values['web.listen-address'].flatMap(examineAddress),
    ...examineIdle(settings),
    ...examineOff(collectors, settings),
  ]
}

function examineDeprecated(settings: Settings): Finding[] {
  return Array.from(deprecatedNames(settings), ([name, instead]) => ({
    level: 'note',
    subject: `--collector.${name}`,
    text: 'has no effect: the original has deprecated it, and it is not here',
    cure: `use ${instead}`,
  }))
}

function examineAddress(address: string): Finding[] {
  try {
    parseListenAddress(address)
    return []
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return [{ level: 'problem', subject: `--web.listen-address=${address}`, text: error.message }]
  }
}

function examineIdle(settings: Settings): Finding[] {
  const idle = idleFlags(settings).map(
    (name): Finding => ({
      level: 'note',
      subject: `--${name}`,
      text: 'has no effect: its collector is deprecated and not here',
    }),
  )
  if (!settings.given.has('runtime.gomaxprocs')) return idle
  const text = 'has no effect: this is no Go program'
  return [...idle, { level: 'note', subject: '--runtime.gomaxprocs', text }]
}

/** Flags of collectors that are off. */
function examineOff(collectors: readonly Collector[], settings: Settings): Finding[] {
  const on = enabledNames(collectors, settings)
  const off = collectors.filter(({ name }) => !on.has(name))
  return off.flatMap(({ name, flags }) => {
    const names = Object.entries(flags).map(
      ([flag, { fullName }]) => `collector.${fullName ?? `${name}.${flag}`}`,
    )
    return names
      .filter((flag) => settings.given.has(flag))
      .map(
        (flag): Finding => ({
          level: 'note',
          subject: `--${flag}`,
          text: `has no effect: collector ${name} is off`,
          cure: `switch it on with --collector.${name}, or leave the flag out`,
        }),
      )
  })
}
