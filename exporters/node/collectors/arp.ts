/** How many neighbours the machine knows on each interface. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector } from '../collector.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

const entries = family('gauge', 'node_arp_entries', 'Entries of the ARP table.', ['device'])

type Device = { readonly isIgnored: boolean; readonly series: Series; count: number }

/** Of an entry; the headings have more. */
const entryWords = 6
const headingWords = 9

export default defineCollector({
  name: 'arp',
  enabled: true,
  help: 'Neighbours by interface, from /proc/net/arp.',
  flags: {
    'device-include': { help: 'Regexp of the interfaces to show.', default: '' },
    'device-exclude': { help: 'Regexp of the interfaces to leave out.', default: '' },
    // Both give the same: the kernel leaves entries that need no ARP out of the file, too.
    netlink: { help: 'Accepted; the file is read in either case.', default: true },
  },
  families: [entries],
  start(context) {
    const { out } = context
    const ignores = includeAndExclude(context, {
      include: 'device-include',
      exclude: 'device-exclude',
    })
    return new KeyTable<Device>((name) => ({
      isIgnored: ignores(name),
      series: out.series(entries, name),
      count: 0,
    }))
  },
  collect({ host, state: devices }) {
    const seen = new Set<Device>()
    const words = new Words(host.proc('net/arp'))
    devices.begin()
    for (; words.hasMore; words.nextLine()) {
      const device = readEntry(words, devices)
      if (device === undefined || device.isIgnored) continue
      if (!seen.has(device)) device.count = 0
      seen.add(device)
      device.count += 1
    }
    devices.forgetUnseen()
    for (const { series, count } of seen) series.set(count)
  },
})

/** Undefined for headings and empty lines. */
function readEntry(words: Words, devices: KeyTable<Device>): Device | undefined {
  let count = 0
  let start = 0
  let end = 0
  for (; words.toWord(); count += 1) {
    const [wordStart, wordEnd] = [words.at, words.toWordEnd()]
    if (count >= entryWords) continue
    start = wordStart
    end = wordEnd
  }
  if (count === 0 || count === headingWords) return undefined
  if (count === entryWords) return devices.at(words.bytes, start, end)
  throw new SyntaxError(`net/arp: expected ${entryWords} columns, got ${count}`)
}
