/** A host with many CPUs, disks, interfaces and mounts, as the files that node-exporters read. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type BigHost = { readonly root: string; remove(): void }

export type BigHostSize = {
  readonly cpus: number
  readonly disks: number
  readonly interfaces: number
  readonly mounts: number
}

/** At this many of everything in all, where 1 is 256 CPUs, 500 disks, 2,000 interfaces, 5,000 mounts. */
export function sizeOf(part: number): BigHostSize {
  const share = (whole: number): number => Math.round(whole * part)
  return {
    cpus: share(256),
    disks: share(500),
    interfaces: share(2000),
    mounts: share(5000),
  }
}

/** The mount points exist below the root, so that statfs(2) answers for them: --path.rootfs. */
export function makeBigHost(size: BigHostSize): BigHost {
  const root = mkdtempSync(join(tmpdir(), 'narthex-big-host-'))
  const write = (path: string, content: string): void => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  writeCpus(write, size.cpus)
  writeDisks(write, size.disks)
  writeInterfaces(write, size.interfaces)
  writeMounts(write, root, size.mounts)
  writeRest(write)
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

type Write = (path: string, content: string) => void

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
}

/** Numbers as they are after a month, the same at each call. */
function numbers(count: number, seed: number): string {
  return Array.from({ length: count }, (_, i) => (seed + 1) * 7919 * (i + 3)).join(' ')
}

function writeCpus(write: Write, cpus: number): void {
  const stat = lines(cpus, (cpu) => `cpu${cpu} ${numbers(10, cpu)}`)
  write(
    'proc/stat',
    `cpu ${numbers(10, cpus)}\n${stat}intr ${numbers(400, 1)}\nctxt 123456789\nbtime 1700000000\n` +
      `processes 1234567\nprocs_running 3\nprocs_blocked 0\nsoftirq ${numbers(11, 2)}\n`,
  )
  write(
    'proc/schedstat',
    `version 15\ntimestamp 1\n${lines(cpus, (cpu) => `cpu${cpu} ${numbers(9, cpu)}`)}`,
  )
  write(
    'proc/net/softnet_stat',
    lines(cpus, (cpu) =>
      Array.from({ length: 13 }, (_, i) => (cpu * 31 + i).toString(16).padStart(8, '0')).join(' '),
    ),
  )
  write(
    'proc/cpuinfo',
    lines(cpus, (cpu) => `processor\t: ${cpu}\nvendor_id\t: X\ncpu MHz\t\t: 2400.000\n`),
  )
  write('sys/devices/system/cpu/offline', '\n')
  write('sys/devices/system/cpu/online', `0-${cpus - 1}\n`)
  for (let cpu = 0; cpu < cpus; cpu += 1) {
    const folder = `sys/devices/system/cpu/cpu${cpu}`
    write(`${folder}/topology/core_id`, `${cpu >> 1}\n`)
    write(`${folder}/topology/physical_package_id`, `${cpu >> 6}\n`)
    write(`${folder}/thermal_throttle/core_throttle_count`, `${cpu}\n`)
    write(`${folder}/thermal_throttle/package_throttle_count`, '5\n')
    write(`${folder}/cpufreq/scaling_governor`, 'performance\n')
    write(`${folder}/cpufreq/scaling_available_governors`, 'performance powersave\n')
    write(`${folder}/cpufreq/scaling_driver`, 'intel_pstate\n')
    write(`${folder}/cpufreq/scaling_setspeed`, '<unsupported>\n')
    write(`${folder}/cpufreq/related_cpus`, `${cpu}\n`)
    for (const which of ['cur', 'min', 'max']) {
      write(`${folder}/cpufreq/scaling_${which}_freq`, `${2_400_000 + cpu}\n`)
    }
    for (const which of ['min', 'max'])
      write(`${folder}/cpufreq/cpuinfo_${which}_freq`, '3800000\n')
  }
}

function writeDisks(write: Write, disks: number): void {
  write(
    'proc/diskstats',
    lines(disks, (disk) => ` 8 ${disk} sd${disk} ${numbers(17, disk)}`),
  )
  for (let disk = 0; disk < disks; disk += 1) {
    write(`sys/block/sd${disk}/queue/rotational`, '0\n')
    write(
      `udev/data/b8:${disk}`,
      `E:ID_MODEL=DISK_MODEL\nE:ID_SERIAL_SHORT=S${disk}\nE:ID_WWN=0x5000${disk}\nE:ID_PATH=pci-${disk}\n`,
    )
  }
}

const attributes: Readonly<Record<string, string>> = {
  addr_assign_type: '3',
  address: '02:00:00:00:00:01',
  broadcast: 'ff:ff:ff:ff:ff:ff',
  carrier: '1',
  carrier_changes: '2',
  carrier_down_count: '1',
  carrier_up_count: '1',
  dev_id: '0x0',
  dormant: '0',
  duplex: 'full',
  flags: '0x1003',
  ifalias: '',
  ifindex: '2',
  iflink: '2',
  link_mode: '0',
  mtu: '1500',
  name_assign_type: '4',
  netdev_group: '0',
  operstate: 'up',
  speed: '10000',
  tx_queue_len: '1000',
  type: '1',
}

function writeInterfaces(write: Write, interfaces: number): void {
  write(
    'proc/net/dev',
    `Inter-| Receive | Transmit\n face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed\n${lines(
      interfaces,
      (index) => `veth${index}: ${numbers(16, index)}`,
    )}`,
  )
  for (let index = 0; index < interfaces; index += 1) {
    for (const [name, value] of Object.entries(attributes)) {
      write(`sys/class/net/veth${index}/${name}`, `${value}\n`)
    }
    write(`sys/class/net/veth${index}/statistics/rx_nohandler`, '0\n')
  }
}

function writeMounts(write: Write, root: string, mounts: number): void {
  const line = (index: number): string => {
    const point = index === 0 ? '/' : `/data/volume-${index}`
    mkdirSync(join(root, point), { recursive: true })
    const at = join(root, point)
    return `${index + 20} 1 8:${index} / ${at} rw,relatime shared:1 - ext4 /dev/sd${index} rw`
  }
  const list = lines(mounts, line)
  for (const process of ['1', 'self']) write(`proc/${process}/mountinfo`, list)
}

function writeRest(write: Write): void {
  write('proc/loadavg', '1.5 1.2 1.1 3/900 12345\n')
  write(
    'proc/meminfo',
    lines(50, (index) => `Field${index}:   ${index * 1024} kB`),
  )
  write(
    'proc/vmstat',
    lines(150, (index) => `pgfield_${index} ${index * 77}`),
  )
  write('proc/sys/fs/file-nr', '1024\t0\t1631329\n')
}
