/** What this machine asks of NFS servers, by procedure. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import { procedures2, procedures3 } from '../nfs-procedures.ts'
import { readRpcLines } from '../rpc-lines.ts'

const counter = families('counter', [], {
  node_nfs_connections_total: 'TCP connections made.',
  node_nfs_rpcs_total: 'Calls made.',
  node_nfs_rpc_retransmissions_total: 'Calls made again.',
  node_nfs_rpc_authentication_refreshes_total: 'Credentials refreshed.',
})
const packets = family('counter', 'node_nfs_packets_total', 'Packets, by transport.', ['protocol'])
const requests = family(
  'counter',
  'node_nfs_requests_total',
  'Calls, by version of NFS and procedure.',
  ['proto', 'method'],
)

/** Of the client, fs/nfs/nfs4xdr.c; its order is its own. */
const procedures4 =
  'Null Read Write Commit Open OpenConfirm OpenNoattr OpenDowngrade Close Setattr FsInfo Renew SetClientID SetClientIDConfirm Lock Lockt Locku Access Getattr Lookup LookupRoot Remove Rename Link Symlink Create Pathconf StatFs ReadLink ReadDir ServerCaps DelegReturn GetACL SetACL FsLocations ReleaseLockowner Secinfo FsidPresent ExchangeID CreateSession DestroySession Sequence GetLeaseTime ReclaimComplete GetDeviceInfo LayoutGet LayoutCommit LayoutReturn SecinfoNoName TestStateID FreeStateID GetDeviceList BindConnToSession DestroyClientID Seek Allocate DeAllocate LayoutStats Clone'.split(
    ' ',
  )

export default defineCollector({
  name: 'nfs',
  enabled: true,
  help: 'Calls of the NFS client, from /proc/net/rpc/nfs.',
  flags: {},
  families: [...Object.values(counter), packets, requests],
  collect({ host, out }) {
    const content = host.procIfAny('net/rpc/nfs')
    if (content === undefined) throw new NoData('the NFS client is not loaded')
    readRpcLines(content, 'net/rpc/nfs', {
      net: ([, udp = 0, tcp = 0, connections = 0]) => {
        out.add(packets, udp, 'udp')
        out.add(packets, tcp, 'tcp')
        out.add(counter.node_nfs_connections_total, connections)
      },
      rpc: ([calls = 0, retransmissions = 0, refreshes = 0]) => {
        out.add(counter.node_nfs_rpcs_total, calls)
        out.add(counter.node_nfs_rpc_retransmissions_total, retransmissions)
        out.add(counter.node_nfs_rpc_authentication_refreshes_total, refreshes)
      },
      proc2: (values) => addRequests('2', procedures2, values, out),
      proc3: (values) => addRequests('3', procedures3, values, out),
      proc4: (values) => addRequests('4', procedures4, values, out),
    })
  },
})

/** A count comes first; procedures that an older kernel lacks are 0. */
function addRequests(
  proto: string,
  procedures: readonly string[],
  [, ...values]: readonly number[],
  out: Out,
): void {
  for (const [index, method] of procedures.entries()) {
    out.add(requests, values[index] ?? 0, proto, method)
  }
}
