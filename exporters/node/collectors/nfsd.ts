/** What the NFS server of this machine is asked, and what its threads do. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData, type Out } from '../collector.ts'
import { procedures2, procedures3 } from '../nfs-procedures.ts'
import { readRpcLines } from '../rpc-lines.ts'

const counter = families('counter', [], {
  node_nfsd_connections_total: 'TCP connections accepted.',
  node_nfsd_disk_bytes_read_total: 'Bytes read.',
  node_nfsd_disk_bytes_written_total: 'Bytes written.',
  node_nfsd_file_handles_stale_total: 'Stale file handles.',
  node_nfsd_read_ahead_cache_not_found_total: 'Misses of the read-ahead cache.',
  node_nfsd_reply_cache_hits_total: 'Repeated calls answered from the reply cache.',
  node_nfsd_reply_cache_misses_total: 'Calls kept in the reply cache.',
  node_nfsd_reply_cache_nocache_total: 'Calls that need not be kept.',
  node_nfsd_server_rpcs_total: 'Calls received.',
})
const gauge = families('gauge', [], {
  node_nfsd_read_ahead_cache_size_blocks: 'Size of the read-ahead cache.',
  node_nfsd_server_threads: 'Threads of the server.',
})
const packets = family('counter', 'node_nfsd_packets_total', 'Packets, by transport.', ['proto'])
const requests = family(
  'counter',
  'node_nfsd_requests_total',
  'Calls, by version of NFS and procedure.',
  ['proto', 'method'],
)
const rpcErrors = family(
  'counter',
  'node_nfsd_rpc_errors_total',
  'Calls that were refused, by reason.',
  ['error'],
)

/** By the numbers of RFC 7530, from 3 on; '' is in the file but not shown, as in the original. */
const procedures4 =
  'Access Close Commit Create DelegPurge DelegReturn GetAttr GetFH Link Lock Lockt Locku Lookup LookupRoot Nverify Open OpenAttr OpenConfirm OpenDgrd PutFH   Read ReadDir ReadLink Remove Rename Renew RestoreFH SaveFH SecInfo SetAttr SetClientID SetClientIDConfirm Verify Write RelLockOwner'.split(
    ' ',
  )

export default defineCollector({
  name: 'nfsd',
  enabled: true,
  help: 'Calls to the NFS server, from /proc/net/rpc/nfsd.',
  flags: {},
  families: [...Object.values(counter), ...Object.values(gauge), packets, requests, rpcErrors],
  collect({ host, out }) {
    const content = host.procIfAny('net/rpc/nfsd')
    if (content === undefined) throw new NoData('the NFS server is not loaded')
    readRpcLines(content, 'net/rpc/nfsd', readers(out))
  },
})

type Reader = (values: readonly number[]) => void

function readers(out: Out): Record<string, Reader> {
  return {
    rc: ([hits = 0, misses = 0, uncached = 0]) => {
      out.add(counter.node_nfsd_reply_cache_hits_total, hits)
      out.add(counter.node_nfsd_reply_cache_misses_total, misses)
      out.add(counter.node_nfsd_reply_cache_nocache_total, uncached)
    },
    fh: ([stale = 0]) => out.add(counter.node_nfsd_file_handles_stale_total, stale),
    io: ([read = 0, written = 0]) => {
      out.add(counter.node_nfsd_disk_bytes_read_total, read)
      out.add(counter.node_nfsd_disk_bytes_written_total, written)
    },
    th: ([threads = 0]) => out.add(gauge.node_nfsd_server_threads, threads),
    ra: (values) => {
      out.add(gauge.node_nfsd_read_ahead_cache_size_blocks, values[0] ?? 0)
      out.add(counter.node_nfsd_read_ahead_cache_not_found_total, values[11] ?? 0)
    },
    net: ([, udp = 0, tcp = 0, connections = 0]) => {
      out.add(packets, udp, 'udp')
      out.add(packets, tcp, 'tcp')
      out.add(counter.node_nfsd_connections_total, connections)
    },
    rpc: ([calls = 0, , format = 0, authentication = 0, client = 0]) => {
      out.add(counter.node_nfsd_server_rpcs_total, calls)
      out.add(rpcErrors, format, 'fmt')
      out.add(rpcErrors, authentication, 'auth')
      out.add(rpcErrors, client, 'cInt')
    },
    // A count and Null come first.
    proc2: (values) => addRequests('2', procedures2.slice(1), values.slice(2), out),
    proc3: (values) => addRequests('3', procedures3.slice(1), values.slice(2), out),
    proc4: () => {}, // Null and Compound, whose parts are in the next line
    // A count and three unused numbers come first.
    proc4ops: (values) => addRequests('4', procedures4, values.slice(4), out),
    wdeleg_getattr: ([calls = 0]) => out.add(requests, calls, '4', 'WdelegGetattr'),
  }
}

/** Procedures that an older kernel lacks are 0. */
function addRequests(
  proto: string,
  procedures: readonly string[],
  values: readonly number[],
  out: Out,
): void {
  for (const [index, method] of procedures.entries()) {
    if (method !== '') out.add(requests, values[index] ?? 0, proto, method)
  }
}
