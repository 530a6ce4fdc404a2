/** What uname(2) says: kernel, release, machine and name of the node, as labels. */

import os from 'node:os'
import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'

const info = family('gauge', 'node_uname_info', 'System information of uname(2), as labels.', [
  'sysname',
  'release',
  'version',
  'machine',
  'nodename',
  'domainname',
])

export default defineCollector({
  name: 'uname',
  enabled: true,
  help: 'System information of uname(2).',
  flags: {},
  families: [info],
  collect({ host, out }) {
    // Node's os knows all but the NIS domain, which the kernel shows in a file.
    const domainname = host.procIfAny('sys/kernel/domainname')?.toString().trim() ?? '(none)'
    const nodename = os.hostname()
    out.add(info, 1, os.type(), os.release(), os.version(), os.machine(), nodename, domainname)
  },
})
