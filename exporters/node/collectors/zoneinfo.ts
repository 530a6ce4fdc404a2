/** Pages of each zone of memory, by what they are used for. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { Words } from '../words.ts'

const gauge = families('gauge', ['node', 'zone'], {
  node_zoneinfo_nr_free_pages: 'Free pages.',
  node_zoneinfo_min_pages: 'Free pages below which allocations wait for reclaim.',
  node_zoneinfo_low_pages: 'Free pages below which reclaim begins.',
  node_zoneinfo_high_pages: 'Free pages above which reclaim ends.',
  node_zoneinfo_scanned_pages: 'Pages scanned since the last reclaim.',
  node_zoneinfo_spanned_pages: 'Pages that the zone spans, holes included.',
  node_zoneinfo_present_pages: 'Pages that are there.',
  node_zoneinfo_managed_pages: 'Pages that the buddy allocator manages.',
  node_zoneinfo_nr_active_anon_pages: 'Anonymous pages used lately.',
  node_zoneinfo_nr_inactive_anon_pages: 'Anonymous pages not used lately.',
  node_zoneinfo_nr_isolated_anon_pages: 'Anonymous pages taken off the lists.',
  node_zoneinfo_nr_anon_pages: 'Anonymous pages that are mapped.',
  node_zoneinfo_nr_anon_transparent_hugepages: 'Anonymous transparent huge pages.',
  node_zoneinfo_nr_active_file_pages: 'File pages used lately.',
  node_zoneinfo_nr_inactive_file_pages: 'File pages not used lately.',
  node_zoneinfo_nr_isolated_file_pages: 'File pages taken off the lists.',
  node_zoneinfo_nr_file_pages: 'File pages.',
  node_zoneinfo_nr_slab_reclaimable_pages: 'Slab pages that can be reclaimed.',
  node_zoneinfo_nr_slab_unreclaimable_pages: 'Slab pages that cannot be reclaimed.',
  node_zoneinfo_nr_mlock_stack_pages: 'Locked pages.',
  node_zoneinfo_nr_kernel_stacks: 'Kernel stacks, in kibibytes.',
  node_zoneinfo_nr_mapped_pages: 'File pages that are mapped.',
  node_zoneinfo_nr_dirty_pages: 'Dirty pages.',
  node_zoneinfo_nr_writeback_pages: 'Pages being written back.',
  node_zoneinfo_nr_unevictable_pages: 'Pages that cannot be evicted.',
  node_zoneinfo_nr_shmem_pages: 'Shared memory pages.',
})
const counter = families('counter', ['node', 'zone'], {
  node_zoneinfo_nr_dirtied_total: 'Pages that became dirty.',
  node_zoneinfo_nr_written_total: 'Pages written.',
  node_zoneinfo_numa_hit_total: 'Allocations on the intended node.',
  node_zoneinfo_numa_miss_total: 'Allocations here that were meant for another node.',
  node_zoneinfo_numa_foreign_total: 'Allocations elsewhere that were meant for this node.',
  node_zoneinfo_numa_interleave_total: 'Interleaved allocations on the intended node.',
  node_zoneinfo_numa_local_total: 'Allocations by processes of this node.',
  node_zoneinfo_numa_other_total: 'Allocations by processes of another node.',
})

/** What stands in a line for each family: its name, less `_pages` or `_total` but for a few. */
const keys = new Map<string, Declaration>([
  ...[...Object.values(gauge), ...Object.values(counter)].map(
    (declaration) =>
      [declaration.name.replace(/^node_zoneinfo_|_(pages|total)$/g, ''), declaration] as const,
  ),
  ['nr_free_pages', gauge.node_zoneinfo_nr_free_pages],
  ['nr_anon_pages', gauge.node_zoneinfo_nr_anon_pages],
  ['nr_file_pages', gauge.node_zoneinfo_nr_file_pages],
  ['nr_kernel_stack', gauge.node_zoneinfo_nr_kernel_stacks],
])

type Declaration = (typeof gauge)[keyof typeof gauge] | (typeof counter)[keyof typeof counter]

export default defineCollector({
  name: 'zoneinfo',
  enabled: false,
  help: 'Zones of memory, from /proc/zoneinfo.',
  flags: {},
  families: [...Object.values(gauge), ...Object.values(counter), protectionFamily('<index>')],
  collect({ host, out }) {
    const words = new Words(host.proc('zoneinfo'))
    let zone: readonly [node: string, zone: string] | undefined
    for (; words.hasMore; words.nextLine()) {
      const key = words.word()
      if (key === 'Node') zone = readZone(words)
      else if (zone !== undefined) addLine(key, words, zone, out)
    }
  },
})

function protectionFamily(index: string) {
  const name = `node_zoneinfo_protection_${index}`
  return family('gauge', name, `Pages kept from allocations for zone ${index}.`, ['node', 'zone'])
}

/** `Node 0, zone      DMA`. */
function readZone(words: Words): readonly [string, string] {
  const [, node, zone] = /^(\d+), zone +(\S+)$/.exec(words.rest()) ?? []
  if (node === undefined || zone === undefined) {
    throw new SyntaxError('zoneinfo: expected a node and its zone behind Node')
  }
  return [node, zone]
}

function addLine(key: string, words: Words, zone: readonly [string, string], out: Out): void {
  const declaration = keys.get(key)
  if (declaration !== undefined) out.add(declaration, words.number(), ...zone)
  if (key !== 'protection:') return
  const values = words.rest().replace(/^\(|\)$/g, '')
  for (const [index, text] of values.split(', ').entries()) {
    if (!/^\d+$/.test(text)) {
      throw new SyntaxError(`zoneinfo: expected numbers behind protection, got ${values}`)
    }
    out.add(protectionFamily(`${index}`), Number(text), ...zone)
  }
}
