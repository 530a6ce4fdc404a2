/**
 * Our node-exporter beside Debian's, the same collectors and flags on the same machine. Debian's is 1.5,
 * we follow 1.12: what that release changed is listed here, everything else must be equal.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { expect } from 'vitest'
import { collectors } from '../../exporters/node/collectors/index.ts'
import { freePorts } from '../free-ports.ts'
import { testWithPeer } from '../peer.ts'
import { startProgram } from '../programs/program.ts'
import { waitFor } from '../wait.ts'

/** Collectors that came after 1.5, and ours. */
const laterCollectors = [
  'bcachefs',
  'cpu_vulnerabilities',
  'dmmultipath',
  'hardware',
  'kernel_hung',
  'nvmesubsystem',
  'pcidevice',
  'softirqs',
  'swap',
  'watchdog',
  'xfrm',
]

/**
 * What a moment later may have other series: states of sockets, of processes. And perf, which takes
 * rights: node-exporter-perf.test.ts compares it.
 */
const restless = ['perf', 'processes', 'tcpstat']

/** systemd.test.ts boots a systemd for these. */
const askTheBus = ['logind', 'systemd']

/** Those that the original lacks. */
const onlyOurs = ['processes_top', 'unit_resources']

const notCompared = new Set([...onlyOurs, ...laterCollectors, ...restless, ...askTheBus])
const names = collectors.map(({ name }) => name).filter((name) => !notCompared.has(name))

/** Defaults that Debian or time changed are given to both. */
const flags = [
  '--collector.disable-defaults',
  ...names.map((name) => `--collector.${name}`),
  '--collector.filesystem.mount-points-exclude=^/(dev|proc|sys)($|/)',
  '--collector.filesystem.fs-types-exclude=^(cgroup2?|devpts|devtmpfs|overlay|proc|sysfs|autofs)$',
  '--collector.diskstats.device-exclude=^(z?ram|loop)\\d+$',
  '--collector.netdev.device-exclude=^$',
  '--collector.netstat.fields=^(.*_InErr.*|Tcp_.*|TcpExt_Listen.*|Ip6_.*)$',
  '--collector.vmstat.fields=^(pg|nr_free).*',
  '--collector.stat.softirq',
  '--collector.cpu.info',
]

/** Families that came after 1.5. */
const later = new Set([
  'node_cpu_frequency_hertz', // of collector cpu: then only without cpufreq, now only with it
  'node_cpu_scaling_governor',
  'node_filesystem_mount_info',
  'node_filesystem_purgeable_bytes',
  'node_ksmd_general_profit_bytes',
  'node_md_degraded',
  'node_md_raid_disks',
  'node_softnet_backlog_len',
  'node_softnet_cpu_collision_total',
  'node_softnet_flow_limit_count_total',
  'node_softnet_received_rps_total',
  'node_scrape_collector_outcome', // ours
])

/** Labels that came after 1.5, by family. */
const laterLabels: readonly (readonly [family: RegExp, label: string])[] = [
  [/^node_filesystem_/, 'device_error'],
  [/^node_disk_info$/, 'rotational'],
  [/^node_network_info$/, 'adminstate'],
]

type Page = { readonly types: Map<string, string>; readonly values: Map<string, number> }

function parse(text: string): Page {
  const types = new Map<string, string>()
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, typed = '', type = ''] = /^# TYPE (\S+) (\w+)$/.exec(line) ?? []
    if (typed.startsWith('node_')) types.set(typed, type)
    const [, family = '', labels = '', value = ''] = /^([a-z]\w*)(\{.*\})? (\S+)$/.exec(line) ?? []
    if (!family.startsWith('node_') || family === 'node_exporter_build_info') continue
    if (!later.has(family)) values.set(family + withoutLaterLabels(family, labels), Number(value))
  }
  for (const family of later) types.delete(family)
  return { types, values }
}

function withoutLaterLabels(family: string, labels: string): string {
  return laterLabels.reduce(
    (text, [pattern, label]) =>
      pattern.test(family) ? text.replace(new RegExp(`,?${label}="[^"]*"`), '') : text,
    labels,
  )
}

/** Families whose values can be compared: what changes slowly, or never. */
const steady =
  /^node_(boot_time|cpu_info|disk_info|ethtool_info|filesystem_(size|files\{|readonly|device_error)|memory_(MemTotal|SwapTotal|HugePages|Hugepagesize|Vmalloc\w*Total)|network_routes?_|os_|uname|time_(zone|clock)|network_\w+_(errs|drop|fifo|frame|colls|carrier|compressed)_|network_(supported|advertised|autonegotiate|pause|asymmetricpause)|scrape_collector_success|textfile_scrape|timex_(?!offset|maxerror|estimated)|sockstat_(RAW|UDPLITE|FRAG))/

/** Counters of the same moment, more or less: these may differ by what a second brings. */
const counting =
  /^node_(cpu_seconds_total|network_(receive|transmit)_(bytes|packets)_total|context_switches_total|forks_total|intr_total|disk_(reads|writes)_completed_total|qdisc_\w+_total|vmstat_pg)/

async function startOriginal(binary: string): Promise<{ url: string; child: ChildProcess }> {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const child = spawn(binary, [`--web.listen-address=127.0.0.1:${port}`, ...flags], {
    stdio: 'ignore',
  })
  await waitFor("Debian's node exporter", async () => (await fetch(url)).ok)
  return { url, child }
}

testWithPeer(
  'prometheus-node-exporter',
  "the same families, types, labels and series as Debian's node exporter, and the same values",
  async (binary) => {
    await using ours = await startProgram('exporters/node/main.ts', flags)
    const original = await startOriginal(binary)
    try {
      const scrape = async (url: string): Promise<Page> =>
        parse(await (await fetch(`${url}/metrics`)).text())
      const before = await scrape(ours.url)
      const theirs = await scrape(original.url)
      const after = await scrape(ours.url)
      expect([...after.types].sort()).toEqual([...theirs.types].sort())
      expect([...after.values.keys()].sort()).toEqual([...theirs.values.keys()].sort())
      expect(theirs.values.size).toBeGreaterThan(300)
      let compared = 0
      for (const [series, value] of theirs.values) {
        if (steady.test(series)) {
          expect(after.values.get(series), series).toBe(value)
          compared += 1
        } else if (counting.test(series)) {
          // Ours was scraped before and after theirs.
          expect(value, series).toBeGreaterThanOrEqual(before.values.get(series) ?? Number.NaN)
          expect(value, series).toBeLessThanOrEqual(after.values.get(series) ?? Number.NaN)
          compared += 1
        }
      }
      expect(compared).toBeGreaterThan(100)
    } finally {
      original.child.kill()
    }
  },
  60_000,
)
