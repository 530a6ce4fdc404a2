/** Reads, writes and queues of the block devices, and what the udev database knows of them. */

import { families, family } from '../../../shared/exposition/declare.ts'
import type { Series } from '../../../shared/exposition/registry.ts'
import { type CollectorLog, defineCollector, type Out } from '../collector.ts'
import { includeExclude } from '../include-exclude.ts'
import { KeyTable } from '../key-table.ts'
import { Words } from '../words.ts'

const counter = families('counter', ['device'], {
  node_disk_reads_completed_total: 'Reads completed.',
  node_disk_reads_merged_total: 'Reads merged with an adjacent one.',
  node_disk_read_bytes_total: 'Bytes read.',
  node_disk_read_time_seconds_total: 'Seconds spent by all reads together.',
  node_disk_writes_completed_total: 'Writes completed.',
  node_disk_writes_merged_total: 'Writes merged with an adjacent one.',
  node_disk_written_bytes_total: 'Bytes written.',
  node_disk_write_time_seconds_total: 'Seconds spent by all writes together.',
  node_disk_io_time_seconds_total: 'Seconds in which any I/O was under way.',
  node_disk_io_time_weighted_seconds_total: 'Seconds of I/O under way times how many were.',
  node_disk_discards_completed_total: 'Discards completed.',
  node_disk_discards_merged_total: 'Discards merged with an adjacent one.',
  node_disk_discarded_sectors_total: 'Sectors discarded.',
  node_disk_discard_time_seconds_total: 'Seconds spent by all discards together.',
  node_disk_flush_requests_total: 'Flush requests completed.',
  node_disk_flush_requests_time_seconds_total: 'Seconds spent by all flush requests together.',
})
const gauge = families('gauge', ['device'], {
  node_disk_io_now: 'I/O requests under way.',
  node_disk_ata_rotation_rate_rpm: 'Turns a minute of an ATA disk, 0 for one without a spindle.',
  node_disk_ata_write_cache: 'Whether an ATA disk has a write cache.',
  node_disk_ata_write_cache_enabled: 'Whether the write cache of an ATA disk is on.',
})
const diskInfo = family('gauge', 'node_disk_info', 'A block device, as labels.', [
  'device',
  'major',
  'minor',
  'path',
  'wwn',
  'model',
  'serial',
  'revision',
  'rotational',
])
const filesystemInfo = family(
  'gauge',
  'node_disk_filesystem_info',
  'The file system on a block device, as labels.',
  ['device', 'type', 'usage', 'uuid', 'version'],
)
const mapperInfo = family(
  'gauge',
  'node_disk_device_mapper_info',
  'What the device mapper says of a block device, as labels.',
  ['device', 'name', 'uuid', 'vg_name', 'lv_name', 'lv_layer'],
)

/** The kernel counts in these units whatever the device's own are. */
const sectorBytes = 512
const millisecond = 0.001

/**
 * The columns behind the name and what a unit of each is worth; old kernels have the first 11 or 15.
 * https://docs.kernel.org/admin-guide/iostats.html
 */
const columns = [
  [counter.node_disk_reads_completed_total, 1],
  [counter.node_disk_reads_merged_total, 1],
  [counter.node_disk_read_bytes_total, sectorBytes],
  [counter.node_disk_read_time_seconds_total, millisecond],
  [counter.node_disk_writes_completed_total, 1],
  [counter.node_disk_writes_merged_total, 1],
  [counter.node_disk_written_bytes_total, sectorBytes],
  [counter.node_disk_write_time_seconds_total, millisecond],
  [gauge.node_disk_io_now, 1],
  [counter.node_disk_io_time_seconds_total, millisecond],
  [counter.node_disk_io_time_weighted_seconds_total, millisecond],
  [counter.node_disk_discards_completed_total, 1],
  [counter.node_disk_discards_merged_total, 1],
  [counter.node_disk_discarded_sectors_total, 1],
  [counter.node_disk_discard_time_seconds_total, millisecond],
  [counter.node_disk_flush_requests_total, 1],
  [counter.node_disk_flush_requests_time_seconds_total, millisecond],
] as const

const fewestColumns = 11

type Disk = {
  readonly name: string
  readonly isIgnored: boolean
  readonly columns: readonly Series[]
  /** What the series below were made from; made anew when it changes. */
  origin: string
  udev: string | undefined
  fixed: readonly (readonly [series: Series, value: number])[]
}

