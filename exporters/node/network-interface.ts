/** The names under which the kernel and the original keep the counters of a network interface. */

/** The columns of /proc/net/dev. */
export const columns = [
  'receive_bytes',
  'receive_packets',
  'receive_errs',
  'receive_drop',
  'receive_fifo',
  'receive_frame',
  'receive_compressed',
  'receive_multicast',
  'transmit_bytes',
  'transmit_packets',
  'transmit_errs',
  'transmit_drop',
  'transmit_fifo',
  'transmit_colls',
  'transmit_carrier',
  'transmit_compressed',
]

/** A counter that /proc/net/dev lacks, and its file in statistics/ of sysfs. */
export const nohandlerFile: Readonly<Record<string, string>> = {
  receive_nohandler: 'rx_nohandler',
}

/** All counters one by one, and their files in statistics/ of sysfs. */
export const detailedFiles: Readonly<Record<string, string>> = {
  receive_packets: 'rx_packets',
  transmit_packets: 'tx_packets',
  receive_bytes: 'rx_bytes',
  transmit_bytes: 'tx_bytes',
  receive_errors: 'rx_errors',
  transmit_errors: 'tx_errors',
  receive_dropped: 'rx_dropped',
  transmit_dropped: 'tx_dropped',
  multicast: 'multicast',
  collisions: 'collisions',
  receive_length_errors: 'rx_length_errors',
  receive_over_errors: 'rx_over_errors',
  receive_crc_errors: 'rx_crc_errors',
  receive_frame_errors: 'rx_frame_errors',
  receive_fifo_errors: 'rx_fifo_errors',
  receive_missed_errors: 'rx_missed_errors',
  transmit_aborted_errors: 'tx_aborted_errors',
  transmit_carrier_errors: 'tx_carrier_errors',
  transmit_fifo_errors: 'tx_fifo_errors',
  transmit_heartbeat_errors: 'tx_heartbeat_errors',
  transmit_window_errors: 'tx_window_errors',
  receive_compressed: 'rx_compressed',
  transmit_compressed: 'tx_compressed',
  ...nohandlerFile,
}

/** How far an address reaches, in the original's words: loopback counts as link-local there. */
export function addressScope(address: string): 'link-local' | 'interface-local' | 'global' {
  const text = address.toLowerCase()
  if (/^(127\.|169\.254\.|224\.0\.0\.|::1$|fe[89ab]|ff[0-9a-f]2:)/.test(text)) return 'link-local'
  return /^ff[0-9a-f]1:/.test(text) ? 'interface-local' : 'global'
}
