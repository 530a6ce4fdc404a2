/** Space, devices, counters and errors of bcachefs file systems. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { parseDecimalBytes } from '../bcache-numbers.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { listDevices, parseCount } from '../sysfs.ts'

const root = 'fs/bcachefs'

const gauge = families('gauge', ['uuid'], {
  node_bcachefs_btree_cache_size_bytes: 'Memory that the trees take, in bytes.',
  node_bcachefs_info: 'A file system, as a label.',
})
const compression = families('gauge', ['uuid', 'algorithm'], {
  node_bcachefs_compression_compressed_bytes: 'Bytes on disk of what an algorithm compressed.',
  node_bcachefs_compression_uncompressed_bytes: 'Bytes that these were before.',
})
const writeSize = families('gauge', ['uuid', 'type'], {
  node_bcachefs_btree_write_average_size_bytes: 'Bytes of a write to the trees, on average.',
})
const writes = families('counter', ['uuid', 'type'], {
  node_bcachefs_btree_writes_total: 'Writes to the trees, by what made them necessary.',
})
const errors = families('counter', ['uuid', 'error_type'], {
  node_bcachefs_errors_total: 'Errors found in the file system.',
})
const devices = families('gauge', ['uuid', 'device'], {
  node_bcachefs_device_bucket_size_bytes: 'Size of a bucket, in bytes.',
  node_bcachefs_device_buckets: 'Buckets of a device.',
  node_bcachefs_device_durability: 'For how many copies a copy on this device counts.',
})
const deviceInfo = family('gauge', 'node_bcachefs_device_info', 'A device, as labels.', [
  'uuid',
  'device',
  'label',
  'state',
])
const done = family(
  'counter',
  'node_bcachefs_device_io_done_bytes_total',
  'Bytes read and written, by what they were.',
  ['uuid', 'device', 'operation', 'data_type'],
)
const deviceErrors = family(
  'counter',
  'node_bcachefs_device_io_errors_total',
  'Errors of a device since the file system was made.',
  ['uuid', 'device', 'type'],
)
const counter = family('counter', 'node_bcachefs_<counter>_total', 'Counter <counter>.', ['uuid'])

type Place = { readonly host: Host; readonly out: Out; readonly uuid: string }

type Counters = Map<string, FamilyDeclaration<readonly ['uuid']>>

export default defineCollector({
  name: 'bcachefs',
  enabled: true,
  help: 'Bcachefs, from /sys/fs/bcachefs.',
  flags: {},
  families: [
    ...[gauge, compression, writeSize, writes, errors, devices].flatMap((group) =>
      Object.values(group),
    ),
    deviceInfo,
    done,
    deviceErrors,
    counter,
  ],
  start: (): Counters => new Map(),
  collect({ host, out, state }) {
    const names = listDevices(host, root).filter((name) => host.isSysFolder(`${root}/${name}`))
    if (names.length === 0) throw new NoData('no bcachefs is mounted')
    for (const uuid of names) {
      const place = { host, out, uuid }
      out.add(gauge.node_bcachefs_info, 1, uuid)
      addSummary(place)
      addCounters(place, state)
      for (const name of host.sysList(`${root}/${uuid}`)) {
        if (name.startsWith('dev-')) addDevice(place, name)
      }
    }
  },
})

function read({ host, uuid }: Place, path: string): string {
  return host.sysText(`${root}/${uuid}/${path}`) ?? ''
}

/** The words of the lines, without the colon that some have after the first. */
function table(place: Place, path: string): string[][] {
  const lines = read(place, path).split('\n')
  return lines.map((line) => line.replace(':', ' ').trim().split(/\s+/))
}

function addSummary(place: Place): void {
  const { out, uuid } = place
  const cache = read(place, 'btree_cache_size') || '0'
  const cacheBytes = parseDecimalBytes(cache, 'btree_cache_size')
  out.add(gauge.node_bcachefs_btree_cache_size_bytes, cacheBytes, uuid)
  for (const [name = '', packed, plain] of table(place, 'compression_stats').slice(1)) {
    if (packed === undefined || plain === undefined) continue
    const bytes = (text: string): number => parseDecimalBytes(text, 'compression_stats')
    out.add(compression.node_bcachefs_compression_compressed_bytes, bytes(packed), uuid, name)
    out.add(compression.node_bcachefs_compression_uncompressed_bytes, bytes(plain), uuid, name)
  }
  for (const [name = '', count] of table(place, 'errors')) {
    if (count === undefined) continue
    out.add(errors.node_bcachefs_errors_total, parseCount(count, 'errors'), uuid, name)
  }
  for (const [name = '', count, size] of table(place, 'btree_write_stats').slice(1)) {
    if (count === undefined || size === undefined) continue
    const bytes = parseDecimalBytes(size, 'btree_write_stats')
    const number = parseCount(count, 'btree_write_stats')
    out.add(writes.node_bcachefs_btree_writes_total, number, uuid, name)
    out.add(writeSize.node_bcachefs_btree_write_average_size_bytes, bytes, uuid, name)
  }
}

function addCounters(place: Place, declared: Counters): void {
  const { host, out, uuid } = place
  for (const file of host.sysList(`${root}/${uuid}/counters`)) {
    const path = `counters/${file}`
    if (host.isSysFolder(`${root}/${uuid}/${path}`)) continue
    const text = read(place, path)
    const [, sinceCreation] = /^since filesystem creation:\s*(\S+)/m.exec(text) ?? []
    if (sinceCreation === undefined && !/^since mount:/m.test(text)) {
      throw new SyntaxError(`${path}: expected "since filesystem creation:", got ${quote(text)}`)
    }
    const value = parseDecimalBytes(sinceCreation ?? '0', path)
    out.add(declare(declared, file), value, uuid)
  }
}

function declare(declared: Counters, file: string): FamilyDeclaration<readonly ['uuid']> {
  let declaration = declared.get(file)
  if (declaration === undefined) {
    const name = file.replace(/_*[^0-9A-Za-z_]+_*/g, '_')
    const metric = `node_bcachefs_${name}_total`
    declaration = family('counter', metric, `Counter ${name} of bcachefs.`, ['uuid'])
    declared.set(file, declaration)
  }
  return declaration
}

function addDevice(place: Place, folder: string): void {
  const { out, uuid } = place
  const device = folder.slice('dev-'.length)
  const text = (file: string): string => read(place, `${folder}/${file}`)
  out.add(deviceInfo, 1, uuid, device, text('label'), text('state'))
  const bucket = parseDecimalBytes(text('bucket_size') || '0', 'bucket_size')
  out.add(devices.node_bcachefs_device_bucket_size_bytes, bucket, uuid, device)
  const buckets = parseCount(text('nbuckets') || '0', 'nbuckets')
  out.add(devices.node_bcachefs_device_buckets, buckets, uuid, device)
  const durability = parseCount(text('durability') || '0', 'durability')
  out.add(devices.node_bcachefs_device_durability, durability, uuid, device)
  let operation = ''
  for (const [name = '', bytes] of table(place, `${folder}/io_done`)) {
    if (bytes === undefined) operation = name
    else out.add(done, parseCount(bytes, 'io_done'), uuid, device, operation, name)
  }
  const [, sinceCreation = ''] = text('io_errors').split(/^IO errors since filesystem creation.*$/m)
  const [section = ''] = sinceCreation.split(/^IO errors/m)
  for (const [, type = '', count = ''] of section.matchAll(/^\s*(\w+)\s*:\s*(\S+)$/gm)) {
    out.add(deviceErrors, parseCount(count, 'io_errors'), uuid, device, type)
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