export default defineCollector({
  name: 'diskstats',
  enabled: true,
  help: 'Block device statistics, from /proc/diskstats and the udev database.',
  flags: {
    'device-include': { help: 'Regexp of the devices to show.', default: '' },
    'device-exclude': {
      help: 'Regexp of the devices to leave out.',
      default: '^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$',
    },
    'ignored-devices': { help: 'Old name of device-exclude.', default: '', hidden: true },
  },
  families: [
    ...Object.values(counter),
    ...Object.values(gauge),
    diskInfo,
    filesystemInfo,
    mapperInfo,
  ],
  start(context) {
    const { host, log, out } = context
    const ignores = includeExclude(context, {
      include: 'device-include',
      exclude: 'device-exclude',
      oldExclude: 'ignored-devices',
    })
    const hasUdev = host.hasUdevData()
    // In containers it is never there; the original complains at error level, and users about that.
    if (!hasUdev) log.info('No udev database, so disks have no model, serial or file system labels')
    return {
      hasUdev,
      disks: new KeyTable((name) => declareDisk(name, ignores(name), out)),
      values: new Float64Array(columns.length),
    }
  },
  collect({ host, log, out, state: { disks, hasUdev, values } }) {
    const words = new Words(host.procShared('diskstats'))
    disks.begin()
    for (; words.hasMore; words.nextLine()) {
      if (!words.toWord()) continue
      const number = `${words.number()}:${words.number()}`
      words.toWord()
      const start = words.at
      const disk = disks.at(words.bytes, start, words.toWordEnd())
      if (disk.isIgnored || !readColumns(words, disk.columns, values)) continue
      const udev = hasUdev ? host.udevBlockDevice(number) : undefined
      const isRotational = host.sysAttribute(`block/${disk.name}/queue/rotational`) === '1'
      const origin = `${number} ${isRotational ? '1' : '0'}`
      if (disk.origin !== origin || disk.udev !== udev) {
        Object.assign(disk, {
          origin,
          udev,
          fixed: declareFixed(disk.name, origin, udev, out, log),
        })
      }
      for (const [series, value] of disk.fixed) series.set(value)
    }
    disks.forgetUnseen()
  },
})

function declareDisk(name: string, isIgnored: boolean, out: Out): Disk {
  const series = isIgnored ? [] : columns.map(([declaration]) => out.series(declaration, name))
  return { name, isIgnored, columns: series, origin: '', udev: undefined, fixed: [] }
}

/** False for a line that does not even have the oldest columns, as kernel 2.6 had for partitions. */
function readColumns(words: Words, series: readonly Series[], values: Float64Array): boolean {
  let count = 0
  while (count < columns.length && words.toWord()) {
    values[count] = words.number()
    count += 1
  }
  if (count < fewestColumns) return false
  for (let column = 0; column < count; column += 1) {
    series[column]?.set((values[column] ?? 0) * (columns[column]?.[1] ?? 1))
  }
  return true
}

/** The series that stay as they are until udev or the kernel say something else of the device. */
function declareFixed(
  device: string,
  origin: string,
  udevText: string | undefined,
  out: Out,
  log: CollectorLog,
): [Series, number][] {
  const [, major = '', minor = '', rotational = ''] = /^(\d+):(\d+) ([01])$/.exec(origin) ?? []
  const udev = parseUdev(udevText ?? '')
  const label = (key: string): string => udev.get(key) ?? ''
  const serial = label('SCSI_IDENT_SERIAL') || label('ID_SERIAL_SHORT') || label('ID_SERIAL')
  const path = label('ID_PATH')
  const wwn = label('ID_WWN')
  const model = label('ID_MODEL')
  const revision = label('ID_REVISION')
  const fixed: [Series, number][] = [
    [out.series(diskInfo, device, major, minor, path, wwn, model, serial, revision, rotational), 1],
  ]
  const fsType = label('ID_FS_TYPE')
  if (fsType !== '') {
    const labels = [label('ID_FS_USAGE'), label('ID_FS_UUID'), label('ID_FS_VERSION')] as const
    fixed.push([out.series(filesystemInfo, device, fsType, ...labels), 1])
  }
  const mapperName = label('DM_NAME')
  if (mapperName !== '') {
    const labels = [label('DM_VG_NAME'), label('DM_LV_NAME'), label('DM_LV_LAYER')] as const
    fixed.push([out.series(mapperInfo, device, mapperName, label('DM_UUID'), ...labels), 1])
  }
  if (label('ID_ATA') === '') return fixed
  for (const [key, declaration] of ataKeys) {
    const text = udev.get(key)
    const value = Number(text || Number.NaN)
    if (!Number.isNaN(value)) fixed.push([out.series(declaration, device), value])
    else if (text !== undefined) log.error('udev value is not a number', { device, key, text })
  }
  return fixed
}

const ataKeys = [
  ['ID_ATA_WRITE_CACHE', gauge.node_disk_ata_write_cache],
  ['ID_ATA_WRITE_CACHE_ENABLED', gauge.node_disk_ata_write_cache_enabled],
  ['ID_ATA_ROTATION_RATE_RPM', gauge.node_disk_ata_rotation_rate_rpm],
] as const

/** The properties of a udev database file, lines `E:KEY=VALUE`. */
function parseUdev(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=')
    if (!line.startsWith('E:') || equals < 0) continue
    properties.set(line.slice('E:'.length, equals), line.slice(equals + 1))
  }
  return properties
}
