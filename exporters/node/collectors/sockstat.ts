/** Sockets in use by protocol, and the memory they hold. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, type Out } from '../collector.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

/** `mem` is counted in pages; the family next to it says the same in bytes. */
type Field = { readonly series: Series; readonly bytes: Series | undefined }

/** The fields of one protocol's line. */
type Line = KeyTable<Field>

export default defineCollector({
  name: 'sockstat',
  enabled: true,
  help: 'Sockets in use, from /proc/net/sockstat and sockstat6.',
  flags: {},
  families: [socketFamily('sockets', 'used'), socketFamily('<protocol>', '<field>')],
  start({ host, out }) {
    const lines = new KeyTable((key) => declareLine(key.replace(/:$/, ''), out))
    return { lines, pageBytes: host.pageBytes() }
  },
  collect({ host, state }) {
    for (const file of ['net/sockstat', 'net/sockstat6']) {
      const content = host.procIfAny(file) // either may be switched off in the kernel
      if (content !== undefined) readSockets(new Words(content), state.lines, state.pageBytes)
    }
  },
})

function declareLine(protocol: string, out: Out): Line {
  return new KeyTable((field) => ({
    series: out.series(socketFamily(protocol, field)),
    bytes: field === 'mem' ? out.series(socketFamily(protocol, 'mem_bytes')) : undefined,
  }))
}

function socketFamily(protocol: string, field: string) {
  const help = `Field ${field} of ${protocol} in /proc/net/sockstat.`
  return family('gauge', `node_sockstat_${protocol}_${field}`, help, [])
}

/** Lines such as `TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1`. */
function readSockets(words: Words, lines: KeyTable<Line>, pageBytes: number): void {
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    const start = words.at
    const line = lines.at(words.bytes, start, words.toWordEnd())
    while (words.toWord()) {
      const fieldStart = words.at
      const field = line.at(words.bytes, fieldStart, words.toWordEnd())
      const value = words.number()
      field.series.set(value)
      field.bytes?.set(value * pageBytes)
    }
  }
}
