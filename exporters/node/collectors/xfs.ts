/** What XFS file systems have done. */

import { type FamilyDeclaration, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { Words } from '../words.ts'

const root = 'fs/xfs'

const labels = ['device'] as const

type Line = {
  /** How many numbers the line may have; another count is a format that we do not know. */
  readonly counts: readonly number[]
  readonly declarations: readonly FamilyDeclaration<typeof labels>[]
}

/** A line of the file: its families in the order of its numbers. */
function line(about: string, names: readonly string[], counts = [names.length]): Line {
  const declarations = names.map((name) => {
    const what = name.slice(name.lastIndexOf('.') + 1).replaceAll('_', ' ')
    const help = `${about}: ${what}.`
    return family('counter', `node_xfs_${name.replace('.', '_')}_total`, help, labels)
  })
  return { counts, declarations }
}

const btree = ['lookups', 'compares', 'records_inserted', 'records_deleted']

const lines: Readonly<Record<string, Line>> = {
  extent_alloc: line('Extents given out and taken back', [
    'extent_allocation.extents_allocated',
    'extent_allocation.blocks_allocated',
    'extent_allocation.extents_freed',
    'extent_allocation.blocks_freed',
  ]),
  abt: line(
    'The tree of free space',
    btree.map((name) => `allocation_btree.${name}`),
  ),
  blk_map: line('Maps of the blocks of files', [
    'block_mapping.reads',
    'block_mapping.writes',
    'block_mapping.unmaps',
    'block_mapping.extent_list_insertions',
    'block_mapping.extent_list_deletions',
    'block_mapping.extent_list_lookups',
    'block_mapping.extent_list_compares',
  ]),
  bmbt: line(
    'The tree of a file with many extents',
    btree.map((name) => `block_map_btree.${name}`),
  ),
  dir: line('Operations on folders', [
    'directory_operation.lookup',
    'directory_operation.create',
    'directory_operation.remove',
    'directory_operation.getdents',
  ]),
  ig: line('Inodes asked of the cache', [
    'inode_operation.attempts',
    'inode_operation.found',
    'inode_operation.recycled',
    'inode_operation.missed',
    'inode_operation.duplicates',
    'inode_operation.reclaims',
    'inode_operation.attribute_changes',
  ]),
  rw: line('System calls on files', ['write_calls', 'read_calls']),
  vnodes: line(
    'Vnodes',
    [
      'vnode.active',
      'vnode.allocate',
      'vnode.get',
      'vnode.hold',
      'vnode.release',
      'vnode.reclaim',
      'vnode.remove',
    ],
    [7, 8], // the eighth, free, is not shown
  ),
}

export default defineCollector({
  name: 'xfs',
  enabled: true,
  help: 'Statistics of XFS, from /sys/fs/xfs.',
  flags: {},
  families: Object.values(lines).flatMap(({ declarations }) => declarations),
  collect({ host, out }) {
    for (const device of host.sysList(root)) {
      const content = host.sysIfAny(`${root}/${device}/stats/stats`)
      if (content !== undefined) addDevice(out, device, content)
    }
  },
})

function addDevice(out: Out, device: string, content: Buffer): void {
  for (const words = new Words(content); words.hasMore; words.nextLine()) {
    const name = words.word()
    const known = Object.hasOwn(lines, name) ? lines[name] : undefined
    if (known === undefined) continue // kernels add lines
    const numbers: number[] = []
    while (words.toWord()) numbers.push(words.number())
    if (!known.counts.includes(numbers.length)) {
      throw new SyntaxError(
        `stats of ${device}: expected ${known.counts.join(' or ')} numbers after ${name}, got ${numbers.length}`,
      )
    }
    for (const [index, declaration] of known.declarations.entries()) {
      out.add(declaration, numbers[index] ?? 0, device)
    }
  }
}
