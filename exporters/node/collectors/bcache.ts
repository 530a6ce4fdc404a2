/** Disks with a faster disk as their cache: hits, misses, what is still to be written. */

import { families } from '../../../shared/exposition/declare.ts'
import { parseHumanBytes } from '../bcache-numbers.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { optionalCount } from '../sysfs.ts'

const root = 'fs/bcache'

const sets = families('gauge', ['uuid'], {
  node_bcache_active_journal_entries: 'Entries of the journal that are newer than the tree.',
  node_bcache_average_key_size_sectors: 'Data for each key of the tree, in sectors.',
  node_bcache_btree_cache_size_bytes: 'Memory that the tree takes, in bytes.',
  node_bcache_btree_nodes: 'Nodes of the tree.',
  node_bcache_btree_read_average_duration_seconds:
    'Time to read a node; see the docs for the unit.',
  node_bcache_cache_available_percent: 'How much of the cache could be used for other data.',
  node_bcache_congested: 'How much the cache device is overloaded.',
  node_bcache_root_usage_percent: 'How much of the root of the tree is in use.',
  node_bcache_tree_depth: 'Depth of the tree; 0 is a root alone.',
})
const races = families('counter', ['uuid'], {
  node_bcache_cache_read_races_total: 'Reads whose place in the cache was given away meanwhile.',
})
const backing = families('counter', ['backing_device', 'uuid'], {
  node_bcache_bypassed_bytes_total: 'Bytes that went past the cache.',
  node_bcache_cache_bypass_hits_total: 'Hits of requests that were to go past the cache.',
  node_bcache_cache_bypass_misses_total: 'Misses of such requests.',
  node_bcache_cache_hits_total: 'Hits.',
  node_bcache_cache_miss_collisions_total: 'Misses whose data somebody else had written meanwhile.',
  node_bcache_cache_misses_total: 'Misses.',
  node_bcache_cache_readaheads_total: 'How often data was read before it was asked for.',
})
const writeback = families('gauge', ['backing_device', 'uuid'], {
  node_bcache_dirty_data_bytes: 'Data that is only in the cache, in bytes.',
  node_bcache_dirty_target_bytes: 'How much such data there should be, in bytes.',
  node_bcache_writeback_change: 'By how much the rate changed last.',
  node_bcache_writeback_rate: 'Bytes a second that are written back.',
  node_bcache_writeback_rate_integral_term: 'The integral term of the controller of that rate.',
  node_bcache_writeback_rate_proportional_term: 'The proportional term of it.',
})
const errors = families('gauge', ['cache_device', 'uuid'], {
  node_bcache_io_errors: 'Errors of the cache device; they are forgotten with time.',
})
const written = families('counter', ['cache_device', 'uuid'], {
  node_bcache_metadata_written_bytes_total: 'Bytes written that were no data.',
  node_bcache_written_bytes_total: 'Bytes written.',
})
const priorities = families('gauge', ['cache_device', 'uuid'], {
  node_bcache_priority_stats_metadata_percent: 'How much of the cache is no data, in percent.',
  node_bcache_priority_stats_unused_percent: 'How much of the cache is empty, in percent.',
})

export default defineCollector({
  name: 'bcache',
  enabled: true,
  help: 'Bcache, from /sys/fs/bcache.',
  flags: {
    'priority-stats': {
      help: 'Show priority_stats too, which are expensive to make.',
      default: false,
      fullName: 'bcache.priorityStats',
    },
  },
  families: [sets, races, backing, writeback, errors, written, priorities].flatMap((group) =>
    Object.values(group),
  ),
  collect({ host, out, flags }) {
    for (const uuid of host.sysList(root)) {
      if (!uuid.includes('-')) continue
      addSet(host, out, uuid)
      for (const name of host.sysList(`${root}/${uuid}`)) {
        if (/^bdev\d/.test(name)) addBacking(host, out, uuid, name)
        if (/^cache\d/.test(name)) addCache(host, out, uuid, name, flags['priority-stats'])
      }
    }
  },
})

/** What is missing counts as 0, as in the original. */
function count(host: Host, path: string): number {
  return optionalCount(host, `${root}/${path}`) ?? 0
}

function bytes(host: Host, path: string): number {
  return parseHumanBytes(host.sysText(`${root}/${path}`) ?? '0', path)
}

