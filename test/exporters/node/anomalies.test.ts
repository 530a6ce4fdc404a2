import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { addressScope } from '../../../exporters/node/network-interface.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

type Files = Readonly<Record<string, string | undefined>>

/** The fake machine with some files changed, or gone; what collector and log make of it. */
async function collect(collector: string, files: Files, args: readonly string[] = []) {
  using folder = temporaryFolder()
  linkMachine(fakeMachine, folder.path, [...Object.keys(files), ...foldersOfLinks])
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder.path, name)
    if (content === undefined) {
      if (!existsSync(join(fakeMachine, name))) throw new Error(`${name} is not there anyway`)
      continue
    }
    mkdirSync(dirname(file), { recursive: true })
    const place = realpathSync(dirname(file))
    if (!place.startsWith(folder.path)) throw new Error(`${name} is behind a link: change ${place}`)
    writeFileSync(file, content)
  }
  const machine = startMachine({ root: folder.path, args: [...only(collector), ...args] })
  return { page: await machine.scrape(), log: machine.lines.at(-1) ?? '' }
}

/** Their links must lead into the changed machine, so they are never linked as a whole. */
const foldersOfLinks = ['sys/bus/pci/devices/*']

/** A machine without these files; what is beside their paths is linked, for a copy takes 0.5 s. */
function linkMachine(source: string, target: string, without: readonly string[]): void {
  mkdirSync(target, { recursive: true })
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const { name } = entry
    if (without.includes(name)) continue
    const from = join(source, name)
    const to = join(target, name)
    const below = without.flatMap((path) => (path.startsWith(`${name}/`) ? [path] : []))
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else if (below.length === 0) symlinkSync(from, to)
    else {
      const rest = below.map((path) => path.slice(name.length + 1))
      linkMachine(from, to, rest)
    }
  }
}

/** The collector fails with this error. */
function checkFails(collector: string, files: Files, error: string): void {
  test(`collector ${collector} fails: ${error}`, async () => {
    const { page, log } = await collect(collector, files)
    expect(page).toContain(`node_scrape_collector_success{collector="${collector}"} 0\n`)
    expect(log).toContain('msg="collector failed"')
    expect(log.replaceAll('\\"', '"')).toContain(error)
  })
}

