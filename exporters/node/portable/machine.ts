/** What collectors know a machine by that has no /proc: Node's os, a slow survey, and its mounts. */

import type nodeOs from 'node:os'
import type { Host } from '../host.ts'
import type { MountSystem } from '../stat-mounts.ts'
import type { Survey, SurveyTimes } from '../survey.ts'

export type PortablePlatform = 'darwin' | 'win32' | 'freebsd' | 'openbsd' | 'netbsd'

export type PortableMachine = {
  readonly platform: PortablePlatform
  readonly os: Pick<
    typeof nodeOs,
    | 'cpus'
    | 'freemem'
    | 'hostname'
    | 'loadavg'
    | 'machine'
    | 'networkInterfaces'
    | 'release'
    | 'totalmem'
    | 'type'
    | 'uptime'
    | 'version'
  >
  readonly survey: Survey
  /** Who asks mounts for their space. */
  mountSystem(host: Host): MountSystem
}

/** Flags of every collector that is in the survey; there is one survey, so their names are the same. */
export const surveyFlags = {
  'background-interval': {
    help: 'How often is asked in the background what takes too long for a scrape.',
    duration: '60s',
    fullName: 'background-interval',
  },
  'background-timeout': {
    help: 'How long the answers may take together; then they are given up.',
    duration: '20s',
    fullName: 'background-timeout',
  },
} as const

type SurveyFlagValues = { readonly [N in keyof typeof surveyFlags]: number }

export function surveyTimes(flags: SurveyFlagValues): SurveyTimes {
  return { intervalMs: flags['background-interval'], timeoutMs: flags['background-timeout'] }
}