function addSet(host: Host, out: Out, uuid: string): void {
  out.add(sets.node_bcache_average_key_size_sectors, bytes(host, `${uuid}/average_key_size`), uuid)
  out.add(sets.node_bcache_btree_cache_size_bytes, bytes(host, `${uuid}/btree_cache_size`), uuid)
  const counts = [
    ['cache_available_percent', sets.node_bcache_cache_available_percent],
    ['congested', sets.node_bcache_congested],
    ['root_usage_percent', sets.node_bcache_root_usage_percent],
    ['tree_depth', sets.node_bcache_tree_depth],
    ['internal/active_journal_entries', sets.node_bcache_active_journal_entries],
    ['internal/btree_nodes', sets.node_bcache_btree_nodes],
    ['internal/cache_read_races', races.node_bcache_cache_read_races_total],
  ] as const
  for (const [file, declaration] of counts) {
    out.add(declaration, count(host, `${uuid}/${file}`), uuid)
  }
  // The file is in microseconds; dashboards know the original's number, which takes it for nanoseconds.
  const duration = count(host, `${uuid}/internal/btree_read_average_duration_us`) * 1e-9
  out.add(sets.node_bcache_btree_read_average_duration_seconds, duration, uuid)
}

function addBacking(host: Host, out: Out, uuid: string, device: string): void {
  const folder = `${uuid}/${device}`
  const at = [device, uuid] as const
  const rates = parseRates(host.sysText(`${root}/${folder}/writeback_rate_debug`) ?? '', folder)
  out.add(writeback.node_bcache_dirty_data_bytes, bytes(host, `${folder}/dirty_data`), ...at)
  const terms = [
    ['target', writeback.node_bcache_dirty_target_bytes],
    ['rate', writeback.node_bcache_writeback_rate],
    ['proportional', writeback.node_bcache_writeback_rate_proportional_term],
    ['integral', writeback.node_bcache_writeback_rate_integral_term],
    ['change', writeback.node_bcache_writeback_change],
  ] as const
  for (const [name, declaration] of terms) out.add(declaration, rates.get(name) ?? 0, ...at)
  const bypassed = bytes(host, `${folder}/stats_total/bypassed`)
  out.add(backing.node_bcache_bypassed_bytes_total, bypassed, ...at)
  const counts = [
    ['cache_bypass_hits', backing.node_bcache_cache_bypass_hits_total],
    ['cache_bypass_misses', backing.node_bcache_cache_bypass_misses_total],
    ['cache_hits', backing.node_bcache_cache_hits_total],
    ['cache_miss_collisions', backing.node_bcache_cache_miss_collisions_total],
    ['cache_misses', backing.node_bcache_cache_misses_total],
  ] as const
  for (const [file, declaration] of counts) {
    out.add(declaration, count(host, `${folder}/stats_total/${file}`), ...at)
  }
  // Kernels from 5.19 on do not count them.
  const readaheads = count(host, `${folder}/stats_total/cache_readaheads`)
  if (readaheads !== 0) out.add(backing.node_bcache_cache_readaheads_total, readaheads, ...at)
}

/** Lines such as `change:  -321.5k/sec`. */
function parseRates(text: string, path: string): Map<string, number> {
  const rates = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] = /^(\w+):\s*(\S+?)(?:\/sec)?\s*$/.exec(line) ?? []
    if (name !== '') rates.set(name, parseHumanBytes(value, path))
  }
  return rates
}

function addCache(host: Host, out: Out, uuid: string, device: string, withPriority: boolean): void {
  const folder = `${uuid}/${device}`
  const at = [device, uuid] as const
  out.add(errors.node_bcache_io_errors, count(host, `${folder}/io_errors`), ...at)
  const metadata = bytes(host, `${folder}/metadata_written`)
  out.add(written.node_bcache_metadata_written_bytes_total, metadata, ...at)
  out.add(written.node_bcache_written_bytes_total, bytes(host, `${folder}/written`), ...at)
  if (!withPriority) return
  const text = host.sysText(`${root}/${folder}/priority_stats`) ?? ''
  const percent = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)%`, 'm').exec(text)?.[1] ?? 0)
  out.add(priorities.node_bcache_priority_stats_unused_percent, percent('Unused'), ...at)
  out.add(priorities.node_bcache_priority_stats_metadata_percent, percent('Metadata'), ...at)
}
