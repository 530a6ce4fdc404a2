/** Ports of Fibre Channel adapters: what they are, and their errors. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { listDevices, parsePrefixed } from '../sysfs.ts'

const root = 'class/fc_host'

const counter = families('counter', ['fc_host'], {
  node_fibrechannel_dumped_frames_total: 'Frames that the port threw away.',
  node_fibrechannel_error_frames_total: 'Frames with errors.',
  node_fibrechannel_fcp_packet_aborts_total: 'Packets that were given up.',
  node_fibrechannel_invalid_crc_total: 'Frames with a wrong checksum.',
  node_fibrechannel_invalid_tx_words_total: 'Words that were no valid code.',
  node_fibrechannel_link_failure_total: 'How often the link failed.',
  node_fibrechannel_loss_of_signal_total: 'How often there was no signal.',
  node_fibrechannel_loss_of_sync_total: 'How often the receiver lost its place.',
  node_fibrechannel_nos_total: 'How often the other side said that it is not operational.',
  node_fibrechannel_rx_frames_total: 'Frames received.',
  node_fibrechannel_rx_words_total: 'Words received.',
  node_fibrechannel_seconds_since_last_reset_total: 'Seconds since the counters were reset.',
  node_fibrechannel_tx_frames_total: 'Frames sent.',
  node_fibrechannel_tx_words_total: 'Words sent.',
})

const files: readonly (readonly [string, FamilyDeclaration<readonly ['fc_host']>])[] = [
  ['dumped_frames', counter.node_fibrechannel_dumped_frames_total],
  ['error_frames', counter.node_fibrechannel_error_frames_total],
  ['fcp_packet_aborts', counter.node_fibrechannel_fcp_packet_aborts_total],
  ['invalid_crc_count', counter.node_fibrechannel_invalid_crc_total],
  ['invalid_tx_word_count', counter.node_fibrechannel_invalid_tx_words_total],
  ['link_failure_count', counter.node_fibrechannel_link_failure_total],
  ['loss_of_signal_count', counter.node_fibrechannel_loss_of_signal_total],
  ['loss_of_sync_count', counter.node_fibrechannel_loss_of_sync_total],
  ['nos_count', counter.node_fibrechannel_nos_total],
  ['rx_frames', counter.node_fibrechannel_rx_frames_total],
  ['rx_words', counter.node_fibrechannel_rx_words_total],
  ['seconds_since_last_reset', counter.node_fibrechannel_seconds_since_last_reset_total],
  ['tx_frames', counter.node_fibrechannel_tx_frames_total],
  ['tx_words', counter.node_fibrechannel_tx_words_total],
]

const info = family('gauge', 'node_fibrechannel_info', 'A port, as labels.', [
  'fc_host',
  'speed',
  'port_state',
  'port_type',
  'port_id',
  'port_name',
  'fabric_name',
  'symbolic_name',
  'supported_classes',
  'supported_speeds',
  'dev_loss_tmo',
])

/** What a counter says that the adapter does not have. */
const unsupported = '0xffffffffffffffff'

export default defineCollector({
  name: 'fibrechannel',
  enabled: true,
  help: 'Fibre Channel ports, from /sys/class/fc_host.',
  flags: {},
  families: [...Object.values(counter), info],
  // Some adapters ask their firmware for each of them.
  read: (context) => context.host.askSlowSys(root, context, '*/*'),
  collect({ host, out }) {
    for (const port of listDevices(host, root)) addPort(host, out, port)
  },
})

function addPort(host: Host, out: Out, port: string): void {
  const text = (file: string): string => host.sysShort(`${root}/${port}/${file}`)?.trim() ?? ''
  const withoutPrefix = (file: string): string => text(file).slice('0x'.length)
  const state = text('port_state')
  out.add(
    info,
    1,
    port,
    text('speed'),
    state,
    text('port_type'),
    withoutPrefix('port_id'),
    withoutPrefix('port_name'),
    withoutPrefix('fabric_name'),
    text('symbolic_name'),
    text('supported_classes'),
    text('supported_speeds'),
    text('dev_loss_tmo'),
  )
  const isLive = state !== '' && state !== 'Unknown'
  for (const [file, declaration] of files) {
    const value = isLive ? readCounter(host, `${root}/${port}/statistics/${file}`) : 0
    if (value !== undefined) out.add(declaration, value, port)
  }
}

/** Undefined when the adapter does not count this; the original crashes where the file is missing. */
function readCounter(host: Host, path: string): number | undefined {
  const text = host.sysText(path)
  if (text === undefined || text.toLowerCase() === unsupported) return undefined
  const value = parsePrefixed(text)
  if (value === undefined || value < 0) {
    throw new SyntaxError(`${path}: expected a number, got ${JSON.stringify(text)}`)
  }
  return value
}