checkFails('loadavg', { 'proc/loadavg': '0.5 x 0.7 1/2 3\n' }, 'expected three numbers')
checkFails('loadavg', { 'proc/loadavg': '0.5 0.6' }, 'expected three numbers')
checkFails('loadavg', { 'proc/loadavg': undefined }, 'loadavg: no such file or directory')
checkFails('meminfo', { 'proc/meminfo': 'MemTotal: 12 MB\n' }, 'expected kB, got "MB"')
checkFails('meminfo', { 'proc/meminfo': 'MemTotal:\n' }, 'expected a number')
checkFails('processes_top', { 'proc/uptime': undefined }, 'uptime: no such file')
checkFails('processes_top', { 'proc/42/stat': '42 a S 1\n' }, '42/stat: expected a name')
checkFails('processes_top', { 'proc/42/stat': '42 (a) S 1\n' }, 'found the end of "42 (a) S 1"')
checkFails(
  'unit_resources',
  { 'sys/fs/cgroup/system.slice/web.service/pids.current': 'x\n' },
  'found "x"',
)
checkFails(
  'vmstat',
  { 'proc/vmstat': 'pgfault x\n' },
  'expected a number, found "x" in "pgfault x"',
)
checkFails('netstat', { 'proc/net/snmp': 'Ip: Forwarding\nIp: 1 2\n' }, 'more numbers than names')
checkFails(
  'netstat',
  { 'proc/net/snmp': 'Ip: Forwarding DefaultTTL\nIp: 1\n' },
  'expected a number',
)
checkFails('netstat', { 'proc/net/netstat': undefined }, 'no such file')
checkFails('netdev', { 'proc/net/dev': 'a\nb\nno colon here\n' }, 'expected an interface')
checkFails('netdev', { 'proc/net/dev': undefined }, 'no such file')
checkFails('sockstat', { 'proc/net/sockstat': 'TCP: inuse x\n' }, 'expected a number')
checkFails('diskstats', { 'proc/diskstats': '8 0 sda 1 2 x\n' }, 'expected a number')
checkFails('os', { 'etc/os-release': 'SUPPORT_END=soon\n' }, 'SUPPORT_END=soon is not a date')
checkFails('buddyinfo', { 'proc/buddyinfo': undefined }, 'no such file')
checkFails('buddyinfo', { 'proc/buddyinfo': 'Node 0, zone\n' }, 'expected a node and a zone')
checkFails(
  'buddyinfo',
  { 'proc/buddyinfo': 'Node 0, zone A 1 2\nNode 0, zone B 1\n' },
  'expected 2 sizes in zone B, got 1',
)
checkFails('cgroups', { 'proc/cgroups': undefined }, 'no such file')
checkFails('cgroups', { 'proc/cgroups': 'cpu 0 1\n' }, 'found the end of "cpu 0 1"')
checkFails('conntrack', { 'proc/net/stat/nf_conntrack': 'x\n1 2\n' }, 'expected 16 or 17 columns')
checkFails('conntrack', { 'proc/sys/net/netfilter/nf_conntrack_max': '\n' }, 'found the end of ""')
checkFails('entropy', { 'proc/sys/kernel/random/poolsize': undefined }, 'no such file')
checkFails('filefd', { 'proc/sys/fs/file-nr': '1024\t0\n' }, 'found the end of "1024')
checkFails('kernel_hung', { 'proc/sys/kernel/hung_task_detect_count': 'x' }, 'found "x"')
checkFails(
  'schedstat',
  { 'proc/schedstat': 'cpu0 1 2 3 4 5 6 7 8\n' },
  'found the end of "cpu0 1 2',
)
checkFails('slabinfo', { 'proc/slabinfo': undefined }, 'no such file')
checkFails('slabinfo', { 'proc/slabinfo': 'a 1 2 3 4 5 : 6\n' }, 'expected 16 words for slab "a"')
checkFails('softirqs', { 'proc/softirqs': 'CPU0\nHI: x\n' }, 'found "x" in "HI: x"')
checkFails('softnet', { 'proc/net/softnet_stat': undefined }, 'no such file')
checkFails('softnet', { 'proc/net/softnet_stat': '0 0 0\n' }, 'at least 9 columns, got 3')
checkFails('swap', { 'proc/swaps': 'Filename\n/dev/sda file 1\n' }, 'found the end of')
checkFails('udp_queues', { 'proc/net/udp': 'sl\n0: a b c 1:2\n' }, 'expected 13 columns, got 5')
checkFails('udp_queues', { 'proc/net/udp6': 'sl\n0: a b 7 1 2\n' }, 'expected tx_queue:rx_queue')
checkFails('xfrm', { 'proc/net/xfrm_stat': undefined }, 'no such file')
checkFails('xfrm', { 'proc/net/xfrm_stat': 'XfrmInError\n' }, 'found the end of "XfrmInError"')
checkFails('cpufreq', { 'sys/devices/system/cpu/offline': undefined }, 'no such file')
checkFails(
  'cpufreq',
  { 'sys/devices/system/cpu/cpu0/cpufreq/scaling_driver': undefined },
  'scaling_driver: no such file',
)
checkFails(
  'cpufreq',
  { 'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_cur_freq': '<unknown>\n' },
  'expected a number, got "<unknown>"',
)
checkFails('powersupplyclass', { 'sys/class/power_supply/AC/online': 'yes\n' }, 'got "yes"')
checkFails('bonding', { 'sys/class/net/bond0/bonding/slaves': undefined }, 'no such file')
checkFails('bonding', { 'sys/class/net/bond0/lower_eth0': undefined }, 'mii_status: no such file')
checkFails('edac', { 'sys/devices/system/edac/mc/mc0/ue_count': undefined }, 'no such file')
checkFails('edac', { 'sys/devices/system/edac/mc/mc0/ue_count': '-1\n' }, 'a number, got "-1"')
checkFails('nvme', { 'sys/class/nvme/nvme0/model': undefined }, 'model: no such file')
checkFails('nvme', { 'sys/class/nvme/nvme0/nvme0n1/size': 'big\n' }, 'got "big"')
checkFails('rapl', { 'sys/class/powercap/intel-rapl:0/energy_uj': 'x\n' }, 'energy_uj: expected')
checkFails('watchdog', { 'sys/class/watchdog/watchdog0/timeout': 'soon\n' }, 'got "soon"')
checkFails('xfs', { 'sys/fs/xfs/sda1/stats/stats': 'rw 1 2 3\n' }, 'expected 2 numbers after rw')
checkFails('xfs', { 'sys/fs/xfs/sda1/stats/stats': 'rw 1 x\n' }, 'found "x" in "rw 1 x"')
checkFails('arp', { 'proc/net/arp': undefined }, 'no such file')
checkFails('arp', { 'proc/net/arp': '192.0.2.1 0x1 0x2\n' }, 'expected 6 columns, got 3')
checkFails('drbd', { 'proc/drbd': '0: cs:Connected\n ns:1x nr:2\n' }, 'number behind ns:, got "1x"')
checkFails('interrupts', { 'proc/interrupts': undefined }, 'no such file')
checkFails('interrupts', { 'proc/interrupts': '' }, 'expected the CPUs')
checkFails('interrupts', { 'proc/interrupts': 'CPU0 CPU1\nNMI: 4 Non maskable\n' }, 'found "Non"')
checkFails('ipvs', { 'proc/net/ip_vs': undefined }, 'no such file')
checkFails('ipvs', { 'proc/net/ip_vs': 'TCP localhost:80 rr\n' }, 'address, got "localhost:80"')
checkFails(
  'ipvs',
  { 'proc/net/ip_vs': 'TCP C0000216:0CEA\n -> C0000216:0CEA Route many 0 0\n' },
  'expected a number, got "many"',
)
checkFails('ipvs', { 'proc/net/ip_vs_stats': 'Total\nConns\n' }, 'found the end')
checkFails('ksmd', { 'sys/kernel/mm/ksm/run': 'yes\n' }, 'found "yes"')
checkFails('lnstat', { 'proc/net/stat': undefined }, 'net/stat: no such directory')
checkFails('lnstat', { 'proc/net/stat/arp_cache': 'entries\nx\n' }, 'found "x"')
checkFails('mdadm', { 'proc/mdstat': 'md0 : active raid1 sda1[0]\n' }, 'three more lines')
checkFails('mdadm', { 'proc/mdstat': 'md0 :\n\n\n\n' }, 'at least 3 words')
checkFails('mdadm', { 'proc/mdstat': 'md0 : active raid1 a[0]\n x\n\n\n' }, 'number of blocks')
checkFails(
  'mdadm',
  { 'proc/mdstat': 'md0 : active raid1 a[0]\n 5 blocks\n\n\n' },
  'active disks] [UU]',
)
checkFails(
  'mdadm',
  { 'proc/mdstat': 'md0 : active raid0 a[0]\n 5 blocks\n check = 5%\n\n' },
  '(blocks synced/blocks)',
)
checkFails('mdadm', { 'sys/block/md5/md/degraded': 'one\n' }, 'expected a number, got "one"')
checkFails(
  'meminfo_numa',
  { 'sys/devices/system/node/node1/numastat': undefined },
  'node1/numastat: no such file',
)
checkFails(
  'meminfo_numa',
  { 'sys/devices/system/node/node1/meminfo': 'Node 1 MemTotal: 5 MB\n' },
  'expected kB, got "MB"',
)
checkFails('selinux', { 'sys/fs/selinux/enforce': 'x' }, 'found "x"')
checkFails('tcpstat', { 'proc/net/tcp': undefined }, 'no such file')
checkFails('tcpstat', { 'proc/net/tcp6': 'sl\n0: a b 0A 1 2\n' }, 'net/tcp6: expected tx_queue:rx')
checkFails('tcpstat', { 'proc/net/tcp': 'sl\n0: a b 0A 1:2 3\n' }, 'expected 12 columns, got 6')
checkFails(
  'bcache',
  { 'sys/fs/bcache/deaddd54-0000-0000-0000-000000000000/bdev0/dirty_data': '20.4Q\n' },
  'expected a number such as 20.4G, got "20.4Q"',
)
checkFails(
  'bcachefs',
  { 'sys/fs/bcachefs/deadbeef-1234-5678-9012-abcdefabcdef/counters/io_move': 'none\n' },
  'expected "since filesystem creation:", got "none"',
)
checkFails('dmmultipath', { 'sys/block/dm-5/size': 'x\n' }, 'size: expected a number')
checkFails('drm', { 'sys/class/drm/card1/device/uevent': undefined }, 'uevent: no such file')
checkFails(
  'fibrechannel',
  { 'sys/class/fc_host/host0/statistics/rx_frames': '0x\n' },
  'rx_frames: expected a number, got "0x"',
)
checkFails('infiniband', { 'sys/class/infiniband/mlx5_0/fw_ver': undefined }, 'fw_ver: no such')
checkFails('infiniband', { 'sys/class/infiniband/mlx5_0/ports/1/rate': 'fast\n' }, 'got "fast"')
checkFails('infiniband', { 'sys/class/infiniband/mlx5_0/ports/1/state': 'up\n' }, 'got "up"')
checkFails('nvmesubsystem', { 'sys/class/nvme-subsystem/nvme-subsys0/model': undefined }, 'model:')
checkFails(
  'pcidevice',
  { 'sys/devices/pci0000:00/0000:00:02.1/vendor': undefined },
  'vendor: no such file',
)
checkFails(
  'pcidevice',
  { 'sys/devices/pci0000:00/0000:00:02.1/max_link_speed': '8 MHz\n' },
  'expected a speed in GT/s PCIe, got "8 MHz"',
)
checkFails('tapestats', { 'sys/class/scsi_tape/st0/stats/io_ns': undefined }, 'io_ns: no such file')
checkFails('nfs', { 'proc/net/rpc/nfs': 'rpc 1 2 3\nproc5 1 2\n' }, 'unknown line "proc5"')
checkFails('nfs', { 'proc/net/rpc/nfs': 'constructor 1\n' }, 'unknown line "constructor"')
checkFails('nfs', { 'proc/net/rpc/nfs': 'proc2 18 1 2\n' }, '19 numbers behind proc2, got 3')
checkFails('nfsd', { 'proc/net/rpc/nfsd': 'rc 1 2 x\n' }, 'found "x" in "rc 1 2 x"')
checkFails('nfsd', { 'proc/net/rpc/nfsd': 'proc4ops 2 1 2\n' }, '40 numbers behind proc4ops, got 3')
checkFails('zoneinfo', { 'proc/zoneinfo': undefined }, 'no such file')
checkFails('zoneinfo', { 'proc/zoneinfo': 'Node 0\n' }, 'expected a node and its zone')
checkFails('zoneinfo', { 'proc/zoneinfo': 'Node 0, zone DMA\nmin\n' }, 'found the end of "min"')
checkFails(
  'zoneinfo',
  { 'proc/zoneinfo': 'Node 0, zone DMA\nprotection: (0, x)\n' },
  'expected numbers behind protection, got 0, x',
)
checkFails('processes', { 'proc/sys/kernel/pid_max': undefined }, 'pid_max: no such file')
checkFails('processes', { 'proc/42/stat': '42 (cut' }, '42/stat: expected a command in parentheses')
checkFails(
  'zfs',
  { 'proc/spl/kstat/zfs/fm': '0 1 0x01 4\n' },
  'zfs/fm: expected a line "name type data"',
)
checkFails('zfs', { 'proc/spl/kstat/zfs/tank/io': 'nread nwritten\n1 2\n' }, 'begins with nread')
checkFails('zfs', { 'proc/spl/kstat/zfs/fm': 'name type data\na 4 x\n' }, 'found "x" in "a 4 x"')
checkFails('mountstats', { 'proc/self/mountstats': undefined }, 'no such file')
checkFails('mountstats', { 'proc/self/mountinfo': undefined }, 'no such file')

