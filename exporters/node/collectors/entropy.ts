/** The kernel's pool of randomness. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const available = family(
  'gauge',
  'node_entropy_available_bits',
  'Randomness in the pool, in bits.',
  [],
)
const poolSize = family('gauge', 'node_entropy_pool_size_bits', 'Size of the pool, in bits.', [])

export default defineCollector({
  name: 'entropy',
  enabled: true,
  help: 'Available randomness, from /proc/sys/kernel/random.',
  flags: {},
  families: [available, poolSize],
  collect({ host, out }) {
    out.add(available, new Words(host.proc('sys/kernel/random/entropy_avail')).number())
    out.add(poolSize, new Words(host.proc('sys/kernel/random/poolsize')).number())
  },
})
