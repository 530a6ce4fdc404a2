/** The collectors of systems other than Linux, by name. */

import type { Collector } from '../collector.ts'
import { hardware } from '../collectors/hardware.ts'
import os from '../collectors/os.ts'
import textfile from '../collectors/textfile.ts'
import time from '../collectors/time.ts'
import type { Ask } from '../systeminformation.ts'
import { boottime } from './boottime.ts'
import { cpu } from './cpu.ts'
import { filesystem } from './filesystem.ts'
import { loadavg } from './loadavg.ts'
import type { PortableMachine } from './machine.ts'
import { meminfo } from './meminfo.ts'
import { netdev } from './netdev.ts'
import { windowsOs } from './os.ts'
import { powersupplyclass } from './powersupplyclass.ts'
import { thermalZone } from './thermal_zone.ts'
import { uname } from './uname.ts'

/** A collector is left out where it would not tell the truth; its file says why. */
export function portableCollectors(machine: PortableMachine, ask: Ask): readonly Collector[] {
  const own = [boottime(machine), cpu(machine), meminfo(machine), uname(machine)]
  const common = [hardware(ask), textfile, time]
  return [...own, ...common, ...particular(machine)].sort(byName)
}

function particular(machine: PortableMachine): readonly Collector[] {
  switch (machine.platform) {
    case 'darwin':
      return [os, loadavg(machine), filesystem(machine), netdev(machine), powersupplyclass(machine)]
    case 'win32':
      return [
        windowsOs(machine),
        filesystem(machine),
        netdev(machine),
        powersupplyclass(machine),
        thermalZone(machine),
      ]
    case 'freebsd':
      return [os, loadavg(machine), filesystem(machine)]
    case 'openbsd': // their df(1) does not tell the types that systeminformation asks it for
    case 'netbsd':
      return [os, loadavg(machine)]
  }
}

function byName(a: Collector, b: Collector): number {
  return a.name < b.name ? -1 : 1
}