/** An NFS mount with one more line of statistics. */
function nfsMount(line: string): Files {
  const device = 'device srv:/data mounted on /mnt with fstype nfs4 statvers=1.1'
  return { 'proc/self/mountstats': `${device}\n\tage: 1\n\t${line}\n` }
}

checkFails('mountstats', nfsMount('bytes: 1 2'), 'expected 8 numbers behind bytes:, got "1 2"')
checkFails('mountstats', nfsMount('events: 1 2'), 'expected 27 numbers behind events:')
checkFails('mountstats', nfsMount('xprt: tcp 1 2'), 'expected 13 numbers behind xprt: tcp')
checkFails('mountstats', nfsMount('xprt: sctp 1 2'), 'unknown transport "sctp"')
checkFails(
  'mountstats',
  { 'proc/self/mountstats': 'device a mounted on /b with fstype ext4 statvers=1\n' },
  'cannot read statistics of type "ext4"',
)

/** There is nothing to measure, which is no failure. */
function checkNoData(collector: string, files: Files): void {
  test(`collector ${collector} has no data with ${JSON.stringify(files)}`, async () => {
    const { page, log } = await collect(collector, files)
    expect(page).toContain(`collector_outcome{collector="${collector}",outcome="no_data"} 1\n`)
    expect(log).toContain('level=DEBUG')
  })
}

