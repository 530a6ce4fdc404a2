/** The collectors of this machine, where it is no Linux. */

import os from 'node:os'
import { type Collector, StartError } from '../collector.ts'
import type { MountSystem } from '../stat-mounts.ts'
import { Survey } from '../survey.ts'
import { askSystemInformation } from '../systeminformation.ts'
import { portableCollectors } from './index.ts'
import type { PortablePlatform } from './machine.ts'

const platforms: ReadonlySet<string> = new Set<PortablePlatform>([
  'darwin',
  'win32',
  'freebsd',
  'openbsd',
  'netbsd',
])

/** Throws a StartError on a system that nobody has looked at. */
export function collectorsOfThisMachine(): readonly Collector[] {
  const { platform } = process
  if (!isPortable(platform)) {
    throw new StartError(
      `no collectors for ${platform}: there are some for Linux, macOS, Windows and the BSDs`,
    )
  }
  const survey = new Survey(askSystemInformation)
  const machine = { platform, os, survey, mountSystem: (host: MountSystem) => host }
  return portableCollectors(machine, askSystemInformation)
}

function isPortable(platform: string): platform is PortablePlatform {
  return platforms.has(platform)
}
