/** Which Windows this is, in the words of os-release(5). */

import { type Collector, defineCollector } from '../collector.ts'
import { addOsRelease, osFamilies } from '../os-release.ts'
import type { PortableMachine } from './machine.ts'

export function windowsOs({ os }: PortableMachine): Collector {
  return defineCollector({
    name: 'os',
    enabled: true,
    help: 'The operating system.',
    flags: {},
    families: osFamilies,
    collect({ out }) {
      const release = os.release() // such as 10.0.22631
      const values = new Map([
        ['BUILD_ID', release.split('.')[2] ?? ''],
        ['ID', 'windows'],
        ['NAME', 'Windows'],
        ['PRETTY_NAME', os.version()],
        ['VERSION', release],
        ['VERSION_ID', release],
      ])
      addOsRelease(values, out)
    },
  })
}