checkNoData('os', { 'etc/os-release': undefined })
checkNoData('pressure', { 'proc/pressure': undefined })
checkNoData('pressure', { 'proc/pressure/memory': 'some total=1\n' })
checkNoData('unit_resources', { 'sys/fs/cgroup/cgroup.controllers': undefined })
checkNoData('conntrack', { 'proc/sys/net/netfilter': undefined })
checkNoData('conntrack', { 'proc/net/stat/nf_conntrack': undefined })
checkNoData('kernel_hung', { 'proc/sys/kernel/hung_task_detect_count': undefined })
checkNoData('schedstat', { 'proc/schedstat': undefined })
checkNoData('udp_queues', { 'proc/net/udp': undefined, 'proc/net/udp6': undefined })
checkNoData('hwmon', { 'sys/class/hwmon': undefined })
checkNoData('netclass', { 'sys/class/net': undefined })
checkNoData('powersupplyclass', { 'sys/class/power_supply': undefined })
checkNoData('bonding', { 'sys/class/net/bonding_masters': undefined })
checkNoData('dmi', { 'sys/class/dmi': undefined })
checkNoData('nvme', { 'sys/class/nvme': undefined })
checkNoData('rapl', { 'sys/class/powercap': undefined })
checkNoData('watchdog', { 'sys/class/watchdog': undefined })
checkNoData('drbd', { 'proc/drbd': undefined })
checkNoData('ipvs', { 'proc/net/ip_vs_stats': undefined })
checkNoData('mdadm', { 'proc/mdstat': undefined })
checkNoData('mdadm', { 'sys/block/md0/md/uuid': undefined })
checkNoData('bcachefs', { 'sys/fs/bcachefs': undefined })
checkNoData('dmmultipath', { 'sys/block': undefined })
checkNoData('fibrechannel', { 'sys/class/fc_host': undefined })
checkNoData('infiniband', { 'sys/class/infiniband': undefined })
checkNoData('nvmesubsystem', { 'sys/class/nvme-subsystem': undefined })
checkNoData('pcidevice', { 'sys/bus': undefined })
checkNoData('tapestats', { 'sys/class/scsi_tape': undefined })
checkNoData('nfs', { 'proc/net/rpc/nfs': undefined })
checkNoData('nfsd', { 'proc/net/rpc/nfsd': undefined })
checkNoData('zfs', { 'proc/spl': undefined })

