/** What the NFS client counts for each mount. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import { parseMountInfo } from '../mountinfo.ts'
import { type NfsMount, parseMountstats } from '../mountstats.ts'

const mountLabels = ['export', 'protocol', 'mountaddr'] as const

const age = family(
  'counter',
  'node_mountstats_nfs_age_seconds_total',
  'How long it has been mounted.',
  mountLabels,
)
/** In the order of the line `bytes:`. */
const bytes = families('counter', mountLabels, {
  node_mountstats_nfs_read_bytes_total: 'Bytes read by read(2).',
  node_mountstats_nfs_write_bytes_total: 'Bytes written by write(2).',
  node_mountstats_nfs_direct_read_bytes_total: 'Bytes read with O_DIRECT.',
  node_mountstats_nfs_direct_write_bytes_total: 'Bytes written with O_DIRECT.',
  node_mountstats_nfs_total_read_bytes_total: 'Bytes read from the server.',
  node_mountstats_nfs_total_write_bytes_total: 'Bytes written to the server.',
  node_mountstats_nfs_read_pages_total: 'Pages read by mmap(2).',
  node_mountstats_nfs_write_pages_total: 'Pages written by mmap(2).',
})
/** In the order of the line `events:`, but for congestionWaitPlace. */
const events = families('counter', mountLabels, {
  node_mountstats_nfs_event_inode_revalidate_total: 'Cached inode attributes asked for anew.',
  node_mountstats_nfs_event_dnode_revalidate_total: 'Cached directory entries asked for anew.',
  node_mountstats_nfs_event_data_invalidate_total: 'Inode caches cleared.',
  node_mountstats_nfs_event_attribute_invalidate_total: 'Attribute caches cleared.',
  node_mountstats_nfs_event_vfs_open_total: 'Files opened.',
  node_mountstats_nfs_event_vfs_lookup_total: 'Names looked up.',
  node_mountstats_nfs_event_vfs_access_total: 'Permissions checked.',
  node_mountstats_nfs_event_vfs_update_page_total: 'Pages updated.',
  node_mountstats_nfs_event_vfs_read_page_total: 'Single pages read.',
  node_mountstats_nfs_event_vfs_read_pages_total: 'Groups of pages read.',
  node_mountstats_nfs_event_vfs_write_page_total: 'Single pages written.',
  node_mountstats_nfs_event_vfs_write_pages_total: 'Groups of pages written.',
  node_mountstats_nfs_event_vfs_getdents_total: 'Directories read.',
  node_mountstats_nfs_event_vfs_setattr_total: 'Attributes set.',
  node_mountstats_nfs_event_vfs_flush_total: 'Pending writes flushed.',
  node_mountstats_nfs_event_vfs_fsync_total: 'Calls of fsync(2).',
  node_mountstats_nfs_event_vfs_lock_total: 'Locks asked for.',
  node_mountstats_nfs_event_vfs_file_release_total: 'Files closed.',
  node_mountstats_nfs_event_truncation_total: 'Files truncated.',
  node_mountstats_nfs_event_write_extension_total: 'Files extended by writing beyond their end.',
  node_mountstats_nfs_event_silly_rename_total: 'Files removed while they were open.',
  node_mountstats_nfs_event_short_read_total: 'Reads that gave less than asked for.',
  node_mountstats_nfs_event_short_write_total: 'Writes that took less than given.',
  node_mountstats_nfs_event_jukebox_delay_total: 'Answers that told to try again later.',
  node_mountstats_nfs_event_pnfs_read_total: 'Reads by pNFS.',
  node_mountstats_nfs_event_pnfs_write_total: 'Writes by pNFS.',
})
const congestionWaitPlace = 18

const mountInfo = family('gauge', 'node_mountstats_nfs_mountpoint_info', 'Where it is mounted.', [
  'export',
  'protocol',
  'mountaddr',
  'mountpoint',
])

const operationLabels = [...mountLabels, 'operation'] as const
/** In the order of a line behind `per-op statistics`; the last three are in milliseconds. */
const operationCounts = families('counter', operationLabels, {
  node_mountstats_nfs_operations_requests_total: 'Requests made.',
  node_mountstats_nfs_operations_transmissions_total: 'Requests sent, also again.',
  node_mountstats_nfs_operations_major_timeouts_total: 'Requests that had a major timeout.',
  node_mountstats_nfs_operations_sent_bytes_total: 'Bytes sent.',
  node_mountstats_nfs_operations_received_bytes_total: 'Bytes received.',
})
const operationTimes = families('counter', operationLabels, {
  node_mountstats_nfs_operations_queue_time_seconds_total: 'Time from queueing to sending.',
  node_mountstats_nfs_operations_response_time_seconds_total: 'Time from sending to the answer.',
  node_mountstats_nfs_operations_request_time_seconds_total: 'Time from queueing to the end.',
})

