/** Bytes that wait in the UDP sockets, to be sent or to be read. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import { Words } from '../words.ts'

const queues = family('gauge', 'node_udp_queues', 'Bytes waiting in UDP sockets.', ['queue', 'ip'])

const files = [
  ['net/udp', 'v4'],
  ['net/udp6', 'v6'],
] as const

/** Up to the drops, which are the last. */
const fewestColumns = 13

export default defineCollector({
  name: 'udp_queues',
  enabled: true,
  help: 'Queues of UDP sockets, from /proc/net/udp and udp6.',
  flags: {},
  families: [queues],
  collect({ host, out }) {
    let isThere = false
    for (const [file, ip] of files) {
      const content = host.procIfAny(file)
      if (content === undefined) continue
      isThere = true
      const { tx, rx } = sumQueues(new Words(content), file)
      out.add(queues, tx, 'tx', ip)
      out.add(queues, rx, 'rx', ip)
    }
    if (!isThere) throw new NoData('the kernel has no list of UDP sockets')
  },
})

function sumQueues(words: Words, file: string): { tx: number; rx: number } {
  let tx = 0
  let rx = 0
  words.nextLine() // headings
  for (; words.hasMore; words.nextLine()) {
    let column = 0
    for (; words.toWord(); column += 1) {
      const start = words.at
      const end = words.toWordEnd()
      if (column !== 4) continue
      const [, sent = '', received = ''] =
        /^([0-9a-f]+):([0-9a-f]+)$/i.exec(words.bytes.toString('latin1', start, end)) ?? []
      if (sent === '') throw new SyntaxError(`${file}: expected tx_queue:rx_queue in column 5`)
      tx += Number.parseInt(sent, 16)
      rx += Number.parseInt(received, 16)
    }
    if (column < fewestColumns) {
      throw new SyntaxError(`${file}: expected ${fewestColumns} columns, got ${column}`)
    }
  }
  return { tx, rx }
}
