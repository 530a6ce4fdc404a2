import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Host } from '../../../exporters/node/host.ts'
import { MountList } from '../../../exporters/node/mount-list.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

test('collector filesystem shows size, read-only mounts and mounts that do not answer', async () => {
  const page = await startMachine({ root: fakeMachine, args: only('filesystem') }).scrape()
  const root = '{device="/dev/mapper/vault-root",device_error="",fstype="ext4",mountpoint="/"}'
  expect(page).toContain(`node_filesystem_device_error${root} 0\n`)
  expect(page).toContain(`node_filesystem_readonly${root} 0\n`)
  expect(page).toContain(`node_filesystem_purgeable_bytes${root} 0\n`)
  expect(page).toContain(
    'node_filesystem_mount_info{device="/dev/mapper/vault-root",major="253",minor="0",mountpoint="/"} 1\n',
  )
  expect(page).toContain(
    'node_filesystem_readonly{device="/dev/sda1",device_error="",fstype="ext4",mountpoint="/etc"} 1\n',
  )
  const missing =
    '{device="tmpfs",device_error="no such file or directory",fstype="tmpfs",mountpoint="/a place"}'
  expect(page).toContain(`node_filesystem_device_error${missing} 1\n`)
  expect(page).toContain(`node_filesystem_readonly${missing} 0\n`)
  expect(page).not.toContain(`node_filesystem_size_bytes${missing}`)
  expect(page).not.toContain('mountpoint="/proc"')
  expect(page).toContain('node_scrape_collector_success{collector="filesystem"} 1\n')
})

test('collector filesystem multiplies blocks by their size as the kernel says', async () => {
  const page = await startMachine({ root: fakeMachine, args: only('filesystem') }).scrape()
  const stats = statfsSync(fakeMachine)
  const size = /^node_filesystem_size_bytes\{.*mountpoint="\/"\} (.*)$/m.exec(page)?.[1]
  expect(Number(size)).toBe(stats.blocks * stats.bsize)
})

/** A machine whose process 1 has these mounts. */
function machineWith(folder: string, files: Readonly<Record<string, string>>) {
  for (const name of ['proc', 'sys']) mkdirSync(join(folder, name), { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return startMachine({ root: folder, args: only('filesystem') })
}

test('collector filesystem takes its own mounts where those of process 1 are hidden', async () => {
  using folder = temporaryFolder()
  const machine = machineWith(folder.path, {
    'proc/self/mountinfo': '1 2 8:1 / / rw - ext4 /dev/sda1 rw\n',
  })
  expect(await machine.scrape()).toContain('node_filesystem_device_error{device="/dev/sda1"')
})

test('collector filesystem fails readably without mounts, and follows mounts that come and go', async () => {
  using folder = temporaryFolder()
  const machine = machineWith(folder.path, {})
  expect(await machine.scrape()).toContain(
    'node_scrape_collector_success{collector="filesystem"} 0\n',
  )
  expect(machine.lines.at(-1)).toContain('self/mountinfo: no such file or directory')
  machineWith(folder.path, { 'proc/1/mountinfo': '1 2 8:1 / / rw - ext4 /dev/sda1 rw\n' })
  expect(await machine.scrape()).toContain('device="/dev/sda1"')
  machineWith(folder.path, { 'proc/1/mountinfo': '1 2 8:2 / / rw - ext4 /dev/sda2 rw\n' })
  const page = await machine.scrape()
  expect(page).toContain('device="/dev/sda2"')
  expect(page).not.toContain('device="/dev/sda1"')
})

test('collector filesystem shows a mount once that is listed twice, both its numbers', async () => {
  using folder = temporaryFolder()
  const machine = machineWith(folder.path, {
    'proc/1/mountinfo': '1 2 0:25 / / rw - tmpfs tmpfs rw\n2 2 0:30 / / ro - tmpfs tmpfs rw\n',
  })
  const page = await machine.scrape()
  expect(page.match(/^node_filesystem_size_bytes/gm)).toHaveLength(1)
  expect(page.match(/^node_filesystem_mount_info/gm)).toHaveLength(2)
  expect(page).toMatch(/^node_filesystem_readonly\{.*\} 0$/m) // the first wins
})

test('MountList asks only those mounts directly that answer from memory and lie on this machine', () => {
  using folder = temporaryFolder()
  machineWith(folder.path, {
    'proc/1/mountinfo': [
      '1 2 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 8:2 / /data rw - xfs /dev/sda2 rw',
      '3 1 0:40 / /net rw - nfs4 server:/export rw',
      '4 3 8:3 / /net/usb rw - ext4 /dev/sdb1 rw', // walking there crosses the network
      '5 1 8:4 / /network rw - ext4 /dev/sdb2 rw',
      '6 1 0:41 / /sshfs rw - fuse.sshfs host: rw',
    ].join('\n'),
  })
  const host = new Host({
    procfs: join(folder.path, 'proc'),
    sysfs: join(folder.path, 'sys'),
    rootfs: '/',
    udevData: '/nonexistent',
  })
  const list = new MountList(
    () => false,
    () => false,
  )
  list.refresh(host)
  const quick = list.shown.filter(({ isQuick }) => isQuick)
  expect(quick.map(({ path }) => path)).toEqual(['/', '/network'])
})