/** These lines are on the page, or, with an exclamation mark, not. */
function checkLines(
  title: string,
  collector: string,
  files: Files,
  lines: readonly string[],
  args: readonly string[] = [],
): void {
  test(`collector ${collector}: ${title}`, async () => {
    const { page } = await collect(collector, files, args)
    expect(page).toContain(`node_scrape_collector_success{collector="${collector}"} 1\n`)
    for (const line of lines) {
      if (line.startsWith('!')) expect(page).not.toContain(line.slice(1))
      else expect(page).toContain(`${line}\n`)
    }
  })
}

checkLines('snmp6 is optional', 'netstat', { 'proc/net/snmp6': undefined }, [
  '!node_netstat_Ip6',
  'node_netstat_Tcp_InErrs 5',
])
checkLines(
  'any field can be asked for',
  'netstat',
  {},
  ['node_netstat_Tcp_MaxConn -1', '!node_netstat_Tcp_InErrs'],
  ['--collector.netstat.fields=MaxConn'],
)
checkLines(
  'no sockstat files',
  'sockstat',
  { 'proc/net/sockstat': undefined, 'proc/net/sockstat6': undefined },
  ['!node_sockstat'],
)
checkLines('no pressure of memory', 'pressure', { 'proc/pressure/memory': undefined }, [
  '!node_pressure_memory',
  'node_pressure_cpu_waiting_seconds_total 18.12177',
])
checkLines(
  'pressure of interrupts',
  'pressure',
  { 'proc/pressure/irq': 'full avg10=0.00 total=8494\n' },
  ['node_pressure_irq_stalled_seconds_total 0.008494'],
)
checkLines(
  'the file of /usr/lib is second',
  'os',
  {
    'etc/os-release': undefined,
    'usr/lib/os-release': "ID='a b'\nNAME=x\\ y # z\nVERSION_ID=rolling\n",
  },
  [
    '!node_os_version',
    'node_os_info{build_id="",id="a b",id_like="",image_id="",image_version="",name="x y",pretty_name="",variant="",variant_id="",version="",version_codename="",version_id="rolling"} 1',
  ],
)
checkLines(
  'detailed counters instead of the usual ones',
  'netdev',
  {},
  [
    'node_network_receive_crc_errors_total{device="eth0"} 3',
    'node_network_multicast_total{device="eth0"} 6',
    '!node_network_receive_errs_total',
    '!device="lo"',
  ],
  ['--collector.netdev.enable-detailed-metrics'],
)
checkLines(
  'the alias as a label',
  'netdev',
  {},
  [
    'node_network_receive_bytes_total{device="eth0",ifalias="uplink"} 4.4918096e+08',
    'node_network_receive_bytes_total{device="lo",ifalias=""} 3193',
  ],
  ['--collector.netdev.label-ifalias'],
)
checkLines(
  'without netlink there is no nohandler',
  'netdev',
  {},
  ['!nohandler'],
  ['--no-collector.netdev.netlink'],
)
checkLines('no udev database', 'diskstats', { udev: undefined }, [
  'node_disk_info{device="sda",major="8",minor="0",model="",path="",revision="",rotational="1",serial="",wwn=""} 1',
  '!node_disk_ata',
])
checkLines(
  'odd udev values are left out',
  'diskstats',
  {
    'udev/data/b8:0':
      'E:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=yes\nE:ID_ATA_ROTATION_RATE_RPM=0\nE:SCSI_IDENT_SERIAL=S1\nE:ID_SERIAL_SHORT=S2\n',
  },
  [
    '!node_disk_ata_write_cache',
    'node_disk_ata_rotation_rate_rpm{device="sda"} 0',
    'node_disk_info{device="sda",major="8",minor="0",model="",path="",revision="",rotational="1",serial="S1",wwn=""} 1',
  ],
)
checkLines('what is no number is left out', 'hwmon', { 'sys/class/hwmon/hwmon4/in1': 'high\n' }, [
  'node_hwmon_in_input_volts{chip="hwmon4",sensor="in1"} 0.9',
  '!node_hwmon_in_volts{chip="hwmon4"',
])
checkLines(
  'include and exclude together',
  'hwmon',
  {},
  ['node_hwmon_temp_celsius{chip="platform_radio_1_other",sensor="temp1"} 52', '!coretemp', '!phy'],
  ['--collector.hwmon.chip-include=radio', '--collector.hwmon.chip-exclude=hwmon[12]$'],
)
checkLines(
  'sensors by chip and name',
  'hwmon',
  {},
  [
    'node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 41',
    '!fan',
    '!hwmon4",sens',
  ],
  ['--collector.hwmon.sensor-include=coretemp_0;temp'],
)
checkLines(
  'a long label is cut',
  'hwmon',
  { 'sys/class/hwmon/hwmon4/in1_label': 'x'.repeat(200) },
  [`node_hwmon_sensor_label{chip="hwmon4",label="${'x'.repeat(128)}",sensor="in1"} 1`],
)
checkLines(
  'what is no number counts as 0, what is missing not at all',
  'netclass',
  {
    'sys/class/net/eth0/mtu': 'many\n',
    'sys/class/net/eth0/flags': undefined,
    'sys/class/net/eth0/ifindex': undefined,
  },
  [
    'node_network_mtu_bytes{device="eth0"} 0',
    'node_network_info{address="02:00:00:00:00:01",adminstate="unknown",broadcast="ff:ff:ff:ff:ff:ff",device="eth0",duplex="full",ifalias="uplink",operstate="up"} 1',
    '!iface_id{device="eth0"',
  ],
)
checkLines(
  'some interfaces, without invalid speeds',
  'netclass',
  {},
  ['node_network_speed_bytes{device="eth0"} 1.25e+08', '!node_network_speed_bytes{device="lo"'],
  ['--collector.netclass.ignore-invalid-speed', '--collector.netclass.ignored-devices=^wl'],
)
checkLines(
  'supplies can be ignored',
  'powersupplyclass',
  {},
  ['node_power_supply_online{power_supply="AC"} 1', '!BAT0'],
  ['--collector.powersupply.ignored-supplies=^BAT'],
)
checkLines('nothing is warm', 'thermal_zone', { 'sys/class/thermal': undefined }, [
  '!thermal_zone_t',
])
checkLines(
  'a cooler that does not answer is left out',
  'thermal_zone',
  { 'sys/class/thermal/cooling_device0/cur_state': '?\n' },
  ['!node_cooling', 'node_thermal_zone_temp{type="acpitz",zone="1"} 0'],
)
checkLines(
  'a CPU that is offline or has no cpufreq is left out',
  'cpufreq',
  { 'sys/devices/system/cpu/offline': '0,7\n' },
  ['!node_cpu_'],
)
checkLines('no memory controller', 'edac', { 'sys/devices/system/edac': undefined }, ['!node_edac'])
checkLines('no xfs', 'xfs', { 'sys/fs/xfs': undefined }, ['!node_xfs'])
checkLines('no btrfs', 'btrfs', { 'sys/fs/btrfs': undefined }, ['!node_btrfs'])
checkLines(
  'a clone, garbage and what is missing',
  'btrfs',
  {
    'sys/fs/btrfs/12345678-0000-0000-0000-000000000000/metadata_uuid': 'abc\n',
    'sys/fs/btrfs/12345678-0000-0000-0000-000000000000/commit_stats': undefined,
    'sys/fs/btrfs/12345678-0000-0000-0000-000000000000/devices/sda/size': 'x\n',
  },
  [
    'node_btrfs_info{label="data",uuid="abc"} 1',
    'node_btrfs_commits_total{uuid="abc"} 0',
    'node_btrfs_device_size_bytes{device="sda",uuid="abc"} 0',
  ],
)
checkLines(
  'the zone as a label',
  'rapl',
  { 'sys/class/powercap/intel-rapl:0/name': 'package-0-die-1\n' },
  ['!node_rapl_package', '!node_rapl_core_joules'],
  ['--collector.rapl.enable-zone-label'],
)
checkLines('no bcache', 'bcache', { 'sys/fs/bcache': undefined }, ['!node_bcache'])
checkLines('priority_stats only when asked for', 'bcache', {}, ['!priority'])
checkLines('no graphics', 'drm', { 'sys/class/drm': undefined }, ['!node_drm'])
checkLines(
  'adapters can be chosen',
  'infiniband',
  {},
  ['!node_infiniband'],
  ['--collector.infiniband.device-include=^mlx', '--collector.infiniband.device-exclude=_0$'],
)
checkLines(
  'drives can be ignored',
  'tapestats',
  {},
  ['!node_tape'],
  ['--collector.tapestats.ignored-devices=^st0$'],
)
checkLines('no clocksources', 'time', { 'sys/devices/system/clocksource': undefined }, [
  '!clocksource',
])
checkLines('what uname(2) says', 'uname', {}, [
  `node_uname_info{domainname="(none)",machine="${os.machine()}",nodename="${os.hostname()}",release="${os.release()}",sysname="Linux",version="${os.version()}"} 1`,
])
checkLines(
  'unknown lines are left alone',
  'stat',
  { 'proc/stat': 'cpu0 1\nctxt 5\nnew_thing x y\n' },
  ['node_context_switches_total 5', '!node_forks_total'],
)
checkLines(
  'a kernel with 16 columns',
  'conntrack',
  { 'proc/net/stat/nf_conntrack': 'x\n0 0 a 0 0 0 0 0 0 0 0 0 0 0 0 0\n' },
  ['node_nf_conntrack_stat_found 10', 'node_nf_conntrack_stat_search_restart 0'],
)
checkLines(
  'slabs can be chosen by both flags',
  'slabinfo',
  {},
  ['!tw_sock_TCP', '!kmalloc'],
  ['--collector.slabinfo.slabs-include=tw', '--collector.slabinfo.slabs-exclude=TCP'],
)
checkLines(
  'an old kernel has neither backlog nor CPU',
  'softnet',
  { 'proc/net/softnet_stat': '1 0 0 0 0 0 0 0 0\n2 0 0 0 0 0 0 0 5 0 0\n' },
  [
    'node_softnet_processed_total{cpu="1"} 2',
    'node_softnet_cpu_collision_total{cpu="1"} 5',
    'node_softnet_backlog_len{cpu="0"} 0',
  ],
)
checkLines('no IPv6', 'udp_queues', { 'proc/net/udp6': undefined }, [
  'node_udp_queues{ip="v4",queue="tx"} 22',
  '!v6',
])
checkLines(
  'interfaces can be chosen by both flags',
  'arp',
  {},
  ['node_arp_entries{device="eth0"} 2', '!docker0'],
  [
    '--collector.arp.device-include=e',
    '--collector.arp.device-exclude=r',
    '--no-collector.arp.netlink',
  ],
)
checkLines('an empty table', 'arp', { 'proc/net/arp': '' }, ['!node_arp_entries'])
checkLines(
  'interrupts are chosen by name, info and devices',
  'interrupts',
  {},
  ['node_interrupts_total{cpu="0",devices="timer",info="IR-IO-APIC-edge",type="0"} 18', '!cpu="1"'],
  ['--collector.interrupts.name-include=^0;IR.*;timer$', '--no-collector.interrupts.include-zeros'],
)
checkLines(
  'backends that are equal in the labels are summed',
  'ipvs',
  {},
  [
    'node_ipvs_backend_weight{local_port="3306",proto="TCP"} 100',
    'node_ipvs_backend_connections_inactive{local_port="3306",proto="TCP"} 3',
  ],
  ['--collector.ipvs.backend-labels=proto,local_port'],
)
checkLines(
  'no labels',
  'ipvs',
  {},
  ['node_ipvs_backend_weight 121'],
  ['--collector.ipvs.backend-labels='],
)
checkLines('no KSM', 'ksmd', { 'sys/kernel/mm/ksm': undefined }, ['!node_ksmd'])
checkLines(
  'an array that is reshaped is in no state',
  'mdadm',
  {
    'proc/mdstat':
      'md1 : active raid1 a[0] b[1](J)\n 9 blocks [2/2] [UU]\n [=>..] reshape = 50% (4/9) finish=1min\n',
  },
  [
    'node_md_state{device="md1",state="active"} 0',
    'node_md_state{device="md1",state="resync"} 0',
    'node_md_blocks_synced{device="md1"} 4',
  ],
)
checkLines('no NUMA', 'meminfo_numa', { 'sys/devices/system/node': undefined }, ['!node_memory'])
checkLines(
  'no weaknesses known',
  'cpu_vulnerabilities',
  {
    'sys/devices/system/cpu/vulnerabilities': undefined,
  },
  ['!node_cpu_vul'],
)
checkLines('no SELinux', 'selinux', { 'sys/fs/selinux': undefined }, [
  'node_selinux_enabled 0',
  '!_mode',
])
checkLines('SELinux without a policy', 'selinux', { 'proc/self/attr/current': 'kernel\0' }, [
  'node_selinux_enabled 0',
])
checkLines('SELinux without configuration', 'selinux', { 'etc/selinux/config': undefined }, [
  'node_selinux_config_mode -1',
  'node_selinux_current_mode 0',
])
checkLines(
  'integers in hexadecimal, octal and below zero',
  'sysctl',
  { 'proc/sys/a/b': '0x1f -017 0 -12\n' },
  ['node_sysctl_a_b_p 31', 'node_sysctl_a_b_q -15', 'node_sysctl_a_b_r 0', 'node_sysctl_a_b_s -12'],
  ['--collector.sysctl.include=a.b:p,q,r,s'],
)
checkLines('no IPv6', 'tcpstat', { 'proc/net/tcp6': undefined }, [
  'node_tcp_connection_states{state="listen"} 1',
])
checkLines('no sockets', 'tcpstat', { 'proc/net/tcp': 'sl\n', 'proc/net/tcp6': undefined }, [
  '!node_tcp',
])
checkLines('what a kernel does not count is 0', 'nfs', { 'proc/net/rpc/nfs': 'rpc 1 2 3\n' }, [
  'node_nfs_rpcs_total 1',
  'node_nfs_connections_total 0',
  'node_nfs_requests_total{method="Null",proto="2"} 0',
])
checkLines('what a kernel does not count is 0', 'nfsd', { 'proc/net/rpc/nfsd': 'io 1 2\n' }, [
  'node_nfsd_disk_bytes_read_total 1',
  'node_nfsd_server_threads 0',
  'node_nfsd_requests_total{method="WdelegGetattr",proto="4"} 0',
])
checkLines('a process that has just ended', 'processes', { 'proc/1/stat': undefined }, [
  'node_processes_pids 2',
  'node_processes_threads 4',
])
checkLines('a thread that has just ended', 'processes', { 'proc/42/task/43': undefined }, [
  'node_processes_threads_state{thread_state="D"} 1',
  '!thread_state="R"',
])
checkLines('a connection by RDMA', 'mountstats', nfsMount(`xprt: rdma ${'7 '.repeat(20)}`), [
  'node_mountstats_nfs_transport_idle_time_seconds{export="srv:/data",mountaddr="",protocol="rdma",transport="0"} 7',
])
checkLines(
  'the old format',
  'mountstats',
  {
    'proc/self/mountstats':
      'device srv:/d mounted on /mnt with fstype nfs statvers=1.0\n xprt: udp 1 2 3 4 5 6 7\n',
  },
  [
    'node_mountstats_nfs_transport_sends_total{export="srv:/d",mountaddr="",protocol="udp",transport="0"} 3',
    'node_mountstats_nfs_transport_backlog_queue_total{export="srv:/d",mountaddr="",protocol="udp",transport="0"} 7',
    'node_mountstats_nfs_transport_maximum_rpc_slots{export="srv:/d",mountaddr="",protocol="udp",transport="0"} 0',
  ],
)

