/** Kernel samepage merging: equal pages of different processes kept once. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

const scans = family('counter', 'node_ksmd_full_scans_total', 'Scans of all areas.', [])
const gauge = families('gauge', [], {
  node_ksmd_general_profit_bytes: 'Memory saved less the memory that merging takes.',
  node_ksmd_merge_across_nodes: 'Whether pages of different NUMA nodes are merged.',
  node_ksmd_pages_shared: 'Shared pages in use.',
  node_ksmd_pages_sharing: 'Uses of the shared pages beyond the first.',
  node_ksmd_pages_to_scan: 'Pages to scan before sleeping.',
  node_ksmd_pages_unshared: 'Pages that are unlike any other but are checked again and again.',
  node_ksmd_pages_volatile: 'Pages that change too fast.',
  node_ksmd_run: '0 stopped, 1 running, 2 stopped and all pages unmerged.',
  node_ksmd_sleep_seconds: 'Sleep between two scans.',
})

/** The files, the family of each and what a unit is worth. */
const files = [
  ['full_scans', scans, 1],
  ['general_profit', gauge.node_ksmd_general_profit_bytes, 1],
  ['merge_across_nodes', gauge.node_ksmd_merge_across_nodes, 1],
  ['pages_shared', gauge.node_ksmd_pages_shared, 1],
  ['pages_sharing', gauge.node_ksmd_pages_sharing, 1],
  ['pages_to_scan', gauge.node_ksmd_pages_to_scan, 1],
  ['pages_unshared', gauge.node_ksmd_pages_unshared, 1],
  ['pages_volatile', gauge.node_ksmd_pages_volatile, 1],
  ['run', gauge.node_ksmd_run, 1],
  ['sleep_millisecs', gauge.node_ksmd_sleep_seconds, 1000],
] as const

export default defineCollector({
  name: 'ksmd',
  enabled: false,
  help: 'Merging of equal pages, from /sys/kernel/mm/ksm.',
  flags: {},
  families: [scans, ...Object.values(gauge)],
  collect({ host, out }) {
    for (const [file, declaration, unitsPerOne] of files) {
      const content = host.sysIfAny(`kernel/mm/ksm/${file}`)
      if (content !== undefined) out.add(declaration, new Words(content).number() / unitsPerOne)
    }
  },
})
