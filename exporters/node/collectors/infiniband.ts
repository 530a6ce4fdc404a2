/** Ports of InfiniBand and RoCE adapters: state, speed, counters. */

import { type FamilyDeclaration, families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { answerUnless, listDevices, parseCount, requiredText } from '../sysfs.ts'

const root = 'class/infiniband'

const info = family('gauge', 'node_infiniband_info', 'An adapter, as labels.', [
  'device',
  'board_id',
  'firmware_version',
  'hca_type',
])
const at = ['device', 'port'] as const
const gauge = families('gauge', at, {
  node_infiniband_physical_state_id: 'State of the port below the link: 5 is up, 3 is disabled.',
  node_infiniband_rate_bytes_per_second: 'The most that the port can carry, in bytes a second.',
  node_infiniband_state_id: 'State of the port: 4 is active, 1 is down.',
})
const lifespan = family(
  'gauge',
  'node_infiniband_lifespan_seconds',
  'How often the counters of hw_counters are refreshed at most, in seconds.',
  at,
)

/** The counters of a port: files, by folder, and their families. */
const names = {
  counters: {
    VL15_dropped: 'node_infiniband_vl15_dropped_total',
    symbol_error: 'node_infiniband_symbol_error_total',
    excessive_buffer_overrun_errors: 'node_infiniband_excessive_buffer_overrun_errors_total',
    link_downed: 'node_infiniband_link_downed_total',
    link_error_recovery: 'node_infiniband_link_error_recovery_total',
    local_link_integrity_errors: 'node_infiniband_local_link_integrity_errors_total',
    multicast_rcv_packets: 'node_infiniband_multicast_packets_received_total',
    multicast_xmit_packets: 'node_infiniband_multicast_packets_transmitted_total',
    unicast_rcv_packets: 'node_infiniband_unicast_packets_received_total',
    unicast_xmit_packets: 'node_infiniband_unicast_packets_transmitted_total',
    port_rcv_constraint_errors: 'node_infiniband_port_constraint_errors_received_total',
    port_xmit_constraint_errors: 'node_infiniband_port_constraint_errors_transmitted_total',
    port_rcv_data: 'node_infiniband_port_data_received_bytes_total',
    port_xmit_data: 'node_infiniband_port_data_transmitted_bytes_total',
    port_rcv_discards: 'node_infiniband_port_discards_received_total',
    port_xmit_discards: 'node_infiniband_port_discards_transmitted_total',
    port_rcv_errors: 'node_infiniband_port_errors_received_total',
    port_rcv_packets: 'node_infiniband_port_packets_received_total',
    port_xmit_packets: 'node_infiniband_port_packets_transmitted_total',
    port_xmit_wait: 'node_infiniband_port_transmit_wait_total',
    port_rcv_remote_physical_errors: 'node_infiniband_port_receive_remote_physical_errors_total',
    port_rcv_switch_relay_errors: 'node_infiniband_port_receive_switch_relay_errors_total',
  },
  counters_ext: {
    port_multicast_rcv_packets: 'node_infiniband_legacy_multicast_packets_received_total',
    port_multicast_xmit_packets: 'node_infiniband_legacy_multicast_packets_transmitted_total',
    port_rcv_data_64: 'node_infiniband_legacy_data_received_bytes_total',
    port_rcv_packets_64: 'node_infiniband_legacy_packets_received_total',
    port_unicast_rcv_packets: 'node_infiniband_legacy_unicast_packets_received_total',
    port_unicast_xmit_packets: 'node_infiniband_legacy_unicast_packets_transmitted_total',
    port_xmit_data_64: 'node_infiniband_legacy_data_transmitted_bytes_total',
    port_xmit_packets_64: 'node_infiniband_legacy_packets_transmitted_total',
  },
  hw_counters: {
    duplicate_request: 'node_infiniband_duplicate_requests_packets_total',
    implied_nak_seq_err: 'node_infiniband_implied_nak_seq_errors_total',
    local_ack_timeout_err: 'node_infiniband_local_ack_timeout_errors_total',
    np_cnp_sent: 'node_infiniband_np_cnp_packets_sent_total',
    np_ecn_marked_roce_packets: 'node_infiniband_np_ecn_marked_roce_packets_received_total',
    out_of_buffer: 'node_infiniband_out_of_buffer_drops_total',
    out_of_sequence: 'node_infiniband_out_of_sequence_packets_received_total',
    packet_seq_err: 'node_infiniband_packet_sequence_errors_total',
    req_cqe_error: 'node_infiniband_req_cqes_errors_total',
    req_cqe_flush_error: 'node_infiniband_req_cqes_flush_errors_total',
    req_remote_access_errors: 'node_infiniband_req_remote_access_errors_total',
    req_remote_invalid_request: 'node_infiniband_req_remote_invalid_request_errors_total',
    resp_cqe_error: 'node_infiniband_resp_cqes_errors_total',
    resp_cqe_flush_error: 'node_infiniband_resp_cqes_flush_errors_total',
    resp_local_length_error: 'node_infiniband_resp_local_length_errors_total',
    resp_remote_access_errors: 'node_infiniband_resp_remote_access_errors_total',
    rnr_nak_retry_err: 'node_infiniband_rnr_nak_retry_packets_received_total',
    roce_adp_retrans: 'node_infiniband_roce_adp_retransmits_total',
    roce_adp_retrans_to: 'node_infiniband_roce_adp_retransmits_timeout_total',
    roce_slow_restart: 'node_infiniband_roce_slow_restart_used_total',
    roce_slow_restart_cnps: 'node_infiniband_roce_slow_restart_cnps_total',
    roce_slow_restart_trans: 'node_infiniband_roce_slow_restart_total',
    rp_cnp_handled: 'node_infiniband_rp_cnp_packets_handled_total',
    rp_cnp_ignored: 'node_infiniband_rp_cnp_ignored_packets_received_total',
    rx_atomic_requests: 'node_infiniband_rx_atomic_requests_total',
    rx_dct_connect: 'node_infiniband_rx_dct_connect_requests_total',
    rx_icrc_encapsulated: 'node_infiniband_rx_icrc_encapsulated_errors_total',
    rx_read_requests: 'node_infiniband_rx_read_requests_total',
    rx_write_requests: 'node_infiniband_rx_write_requests_total',
  },
}

type Counter = readonly [file: string, declaration: FamilyDeclaration<typeof at>, factor: number]

const counters: readonly Counter[] = Object.entries(names).flatMap(([folder, files]) =>
  Object.entries(files).map(([file, name]): Counter => {
    const declaration = family('counter', name, `Counter ${file} of a port.`, at)
    // Data is counted in words of four bytes.
    return [`${folder}/${file}`, declaration, name.endsWith('_bytes_total') ? 4 : 1]
  }),
)

export default defineCollector({
  name: 'infiniband',
  enabled: true,
  help: 'InfiniBand and RoCE ports, from /sys/class/infiniband.',
  flags: {
    'device-include': { help: 'Regexp of the adapters to show.', default: '' },
    'device-exclude': { help: 'Regexp of the adapters to leave out.', default: '' },
  },
  families: [
    info,
    ...Object.values(gauge),
    lifespan,
    ...counters.map(([, declaration]) => declaration),
  ],
  start: (context) => ({
    ignores: includeAndExclude(context, { include: 'device-include', exclude: 'device-exclude' }),
  }),
  collect({ host, out, state }) {
    for (const device of listDevices(host, root)) {
      const folder = `${root}/${device}`
      if (state.ignores(device)) continue
      const firmware = requiredText(host, `${folder}/fw_ver`)
      const text = (file: string): string => host.sysText(`${folder}/${file}`) ?? ''
      out.add(info, 1, device, text('board_id'), firmware, text('hca_type'))
      for (const port of host.sysList(`${folder}/ports`)) addPort(host, out, device, port)
    }
  },
})

function addPort(host: Host, out: Out, device: string, port: string): void {
  const folder = `${root}/${device}/ports/${port}`
  const state = (file: string): number => {
    // `4: ACTIVE`
    const [number = ''] = requiredText(host, `${folder}/${file}`).split(':')
    return parseCount(number, `${folder}/${file}`)
  }
  out.add(gauge.node_infiniband_state_id, state('state'), device, port)
  out.add(gauge.node_infiniband_physical_state_id, state('phys_state'), device, port)
  const rate = parseRate(requiredText(host, `${folder}/rate`), `${folder}/rate`)
  out.add(gauge.node_infiniband_rate_bytes_per_second, rate, device, port)
  for (const [file, declaration, factor] of counters) {
    const value = readCounter(host, `${folder}/${file}`)
    if (value !== undefined) out.add(declaration, value * factor, device, port)
  }
  const milliseconds = readCounter(host, `${folder}/hw_counters/lifespan`)
  if (milliseconds !== undefined) {
    out.add(lifespan, Math.trunc(milliseconds / 1000), device, port)
  }
}

/** `100 Gb/sec (4X EDR)` in bytes a second, by way of a float of 32 bits as in the original. */
function parseRate(text: string, path: string): number {
  const [, gigabits] = /^(\d+(?:\.\d+)?) /.exec(text) ?? []
  if (gigabits === undefined) {
    throw new SyntaxError(`${path}: expected a rate in Gb/sec, got ${JSON.stringify(text)}`)
  }
  return Math.trunc(Math.fround(Math.fround(Number(gigabits)) * 125_000_000))
}

function readCounter(host: Host, path: string): number | undefined {
  const text = answerUnless(['EACCES', 'EPERM', 'ENOTSUP', 'EINVAL'], () => host.sysText(path))
  if (text === undefined || text.startsWith('N/A (no PMA)')) return undefined
  return parseCount(text, path)
}
