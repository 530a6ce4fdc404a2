/** The connections that netfilter tracks, and what became of packets on the way into that table. */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', [], {
  node_nf_conntrack_entries: 'Connections tracked now.',
  node_nf_conntrack_entries_limit: 'Connections that can be tracked.',
})
/** Counters all of them, but the original calls them gauges. */
const stat = families('gauge', [], {
  node_nf_conntrack_stat_found: 'Searches that found their entry.',
  node_nf_conntrack_stat_invalid: 'Packets that cannot be tracked.',
  node_nf_conntrack_stat_ignore: 'Packets that were tracked already.',
  node_nf_conntrack_stat_insert: 'Entries inserted.',
  node_nf_conntrack_stat_insert_failed: 'Entries that could not be inserted.',
  node_nf_conntrack_stat_drop: 'Packets dropped for want of an entry.',
  node_nf_conntrack_stat_early_drop: 'Entries dropped to make room for new ones.',
  node_nf_conntrack_stat_search_restart: 'Searches begun again since the table was resized.',
})

/** Where the families of `stat` stand in a line; kernels before 2.6.32 lack the last column. */
const columns = [
  [2, stat.node_nf_conntrack_stat_found],
  [4, stat.node_nf_conntrack_stat_invalid],
  [5, stat.node_nf_conntrack_stat_ignore],
  [8, stat.node_nf_conntrack_stat_insert],
  [9, stat.node_nf_conntrack_stat_insert_failed],
  [10, stat.node_nf_conntrack_stat_drop],
  [11, stat.node_nf_conntrack_stat_early_drop],
  [16, stat.node_nf_conntrack_stat_search_restart],
] as const
const mostColumns = 17

export default defineCollector({
  name: 'conntrack',
  enabled: true,
  help: 'Connection tracking, from /proc/sys/net/netfilter and /proc/net/stat/nf_conntrack.',
  flags: {},
  families: [...Object.values(gauge), ...Object.values(stat)],
  start: () => new Float64Array(mostColumns),
  collect({ host, out, state: sums }) {
    const read = (path: string): Words => {
      const content = host.procIfAny(path)
      if (content === undefined) throw new NoData('connections are not tracked')
      return new Words(content)
    }
    const count = read('sys/net/netfilter/nf_conntrack_count').number()
    out.add(gauge.node_nf_conntrack_entries, count)
    const limit = read('sys/net/netfilter/nf_conntrack_max').number()
    out.add(gauge.node_nf_conntrack_entries_limit, limit)
    sumLines(read('net/stat/nf_conntrack'), sums)
    for (const [column, declaration] of columns) out.add(declaration, sums[column] ?? 0)
  },
})

/** A line of headings, then one of hexadecimal numbers for each CPU. */
function sumLines(words: Words, sums: Float64Array): void {
  sums.fill(0)
  words.nextLine()
  for (; words.hasMore; words.nextLine()) {
    let column = 0
    for (; words.toWord(); column += 1) sums[column] = (sums[column] ?? 0) + words.hex()
    if (column < mostColumns - 1 || column > mostColumns) {
      throw new SyntaxError(`net/stat/nf_conntrack: expected 16 or 17 columns, got ${column}`)
    }
  }
}
