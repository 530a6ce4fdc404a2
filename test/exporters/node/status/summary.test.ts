/** The status for people: its whole text, its numbers, and what it says where something is not known. */
import { expect, test } from 'vitest'
import type { Now } from '../../../../exporters/node/status/os-utils.ts'
import { duration, formatStatus, size } from '../../../../exporters/node/status/summary.ts'

const gib = 1024 ** 3
const basics = {
  hostName: 'fennel',
  system: 'Linux 6.1.0 x64',
  uptimeSeconds: 3 * 86_400 + 4 * 3600 + 59,
  load: [0.5, 1, 12.345],
  cpus: 2,
}
const disk = { totalBytes: 100 * gib, usedBytes: 30 * gib, availableBytes: 60 * gib }
const now: Now = {
  cpu: { percent: 12.4, cores: [20, 5] },
  memory: { totalBytes: 16 * gib, availableBytes: 12 * gib, cachedBytes: 3 * gib },
  swap: { totalBytes: 0, usedBytes: 0 },
  disks: [
    { ...disk, device: '/dev/vda', mountPoint: '/' },
    { ...disk, device: '/dev/vda', mountPoint: '/var/lib/docker' },
    { ...disk, device: 'tmpfs', mountPoint: '/run' },
    { ...disk, device: 'server:/data', mountPoint: '/mnt' },
  ],
  network: [
    { name: 'eth0', receivedBytesPerSecond: 2048, sentBytesPerSecond: 0 },
    { name: 'eth1', receivedBytesPerSecond: 0, sentBytesPerSecond: 0 },
  ],
  byCpu: [{ pid: 1, name: 'in\u001bit', user: 'root', cpuPercent: 3.14, residentBytes: 1 }],
  byMemory: [{ pid: 7, name: 'node', user: 'me', cpuPercent: 0, residentBytes: 1.5 * gib }],
}

test('the status is a screenful', () => {
  expect(formatStatus(basics, now)).toBe(`\
fennel, Linux 6.1.0 x64, up 3 days 4 hours

load       0.50 1.00 12.35 on 2 CPUs
cpu        12% busy or waiting for disks (20% 5%)
memory     4.0 GiB of 16.0 GiB taken (25%), 12.0 GiB to be had, 3.0 GiB of files in cache
swap       none
disk       /  33% full, 60.0 GiB free  (/dev/vda)
           /mnt  33% full, 60.0 GiB free  (server:/data)
network    eth0  2.0 KiB/s in, 0 B/s out
by cpu       3.1% of a CPU since it started  in?it (1, root)
by memory    1.5 GiB  node (7, me)
`)
})

test('what is not known is said, part by part', () => {
  const nothing = new Error('no ps here')
  const text = formatStatus(basics, { ...now, byCpu: nothing, disks: nothing, network: [] })
  expect(text).toContain('by cpu     not known: no ps here\n')
  expect(text).toContain('disk       not known: no ps here\n')
  expect(text).toContain('network    none\n')
})

test('sizes and durations are short', () => {
  expect([0, 1023, 1024, 150 * 1024, 3 * gib].map(size)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '150 KiB',
    '3.0 GiB',
  ])
  expect([0, 1, 61, 3600, 90_061].map(duration)).toEqual([
    '0 seconds',
    '1 second',
    '1 minute 1 second',
    '1 hour',
    '1 day 1 hour',
  ])
})
