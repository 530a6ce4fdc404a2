/** What ZFS tells of its caches, its pools and their datasets. */

import { family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

const folder = 'spl/kstat/zfs'

/** The files about all of ZFS and the part of the families' names that stands for each. */
const files = [
  ['abdstats', 'abd'],
  ['arcstats', 'arc'],
  ['dbufstats', 'dbuf'],
  ['dmu_tx', 'dmu_tx'],
  ['dnodestats', 'dnode'],
  ['fm', 'fm'],
  ['vdev_cache_stats', 'vdev_cache'],
  ['vdev_mirror_stats', 'vdev_mirror'],
  ['xuio_stats', 'xuio'],
  ['zfetchstats', 'zfetch'],
  ['zil', 'zil'],
] as const

const poolState = family('gauge', 'node_zfs_zpool_state', 'Whether a pool is in this state.', [
  'zpool',
  'state',
])
const states = ['online', 'degraded', 'faulted', 'offline', 'removed', 'unavail', 'suspended']

/** Types of a row that are numbers: int64 and uint64. */
const numericTypes = ['3', '4']

/** Columns of a pool's io file. */
const ioColumns = 12

export default defineCollector({
  name: 'zfs',
  enabled: true,
  help: 'Statistics of ZFS, from /proc/spl/kstat/zfs.',
  flags: {},
  families: [
    kstatFamily('<kstat>', '<field>'),
    poolFamily('<field>'),
    datasetFamily('<field>'),
    poolState,
  ],
  start: ({ out }) => ({
    kstats: files.map(([file, kstat]) => ({
      path: `${folder}/${file}`,
      rows: new KeyTable((field) => out.series(kstatFamily(kstat, field))),
    })),
    datasetFields: new KeyTable(datasetFamily),
  }),
  collect({ host, out, state }) {
    const names = host.procList(folder)
    if (names === undefined) throw new NoData('ZFS is not loaded')
    for (const { path, rows } of state.kstats) {
      const content = host.procIfAny(path) // which there are depends on the version
      if (content !== undefined) readKstat(new Words(content), rows, path)
    }
    for (const pool of names) addPool(pool, host, out, state.datasetFields)
  },
})

function kstatFamily(kstat: string, field: string) {
  const name = `node_zfs_${kstat}_${field.replaceAll('-', '_')}`
  return family('unknown', name, `Field ${field} of the kstat ${kstat} of ZFS.`, [])
}

function poolFamily(field: string) {
  return family('unknown', `node_zfs_zpool_${field}`, `Field ${field} of a pool's I/O.`, ['zpool'])
}

function datasetFamily(field: string) {
  const name = `node_zfs_zpool_dataset_${field}`
  return family('unknown', name, `Field ${field} of a dataset.`, ['zpool', 'dataset'])
}

/** The family of each field: there may be thousands of datasets. */
type DatasetFields = KeyTable<ReturnType<typeof datasetFamily>>

/** Goes behind the line of headings, `name type data`. */
function toRows(words: Words, path: string): void {
  for (; words.hasMore; words.nextLine()) {
    if (words.word() !== 'name' || words.word() !== 'type' || words.word() !== 'data') continue
    words.nextLine()
    return
  }
  throw new SyntaxError(`${path}: expected a line "name type data"`)
}

function readKstat(words: Words, rows: KeyTable<Series>, path: string): void {
  toRows(words, path)
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    const start = words.at
    const end = words.toWordEnd()
    if (numericTypes.includes(words.word())) rows.at(words.bytes, start, end).set(words.number())
  }
}

/** A folder is a pool; files give nothing, for there is nothing under them. */
function addPool(pool: string, host: Host, out: Out, fields: DatasetFields): void {
  const path = `${folder}/${pool}`
  const io = host.procIfAny(`${path}/io`)
  if (io !== undefined) addIo(new Words(io), pool, out)
  const state = host.procIfAny(`${path}/state`)?.toString().trim().toLowerCase()
  if (state !== undefined) {
    for (const name of states) out.add(poolState, name === state ? 1 : 0, pool, name)
  }
  for (const file of host.procListOnce(path)) {
    if (!file.startsWith('objset-')) continue
    const content = host.procIfAny(`${path}/${file}`)
    if (content === undefined) continue
    const words = new Words(content)
    toRows(words, `${path}/${file}`)
    addDataset(words, pool, fields, out)
  }
}

/** A line of names, then one of numbers. */
function addIo(words: Words, pool: string, out: Out): void {
  const names: string[] = []
  for (; words.hasMore; words.nextLine()) {
    if (names.length > 0) {
      for (const name of names) out.add(poolFamily(name), words.number(), pool)
      return
    }
    if (!words.startsWith('nread')) continue
    while (words.toWord()) names.push(words.word())
    if (names.length < ioColumns) names.length = 0
  }
  throw new SyntaxError(`${folder}/${pool}/io: expected a line of names that begins with nread`)
}

function addDataset(words: Words, pool: string, fields: DatasetFields, out: Out): void {
  let dataset = ''
  for (; words.hasMore; words.nextLine()) {
    if (!words.toWord()) continue
    const start = words.at
    const isName = words.startsWith('dataset_name')
    const end = words.toWordEnd()
    const type = words.word()
    if (isName) dataset = words.rest()
    else if (type === '4') {
      out.add(fields.at(words.bytes, start, end), words.number(), pool, dataset)
    }
  }
}
