/**
 * Our node-exporter beside Debian's on the original's fake machine: collectors that the original's own
 * end-to-end page leaves out. Debian's is 1.5; what changed up to 1.12 is listed here.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { only, startMachine } from '../exporters/node/machine.ts'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { sharedFolder } from '../shared-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'

const compared = [
  'bonding',
  'btrfs',
  'conntrack',
  'cpufreq',
  'drbd',
  'edac',
  'hwmon',
  'ipvs',
  'ksmd',
  'mdadm',
  'meminfo_numa',
  'nfsd',
  'processes',
  'zfs',
  'powersupplyclass',
  'rapl',
  'slabinfo',
  'softnet',
  'tapestats',
  'udp_queues',
  'qdisc',
  'wifi',
]

/** What came or changed after 1.5. */
const later = [
  /^(# TYPE )?node_zfs_(dbuf_|arc_memory_available)/, // 1.5 looks for dbuf_stats; type 3
  /^node_zfs_zpool_state.*suspended|^node_zfs_zpool_dataset_.*pool3\/dataset( with {2}space)?"/,
  /^node_nfsd_requests_total\{method="(SetClientID(Confirm)?|Verify|Write|WdelegGetattr)",proto="4"/, // two off, or new
  /^(# TYPE )?node_processes_threads_state/, // no process of the fixtures has threads in it
  /^(# TYPE )?node_softnet_(cpu_collision|received_rps|flow_limit|backlog)/,
  /^(# TYPE )?node_(ksmd_general_profit|md_(degraded|raid_disks))/,
  /^(# TYPE )?node_(cpu_scaling_governor|hwmon_freq)/,
  /^(# TYPE )?node_(btrfs_(last_|max_)?commit|edac_channel)/,
  /^node_hwmon_sensor_label.*sensor="freq/,
  /^(# TYPE )?node_wifi_station_(received|transmitted)_packets/,
  // Chips of one name, which got suffixes: the original's own page has them under the later names.
  /^node_hwmon_.*chip="(ieee80211_phy0|platform_asus_nb_wmi)/,
]

/** TYPE lines and samples, without the outcome of collectors and what is later. */
function comparable(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => /^(# TYPE )?node_/.test(line))
    .filter(
      (line) =>
        !later.some((pattern) => pattern.test(line)) &&
        !/^(# TYPE )?node_(scrape_collector|exporter)_/.test(line),
    )
    .sort()
}

const shared = sharedFolder()

if (shared === undefined) test.skip('needs ../shared with the fixtures of the original', () => {})
else {
  testWithPeer(
    'prometheus-node-exporter',
    "Debian's node exporter shows the same of the original's fixtures",
    async (binary) => {
      using folder = temporaryFolder()
      const root = folder.path
      execFileSync('tar', ['-xzf', join(shared, 'fixtures/node/fixtures.tar.gz'), '-C', root])
      // A line that came after 1.5, which then shows nothing.
      const nfsd = join(root, 'proc/net/rpc/nfsd')
      writeFileSync(nfsd, readFileSync(nfsd, 'utf8').replace(/^wdeleg_getattr.*\n/m, ''))
      const [port] = await freePorts(1)
      const url = `http://127.0.0.1:${port}`
      const paths = [`--path.procfs=${root}/proc`, `--path.sysfs=${root}/sys`]
      const flags = [
        ...only(...compared),
        `--collector.qdisc.fixtures=${root}/qdisc`,
        `--collector.wifi.fixtures=${root}/wifi`,
      ]
      const original = spawn(
        binary,
        [`--web.listen-address=127.0.0.1:${port}`, ...paths, ...flags],
        { stdio: 'ignore' },
      )
      try {
        await waitFor("Debian's node exporter", async () => (await fetch(url)).ok)
        const theirs = comparable(await (await fetch(`${url}/metrics`)).text())
        const ours = await startMachine({ root, args: flags }).scrape()
        expect(comparable(ours)).toEqual(theirs)
        expect(theirs.length).toBeGreaterThan(40)
      } finally {
        original.kill()
      }
    },
    30_000,
  )
}
