/** Memory of each NUMA node, and how often its allocations went elsewhere. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { Words } from '../words.ts'

const folder = 'devices/system/node'

export default defineCollector({
  name: 'meminfo_numa',
  enabled: false,
  help: 'Memory by NUMA node, from /sys/devices/system/node.',
  flags: {},
  families: [fieldFamily('<field>'), statFamily('<field>')],
  collect({ host, out }) {
    for (const name of host.sysList(folder)) {
      const [, node] = /^node(\d.*)$/.exec(name) ?? []
      if (node === undefined) continue
      const read = (file: string): Words => {
        const content = host.sysIfAny(`${folder}/${name}/${file}`)
        if (content === undefined) throw new Error(`${folder}/${name}/${file}: no such file`)
        return new Words(content)
      }
      addMemory(read('meminfo'), node, out)
      addStats(read('numastat'), node, out)
    }
  },
})

/** Bytes, or a count for the HugePages fields; the name tells neither. */
function fieldFamily(field: string) {
  const help = `Memory field ${field} of a NUMA node.`
  return family('gauge', `node_memory_numa_${field}`, help, ['node'])
}

function statFamily(field: string) {
  const help = `Field ${field} of a NUMA node's numastat.`
  return family('counter', `node_memory_numa_${field}_total`, help, ['node'])
}

/** Lines such as `Node 0 Active(anon):     691324 kB`. */
function addMemory(words: Words, node: string, out: Out): void {
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    words.toWordEnd() // Node
    words.number()
    const field = words.word().replace(/:$/, '')
    const value = words.number()
    const unit = words.rest()
    if (unit !== '' && unit !== 'kB') {
      throw new SyntaxError(`${folder}: expected kB, got ${JSON.stringify(unit)}`)
    }
    const declaration = fieldFamily(field.replace(/\((.*)\)/, '_$1'))
    out.add(declaration, unit === '' ? value : value * 1024, node)
  }
}

function addStats(words: Words, node: string, out: Out): void {
  for (; words.hasMore; words.nextLine()) {
    if (words.toWord()) out.add(statFamily(words.word()), words.number(), node)
  }
}
