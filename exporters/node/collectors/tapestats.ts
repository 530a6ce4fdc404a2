/** What tape drives have read and written. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { listDevices, requiredCount } from '../sysfs.ts'

const root = 'class/scsi_tape'

const now = family('gauge', 'node_tape_io_now', 'Requests under way.', ['device'])
const counter = families('counter', ['device'], {
  node_tape_io_others_total: 'Requests other than reads and writes, such as rewinding.',
  node_tape_io_time_seconds_total: 'Seconds in which requests were under way.',
  node_tape_read_bytes_total: 'Bytes read.',
  node_tape_read_time_seconds_total: 'Seconds that reads took.',
  node_tape_reads_completed_total: 'Reads.',
  node_tape_residual_total: 'How often the drive gave less, or took less, than it was asked to.',
  node_tape_write_time_seconds_total: 'Seconds that writes took.',
  node_tape_writes_completed_total: 'Writes.',
  node_tape_written_bytes_total: 'Bytes written.',
})

const nanoseconds = 1e-9

const files: readonly (readonly [string, FamilyDeclaration<readonly ['device']>, number])[] = [
  ['in_flight', now, 1],
  ['io_ns', counter.node_tape_io_time_seconds_total, nanoseconds],
  ['other_cnt', counter.node_tape_io_others_total, 1],
  ['read_byte_cnt', counter.node_tape_read_bytes_total, 1],
  ['read_cnt', counter.node_tape_reads_completed_total, 1],
  ['read_ns', counter.node_tape_read_time_seconds_total, nanoseconds],
  ['resid_cnt', counter.node_tape_residual_total, 1],
  ['write_byte_cnt', counter.node_tape_written_bytes_total, 1],
  ['write_cnt', counter.node_tape_writes_completed_total, 1],
  ['write_ns', counter.node_tape_write_time_seconds_total, nanoseconds],
]

export default defineCollector({
  name: 'tapestats',
  enabled: true,
  help: 'Tape drives, from /sys/class/scsi_tape.',
  flags: { 'ignored-devices': { help: 'Regexp of the drives to leave out.', default: '^$' } },
  families: [now, ...Object.values(counter)],
  start: ({ regexp }) => ({ ignored: regexp('ignored-devices') }),
  collect({ host, out, state }) {
    for (const device of listDevices(host, root)) {
      // A drive has many names for its modes, and one by which it is counted.
      if (!/^st\d+$/.test(device) || state.ignored.test(device)) continue
      for (const [file, declaration, factor] of files) {
        out.add(
          declaration,
          requiredCount(host, `${root}/${device}/stats/${file}`) * factor,
          device,
        )
      }
    }
  },
})
