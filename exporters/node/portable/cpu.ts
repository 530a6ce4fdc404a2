/** CPU time by mode. */

import type { CpuInfo } from 'node:os'
import { family } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector, NoData } from '../collector.ts'
import type { PortableMachine, PortablePlatform } from './machine.ts'

const seconds = family('counter', 'node_cpu_seconds_total', 'Seconds a CPU spent in each mode.', [
  'cpu',
  'mode',
])

type Times = CpuInfo['times']

/** The modes that a system really counts, by the names of the original, in milliseconds. */
const bsd = {
  user: ({ user }: Times) => user,
  nice: ({ nice }: Times) => nice,
  system: ({ sys }: Times) => sys,
  interrupt: ({ irq }: Times) => irq,
  idle: ({ idle }: Times) => idle,
}
const modes: Readonly<
  Record<PortablePlatform, Readonly<Record<string, (times: Times) => number>>>
> = {
  darwin: { user: bsd.user, nice: bsd.nice, system: bsd.system, idle: bsd.idle },
  freebsd: bsd,
  openbsd: bsd,
  netbsd: bsd,
  win32: {
    user: bsd.user,
    // Windows counts interrupts in its kernel time as well.
    system: ({ sys, irq }) => Math.max(0, sys - irq),
    irq: ({ irq }) => irq,
    idle: bsd.idle,
  },
}

export function cpu({ platform, os }: PortableMachine): Collector {
  const columns = Object.entries(modes[platform])
  return defineCollector({
    name: 'cpu',
    enabled: true,
    help: 'CPU time.',
    flags: {},
    families: [seconds],
    collect({ out }) {
      const cpus = os.cpus()
      if (cpus.length === 0) throw new NoData('the system does not tell of its CPUs')
      for (const [index, { times }] of cpus.entries()) {
        for (const [mode, milliseconds] of columns) {
          out.add(seconds, milliseconds(times) / 1000, String(index), mode)
        }
      }
    },
  })
}
