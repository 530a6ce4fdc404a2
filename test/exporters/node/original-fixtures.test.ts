import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { collectors } from '../../../exporters/node/collectors/index.ts'
import { describeShared } from '../../shared-folder.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { only, startMachine } from './machine.ts'

/**
 * What the original's end-to-end test leaves out or asks of the real machine; most are compared with
 * Debian's in test/compat/.
 */
const notThere = [
  'bcachefs',
  'bonding',
  'btrfs',
  'conntrack',
  'cpu_vulnerabilities',
  'cpufreq',
  'drbd',
  'drm',
  'edac',
  'ethtool',
  'fibrechannel',
  'filesystem',
  'hardware', // ours
  'hwmon',
  'ipvs',
  'ksmd',
  'logind',
  'mdadm',
  'meminfo_numa',
  'nfsd',
  'processes',
  'processes_top',
  'zfs',
  'netdev',
  'network_route',
  'nvmesubsystem',
  'pcidevice',
  'perf',
  'powersupplyclass',
  'rapl',
  'selinux',
  'slabinfo',
  'softnet',
  'swap',
  'systemd',
  'tcpstat',
  'tapestats',
  'timex',
  'udp_queues',
  'uname',
  'wifi',
  'unit_resources',
  'xfrm',
]

/** The original's own fake machine and the page it gave in its end-to-end test. HELP texts are ours. */
describeShared("the original's fixtures", (shared) => {
  const folder = temporaryFolder()
  afterAll(() => folder[Symbol.dispose]())
  const fixtures = join(shared, 'fixtures/node')
  execFileSync('tar', ['-xzf', join(fixtures, 'fixtures.tar.gz'), '-C', folder.path])
  comparePages(folder.path, fixtures, join(shared, 'reference/node/catalogue.tsv'))
  compareTextfiles(folder.path)
  comparePciNames(folder.path)
})

function comparePages(root: string, fixtures: string, catalogueFile: string): void {
  const compared = collectors.map(({ name }) => name).filter((name) => !notThere.includes(name))
  const owners = new Map<string, string>()
  for (const row of readFileSync(catalogueFile, 'utf8').split('\n').slice(1)) {
    const [family = '', , , owner = '', , flag = ''] = row.split('\t')
    // netclass can show netdev's families, by netlink, which ours does not.
    if (flag.includes('--collector.netclass.netlink')) continue
    if (!owners.has(family)) owners.set(family, owner)
  }
  const expected = readFileSync(join(fixtures, 'expected.prom'), 'utf8')
  const machine = startMachine({
    root,
    args: [
      ...only(...compared),
      '--collector.bcache.priorityStats',
      '--collector.netclass.ignore-invalid-speed',
      '--collector.netclass.ignored-devices=(dmz|int)',
      '--collector.cpu.info',
      '--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$',
      '--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$',
      '--collector.arp.device-exclude=nope',
      '--no-collector.arp.netlink',
      '--collector.qdisc.device-include=(wlan0|eth0)',
      `--collector.qdisc.fixtures=${join(root, 'qdisc')}/`,
      '--collector.stat.softirq',
      '--collector.sysctl.include=fs.file-nr',
      '--collector.sysctl.include=fs.file-nr:total,current,max',
      '--collector.sysctl.include=kernel.threads-max',
      '--collector.sysctl.include-info=kernel.seccomp.actions_avail',
      `--collector.textfile.directory=${join(root, 'textfile/two_metric_files')}/`,
    ],
  })
  const page = machine.scrape()

  for (const collector of compared) {
    test(`collector ${collector} gives the original's samples and types on its fixtures`, async () => {
      const isWanted = (family: string): boolean => owners.get(family) === collector
      const wanted = comparable(expected, isWanted)
      expect(wanted.length).toBeGreaterThan(1)
      expect(
        comparable(await page, (family) => isWanted(family) && inPage(expected, family)),
      ).toEqual(wanted)
    })
  }

  test('beside the families of the fixtures there are only known ones', async () => {
    const families = [...(await page).matchAll(/^# TYPE (\S+)/gm)].map(([, family = '']) => family)
    const ours = ['node_scrape_collector_outcome', 'node_textfile_problem']
    const unknown = families.filter((family) => !owners.has(family) && !ours.includes(family))
    expect(unknown).toEqual(['testmetric1_1', 'testmetric1_2', 'testmetric2_1', 'testmetric2_2'])
  })
}

function inPage(page: string, family: string): boolean {
  return `\n${page}`.includes(`\n# TYPE ${family} `)
}

/** TYPE lines and samples of some families; values that depend on the clock are cut. */
function comparable(page: string, isWanted: (family: string) => boolean): string[] {
  return page
    .split('\n')
    .filter((line) => isWanted(/^(?:# TYPE )?([^ {]+)/.exec(line)?.[1] ?? ''))
    .filter((line) => !/^(node_textfile_mtime_seconds|node_time_(zone|seconds))/.test(line))
}

function compareTextfiles(root: string): void {
  const cases = readdirSync(join(root, 'textfile')).filter((name) => name.endsWith('.out'))
  for (const file of cases) {
    const name = file.replace(/\.out$/, '')
    test(`collector textfile merges as the original does: ${name}`, async () => {
      const path = name === 'glob_extra_dimension' ? '*_extra_dimension' : name
      const directory = join(root, 'textfile', path)
      for (const folder of path.includes('*') ? [] : [directory]) setTimes(folder)
      for (const folder of ['histogram_extra_dimension', 'summary_extra_dimension']) {
        setTimes(join(root, 'textfile', folder))
      }
      const machine = startMachine({
        root,
        args: [...only('textfile'), `--collector.textfile.directory=${directory}`],
      })
      const page = (await machine.scrape()).replaceAll(join(root, 'textfile'), 'fixtures/textfile')
      const expected = readFileSync(join(root, 'textfile', file), 'utf8')
      const own = /^(# TYPE )?node_textfile_problem/ // which the original does not have
      expect(samples(page).filter((line) => !own.test(line))).toEqual(samples(expected))
    })
  }
}

function comparePciNames(root: string): void {
  test('collector pcidevice names the devices as the original does', async () => {
    const names = ['--collector.pcidevice.names', `--collector.pcidevice.idsfile=${root}/pci.ids`]
    const machine = startMachine({ root, args: [...only('pcidevice'), ...names] })
    const expected = readFileSync(join(root, 'pcidevice-names-output.txt'), 'utf8')
    const values = (page: string): string[] =>
      page.split('\n').filter((line) => line.startsWith('node_pcidevice'))
    expect(values(await machine.scrape()).sort()).toEqual(values(expected).sort())
  })
}

/** The expected pages pretend that all files were written in the first second of the epoch. */
function setTimes(folder: string): void {
  try {
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

/** Everything but our own HELP texts and the collector's outcome. */
function samples(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !/^(# HELP node_|(# \w+ )?node_scrape_collector_)/.test(line))
}
