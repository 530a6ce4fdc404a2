/** How many threads ran or waited to run, averaged over 1, 5 and 15 minutes. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'

const gauge = families('gauge', [], {
  node_load1: 'Threads running or waiting, averaged over 1 minute.',
  node_load5: 'Threads running or waiting, averaged over 5 minutes.',
  node_load15: 'Threads running or waiting, averaged over 15 minutes.',
})

export default defineCollector({
  name: 'loadavg',
  enabled: true,
  help: 'Load averages, from /proc/loadavg.',
  flags: {},
  families: Object.values(gauge),
  collect({ host, out }) {
    const [load1, load5, load15] = parseLoadavg(host.proc('loadavg').toString())
    out.add(gauge.node_load1, load1)
    out.add(gauge.node_load5, load5)
    out.add(gauge.node_load15, load15)
  },
})

/** Throws a SyntaxError unless the first three words are numbers. */
export function parseLoadavg(text: string): [number, number, number] {
  const [load1, load5, load15] = text.split(' ', 3).map(Number)
  if (load1 === undefined || load5 === undefined || load15 === undefined) {
    throw new SyntaxError(`loadavg: expected three numbers, got ${JSON.stringify(text)}`)
  }
  if (Number.isNaN(load1 + load5 + load15)) {
    throw new SyntaxError(`loadavg: expected three numbers, got ${JSON.stringify(text)}`)
  }
  return [load1, load5, load15]
}
