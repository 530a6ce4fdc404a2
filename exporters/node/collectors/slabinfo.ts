/** What the kernel's own allocations hold, by slab cache. Only root may read it. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', ['slab'], {
  node_slabinfo_active_objects: 'Objects in use.',
  node_slabinfo_objects: 'Objects allocated, in use or not.',
  node_slabinfo_object_size_bytes: 'Size of an object.',
  node_slabinfo_objects_per_slab: 'Objects in a slab.',
  node_slabinfo_pages_per_slab: 'Pages in a slab.',
})

/** In the order of the columns behind the name; slabinfo(5). */
const columns = Object.values(gauge)

/** Of a whole line, tunables and slabdata included. */
const lineWords = 16

export default defineCollector({
  name: 'slabinfo',
  enabled: false,
  help: 'Slab caches, from /proc/slabinfo.',
  flags: {
    'slabs-include': { help: 'Regexp of the slabs to show.', default: '.*' },
    'slabs-exclude': { help: 'Regexp of the slabs to leave out.', default: '' },
  },
  families: columns,
  start: (context) =>
    includeAndExclude(context, { include: 'slabs-include', exclude: 'slabs-exclude' }),
  collect({ host, out, state: isIgnored }) {
    const words = new Words(host.proc('slabinfo'))
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord() || words.startsWith('#') || words.startsWith('slabinfo - ')) continue
      const name = words.word()
      const values = columns.map(() => words.number())
      const count = 1 + columns.length + words.rest().split(/\s+/).length
      if (count !== lineWords) {
        throw new SyntaxError(
          `slabinfo: expected ${lineWords} words for slab ${JSON.stringify(name)}, got ${count}`,
        )
      }
      if (isIgnored(name)) continue
      for (const [index, declaration] of columns.entries()) {
        out.add(declaration, values[index] ?? 0, name)
      }
    }
  },
})