/** A sysctl that cannot be shown as asked. */
function checkSysctl(flag: string, error: string): void {
  test(`collector sysctl fails with ${flag}: ${error}`, async () => {
    const { log } = await collect('sysctl', {}, [flag])
    expect(log.replaceAll('\\"', '"')).toContain(error)
  })
}

checkSysctl('--collector.sysctl.include=not.there', 'no such file')
checkSysctl('--collector.sysctl.include=kernel.seccomp.actions_avail', 'got "kill_process"')
checkSysctl('--collector.sysctl.include=fs.file-nr:a,b', 'as many values as keys (2), got 3')
checkSysctl('--collector.sysctl.include=kernel.threads-max:a', 'as many values as keys (1), got 1')

test('collector ipvs refuses a label that it does not know', () => {
  const args = ['--collector.ipvs.backend-labels=proto,colour']
  expect(() => startMachine({ root: fakeMachine, args })).toThrow(/knows no label "colour"/)
})

test('collector netdev shows the addresses of this machine', async () => {
  const { page } = await collect('netdev', {}, ['--collector.netdev.address-info'])
  expect(page).toContain(
    'node_network_address_info{address="127.0.0.1",device="lo",netmask="8",scope="link-local"} 1\n',
  )
})

test('collector netdev follows an alias that changes', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  const args = [...only('netdev'), '--collector.netdev.label-ifalias']
  const machine = startMachine({ root: folder.path, args })
  await machine.scrape()
  writeFileSync(join(folder.path, 'sys/class/net/eth0/ifalias'), 'downlink\n')
  const page = await machine.scrape()
  expect(page).toContain(
    'node_network_receive_nohandler_total{device="eth0",ifalias="downlink"} 13\n',
  )
  expect(page).not.toContain('uplink')
})

test('collector diskstats follows the udev database', async () => {
  using folder = temporaryFolder()
  cpSync(fakeMachine, folder.path, { recursive: true })
  const machine = startMachine({ root: folder.path, args: only('diskstats') })
  await machine.scrape()
  writeFileSync(join(folder.path, 'udev/data/b8:0'), 'E:ID_MODEL=another one\n')
  const page = await machine.scrape()
  expect(page).toContain('model="another one"')
  expect(page).not.toContain('ACME')
})

function checkScope(address: string, expected: string): void {
  test(`${address} is ${expected}`, () => {
    expect(addressScope(address)).toBe(expected)
  })
}

checkScope('127.0.0.1', 'link-local')
checkScope('::1', 'link-local')
checkScope('169.254.3.4', 'link-local')
checkScope('fe80::1', 'link-local')
checkScope('FEBF::1', 'link-local')
checkScope('ff02::1', 'link-local')
checkScope('ff01::1', 'interface-local')
checkScope('192.0.2.1', 'global')
checkScope('2001:db8::1', 'global')
