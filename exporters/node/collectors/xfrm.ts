/** Errors of the kernel's IPsec. */

import { type FamilyDeclaration, families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { Words } from '../words.ts'

/** The names, behind Xfrm, of the original; kernels know more by now. docs.kernel.org, xfrm_proc. */
const counter = families('counter', [], {
  node_xfrm_acquire_error_packets_total: 'State acquisitions that failed.',
  node_xfrm_fwd_hdr_error_packets_total: 'Forward routing that is not allowed.',
  node_xfrm_in_buffer_error_packets_total: 'No buffer left for an incoming packet.',
  node_xfrm_in_error_packets_total: 'Incoming errors that no other counter has.',
  node_xfrm_in_hdr_error_packets_total: 'Incoming packets with a wrong header.',
  node_xfrm_in_no_pols_packets_total: 'Incoming packets without a policy for their states.',
  node_xfrm_in_no_states_packets_total: 'Incoming packets for which no state was found.',
  node_xfrm_in_pol_block_packets_total: 'Incoming packets that a policy discards.',
  node_xfrm_in_pol_error_packets_total: 'Incoming packets that failed at a policy.',
  node_xfrm_in_state_expired_packets_total: 'Incoming packets with an expired state.',
  node_xfrm_in_state_invalid_packets_total: 'Incoming packets with an invalid state.',
  node_xfrm_in_state_mismatch_packets_total: 'Incoming packets with a mismatched option.',
  node_xfrm_in_state_mode_error_packets_total: 'Incoming errors of the transformation mode.',
  node_xfrm_in_state_proto_error_packets_total:
    'Incoming errors of the protocol, such as a bad key.',
  node_xfrm_in_state_seq_error_packets_total: 'Incoming packets out of the sequence window.',
  node_xfrm_in_tmpl_mismatch_packets_total: 'Incoming packets without a matching template.',
  node_xfrm_out_bundle_check_error_packets_total: 'Checks of an outgoing bundle that failed.',
  node_xfrm_out_bundle_gen_error_packets_total: 'Outgoing bundles that could not be made.',
  node_xfrm_out_error_packets_total: 'Outgoing errors that no other counter has.',
  node_xfrm_out_no_states_packets_total: 'Outgoing packets for which no state was found.',
  node_xfrm_out_pol_block_packets_total: 'Outgoing packets that a policy discards.',
  node_xfrm_out_pol_dead_packets_total: 'Outgoing packets with a dead policy.',
  node_xfrm_out_pol_error_packets_total: 'Outgoing packets that failed at a policy.',
  node_xfrm_out_state_expired_packets_total: 'Outgoing packets with an expired state.',
  node_xfrm_out_state_invalid_packets_total: 'Outgoing packets with an invalid state.',
  node_xfrm_out_state_mode_error_packets_total: 'Outgoing errors of the transformation mode.',
  node_xfrm_out_state_proto_error_packets_total: 'Outgoing errors of the protocol.',
  node_xfrm_out_state_seq_error_packets_total: 'Outgoing packets whose sequence number overflowed.',
})

export default defineCollector({
  name: 'xfrm',
  enabled: false,
  help: 'IPsec errors, from /proc/net/xfrm_stat.',
  flags: {},
  families: Object.values(counter),
  collect({ host, out }) {
    const values = new Map<string, number>()
    const words = new Words(host.proc('net/xfrm_stat'))
    for (; words.hasMore; words.nextLine()) {
      if (words.toWord()) values.set(familyName(words.word()), words.number())
    }
    const declarations: readonly FamilyDeclaration<readonly []>[] = Object.values(counter)
    for (const declaration of declarations) out.add(declaration, values.get(declaration.name) ?? 0)
  },
})

/** `XfrmInStateSeqError` counts the packets of node_xfrm_in_state_seq_error_packets_total. */
function familyName(key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return `node${words}_packets_total`
}
