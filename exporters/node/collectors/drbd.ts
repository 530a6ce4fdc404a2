/** Mirroring of block devices over the network by DRBD 8, whose newer versions have no such file. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'

const counter = families('counter', ['device'], {
  node_drbd_activitylog_writes_total: 'Updates of the activity log.',
  node_drbd_bitmap_writes_total: 'Updates of the bitmap.',
  node_drbd_disk_read_bytes_total: 'Bytes read from the local disk.',
  node_drbd_disk_written_bytes_total: 'Bytes written to the local disk.',
  node_drbd_network_received_bytes_total:
    'Received from the peer, in kibibytes in spite of the name.',
  node_drbd_network_sent_bytes_total: 'Bytes sent to the peer.',
})
const gauge = families('gauge', ['device'], {
  node_drbd_application_pending: 'Requests that the application waits for.',
  node_drbd_epochs: 'Epochs under way.',
  node_drbd_local_pending: 'Requests that the local disk has not answered.',
  node_drbd_out_of_sync_bytes: 'Bytes that differ from the peer.',
  node_drbd_remote_pending: 'Requests that the peer has not answered.',
  node_drbd_remote_unacknowledged: 'Requests of the peer that were not answered.',
})
const connected = family('gauge', 'node_drbd_connected', 'Whether the peer is connected.', [
  'device',
])
const node = families('gauge', ['device', 'node'], {
  node_drbd_disk_state_is_up_to_date: 'Whether the disk of a node is up to date.',
  node_drbd_node_role_is_primary: 'Whether a node is the primary one.',
})

/** The keys with a number and what a unit of it is worth. */
const numbers = new Map([
  ['ns', [counter.node_drbd_network_sent_bytes_total, 1024]],
  ['nr', [counter.node_drbd_network_received_bytes_total, 1]], // as in the original, see its help
  ['dw', [counter.node_drbd_disk_written_bytes_total, 1024]],
  ['dr', [counter.node_drbd_disk_read_bytes_total, 1024]],
  ['al', [counter.node_drbd_activitylog_writes_total, 1]],
  ['bm', [counter.node_drbd_bitmap_writes_total, 1]],
  ['lo', [gauge.node_drbd_local_pending, 1]],
  ['pe', [gauge.node_drbd_remote_pending, 1]],
  ['ua', [gauge.node_drbd_remote_unacknowledged, 1]],
  ['ap', [gauge.node_drbd_application_pending, 1]],
  ['ep', [gauge.node_drbd_epochs, 1]],
  ['oos', [gauge.node_drbd_out_of_sync_bytes, 1024]],
] as const)

/** The keys with a pair, local/remote, and the word that counts as 1. */
const pairs = new Map([
  ['ro', [node.node_drbd_node_role_is_primary, 'Primary']],
  ['ds', [node.node_drbd_disk_state_is_up_to_date, 'UpToDate']],
] as const)

export default defineCollector({
  name: 'drbd',
  enabled: false,
  help: 'Mirrored block devices, from /proc/drbd.',
  flags: {},
  families: [...Object.values(counter), ...Object.values(gauge), connected, ...Object.values(node)],
  collect({ host, out }) {
    const content = host.procIfAny('drbd')
    if (content === undefined) throw new NoData('DRBD is not loaded, or newer than version 8')
    let device = 'unknown'
    for (const word of content.toString().split(/\s+/)) {
      const [key = '', value = '', ...more] = word.split(':')
      if (!word.includes(':') || more.length > 0) continue
      if (/^\d+$/.test(key) && value === '') device = `drbd${key}`
      else addField(key, value, device, out)
    }
  },
})

function addField(key: string, value: string, device: string, out: Out): void {
  const number = numbers.get(key as 'ns')
  if (number !== undefined) {
    const [declaration, unit] = number
    out.add(declaration, parseNumber(key, value) * unit, device)
  }
  const pair = pairs.get(key as 'ro')
  if (pair !== undefined) {
    const [declaration, wanted] = pair
    const [local, remote] = value.split('/')
    out.add(declaration, local === wanted ? 1 : 0, device, 'local')
    out.add(declaration, remote === wanted ? 1 : 0, device, 'remote')
  }
  if (key === 'cs') out.add(connected, value === 'Connected' ? 1 : 0, device)
}

function parseNumber(key: string, value: string): number {
  if (/^\d+$/.test(value)) return Number(value)
  throw new SyntaxError(`drbd: expected a number behind ${key}:, got ${JSON.stringify(value)}`)
}
