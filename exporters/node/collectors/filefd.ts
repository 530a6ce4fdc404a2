/** File handles in use by all processes together. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const allocated = family('gauge', 'node_filefd_allocated', 'File handles in use.', [])
const maximum = family('gauge', 'node_filefd_maximum', 'File handles that can be in use.', [])

export default defineCollector({
  name: 'filefd',
  enabled: true,
  help: 'File handles, from /proc/sys/fs/file-nr.',
  flags: {},
  families: [allocated, maximum],
  collect({ host, out }) {
    const words = new Words(host.proc('sys/fs/file-nr'))
    const inUse = words.number()
    words.number() // once those allocated and free, 0 since Linux 2.6
    out.add(maximum, words.number())
    out.add(allocated, inUse)
  },
})
