/** Whatever the network subsystems count in the folder that lnstat(8) shows. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { Words } from '../words.ts'

export default defineCollector({
  name: 'lnstat',
  enabled: false,
  help: 'Counters of the network subsystems, from /proc/net/stat.',
  flags: {},
  families: [columnFamily('<column>')],
  collect({ host, out }) {
    const subsystems = host.procList('net/stat')
    if (subsystems === undefined) throw new Error('net/stat: no such directory')
    for (const subsystem of subsystems) {
      const content = host.procIfAny(`net/stat/${subsystem}`)
      if (content !== undefined) addLines(new Words(content), subsystem, out)
    }
  },
})

function columnFamily(column: string) {
  const help = `Column ${column} of a subsystem in /proc/net/stat.`
  return family('counter', `node_lnstat_${column}_total`, help, ['subsystem', 'cpu'])
}

/** A line of headings, then one of hexadecimal numbers for each CPU. */
function addLines(words: Words, subsystem: string, out: Out): void {
  const declarations: ReturnType<typeof columnFamily>[] = []
  while (words.toWord()) declarations.push(columnFamily(words.word()))
  words.nextLine()
  for (let cpu = 0; words.hasMore; cpu += 1, words.nextLine()) {
    for (const declaration of declarations) {
      if (!words.toWord()) break
      out.add(declaration, words.hex(), subsystem, `${cpu}`)
    }
  }
}