const transportLabels = [...mountLabels, 'transport'] as const
const transportCounter = families('counter', transportLabels, {
  node_mountstats_nfs_transport_bind_total: 'Times that a client port was taken.',
  node_mountstats_nfs_transport_connect_total: 'Connections made.',
  node_mountstats_nfs_transport_sends_total: 'Requests sent.',
  node_mountstats_nfs_transport_receives_total: 'Answers received.',
  node_mountstats_nfs_transport_bad_transaction_ids_total: 'Answers to no known request.',
  node_mountstats_nfs_transport_backlog_queue_total: 'Sum of the lengths of the backlog.',
  node_mountstats_nfs_transport_sending_queue_total: 'Sum of the lengths of the sending queue.',
  node_mountstats_nfs_transport_pending_queue_total: 'Sum of the lengths of the pending queue.',
})
const transportGauge = families('gauge', transportLabels, {
  node_mountstats_nfs_transport_idle_time_seconds: 'Time since the last request.',
  node_mountstats_nfs_transport_maximum_rpc_slots: 'Most requests that were under way at once.',
})
/** In the order of NfsTransport's values. */
const transportFamilies = [
  transportCounter.node_mountstats_nfs_transport_bind_total,
  transportCounter.node_mountstats_nfs_transport_connect_total,
  transportGauge.node_mountstats_nfs_transport_idle_time_seconds,
  transportCounter.node_mountstats_nfs_transport_sends_total,
  transportCounter.node_mountstats_nfs_transport_receives_total,
  transportCounter.node_mountstats_nfs_transport_bad_transaction_ids_total,
  transportCounter.node_mountstats_nfs_transport_backlog_queue_total,
  transportGauge.node_mountstats_nfs_transport_maximum_rpc_slots,
  transportCounter.node_mountstats_nfs_transport_sending_queue_total,
  transportCounter.node_mountstats_nfs_transport_pending_queue_total,
]

export default defineCollector({
  name: 'mountstats',
  enabled: false,
  help: 'Statistics of NFS mounts, from /proc/self/mountstats and mountinfo.',
  flags: {},
  families: [
    age,
    ...Object.values(bytes),
    ...Object.values(events),
    mountInfo,
    ...Object.values(operationCounts),
    ...Object.values(operationTimes),
    ...transportFamilies,
  ],
  collect({ host, out }) {
    const mounts = parseMountstats(host.proc('self/mountstats').toString())
    const infos = parseMountInfo(host.proc('self/mountinfo'))
    const seen = new Set<string>()
    const isFirst = (...labels: readonly string[]): boolean => {
      const size = seen.size
      return seen.add(labels.join('\n')).size > size
    }
    for (const mount of mounts) {
      const options = infos[mount.index]?.superOptions ?? []
      const address = options.find((option) => option.startsWith('addr='))?.slice(5) ?? ''
      for (const { protocol } of mount.transports) {
        // A file system mounted twice, or by several connections, counts once.
        const labels = [mount.device, protocol, address] as const
        out.add(mountInfo, 1, ...labels, mount.mountPoint)
        if (isFirst(...labels)) addMount(mount, labels, out)
      }
    }
  },
})

type MountLabels = readonly [device: string, protocol: string, address: string]

function addMount(mount: NfsMount, labels: MountLabels, out: Out): void {
  out.add(age, mount.ageSeconds, ...labels)
  for (const [index, declaration] of Object.values(bytes).entries()) {
    out.add(declaration, mount.bytes[index] ?? 0, ...labels)
  }
  const eventCounts = mount.events.toSpliced(congestionWaitPlace, 1)
  for (const [index, declaration] of Object.values(events).entries()) {
    out.add(declaration, eventCounts[index] ?? 0, ...labels)
  }
  for (const [transport, { values }] of mount.transports.entries()) {
    for (const [index, declaration] of transportFamilies.entries()) {
      out.add(declaration, values[index] ?? 0, ...labels, `${transport}`)
    }
  }
  const times = Object.values(operationTimes)
  const counts = Object.values(operationCounts)
  for (const { name, values } of mount.operations) {
    for (const [index, declaration] of counts.entries()) {
      out.add(declaration, values[index] ?? 0, ...labels, name)
    }
    for (const [index, declaration] of times.entries()) {
      out.add(declaration, (values[counts.length + index] ?? 0) / 1000, ...labels, name)
    }
  }
}
