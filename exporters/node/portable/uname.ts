/** Name and version of the system, and the name of the node, as labels. */

import { family } from '../../../shared/exposition/declare.ts'
import { type Collector, defineCollector } from '../collector.ts'
import type { PortableMachine } from './machine.ts'

const info = family('gauge', 'node_uname_info', 'System information of uname(2), as labels.', [
  'sysname',
  'release',
  'version',
  'machine',
  'nodename',
  'domainname',
])

export function uname({ os }: PortableMachine): Collector {
  return defineCollector({
    name: 'uname',
    enabled: true,
    help: 'System information of uname(2).',
    flags: {},
    families: [info],
    collect({ out }) {
      // These systems keep host and domain in one name; the original takes them apart like this.
      const [nodename = '', ...domain] = os.hostname().split('.')
      const domainname = domain.length === 0 ? '(none)' : domain.join('.')
      out.add(info, 1, os.type(), os.release(), os.version(), os.machine(), nodename, domainname)
    },
  })
}
