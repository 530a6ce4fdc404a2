/** Free blocks of memory by their order, which tells how fragmented a zone is. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const blocks = family(
  'gauge',
  'node_buddyinfo_blocks',
  'Free blocks of 2^size pages, by zone and size.',
  ['node', 'zone', 'size'],
)

export default defineCollector({
  name: 'buddyinfo',
  enabled: false,
  help: 'Fragmentation of memory, from /proc/buddyinfo.',
  flags: {},
  families: [blocks],
  collect({ host, out }) {
    const words = new Words(host.proc('buddyinfo'))
    let sizes = -1
    for (; words.hasMore; words.nextLine()) {
      words.word() // Node
      const node = words.word().replace(/,$/, '')
      words.word() // zone
      const zone = words.word().replace(/,$/, '')
      if (zone === '') throw new SyntaxError('buddyinfo: expected a node and a zone in each line')
      let size = 0
      for (; words.toWord(); size += 1) out.add(blocks, words.number(), node, zone, `${size}`)
      if (sizes >= 0 && size !== sizes) {
        throw new SyntaxError(`buddyinfo: expected ${sizes} sizes in zone ${zone}, got ${size}`)
      }
      sizes = size
    }
  },
})
