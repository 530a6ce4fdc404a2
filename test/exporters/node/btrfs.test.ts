import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BtrfsDevices } from '../../../exporters/node/btrfs-devices.ts'
import { Host } from '../../../exporters/node/host.ts'
import type { Libc } from '../../../exporters/node/libc.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { btrfsCalls, data } from './fake-btrfs.ts'
import { fakeLibc, systemError } from './fake-libc.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

const missing = 'no system calls are known for plan9/mips'

async function collect(root: string, libc: Libc) {
  const machine = startMachine({ root, args: only('btrfs'), libc })
  return { page: await machine.scrape(), log: machine.lines.join('\n') }
}

test('without system calls sysfs tells the size of the devices, and the log the reason', async () => {
  const { page, log } = await collect(fakeMachine, { ...fakeLibc({}), missing })
  expect(page).toMatch(/^node_btrfs_device_size_bytes\{device="sda",uuid="12345678-[0-]+"\} 1\.07/m)
  expect(page).not.toContain('btrfs_dev_uuid')
  expect(page).toContain('node_scrape_collector_success{collector="btrfs"} 1')
  expect(log).toContain(missing)
})

test('a machine without btrfs needs no system calls', async () => {
  using folder = temporaryFolder()
  for (const name of ['proc', 'sys']) mkdirSync(join(folder.path, name))
  const { page, log } = await collect(folder.path, { ...fakeLibc({}), missing })
  expect(page).toContain('node_scrape_collector_success{collector="btrfs"} 1')
  expect(log).not.toContain(missing)
})

/** Which file systems answer on a machine with these mounts, and which places were opened. */
function ask(mounts: readonly string[], libc: Libc) {
  using folder = temporaryFolder()
  for (const name of ['proc/1', 'sys']) mkdirSync(join(folder.path, name), { recursive: true })
  writeFileSync(join(folder.path, 'proc/1/mountinfo'), `${mounts.join('\n')}\n`)
  const paths = { procfs: join(folder.path, 'proc'), sysfs: join(folder.path, 'sys') }
  const host = new Host({ ...paths, rootfs: '/', udevData: '' })
  const opened: string[] = []
  const lines: string[] = []
  const open: Libc['open'] = (path) => {
    opened.push(path.toString())
    return libc.open(path)
  }
  const note = (message: string): void => void lines.push(message)
  const log = { debug: note, info: note, warn: note, error: note }
  const found = new BtrfsDevices({ ...libc, open }).read(host, log)
  return { uuids: [...found.keys()], opened, lines }
}

const root = '1 1 0:40 / / rw - btrfs /dev/sda rw'
const home = '2 1 0:40 /home /home rw - btrfs /dev/sda rw'
const photos = '3 1 0:41 / /mnt/photos rw - btrfs /dev/sdb rw'
const mnt = '4 1 0:42 / /mnt rw - nfs4 server:/x rw'

test('a file system that is mounted often is asked once', () => {
  const { opened } = ask([root, home], fakeLibc(btrfsCalls({ '/': data, '/home': data })))
  expect(opened).toEqual(['/'])
})

test('where one place may not be opened, another of the same file system may', () => {
  const { uuids, opened, lines } = ask([root, home], fakeLibc(btrfsCalls({ '/home': data })))
  expect(opened).toEqual(['/', '/home'])
  expect(uuids).toEqual([data.uuid])
  expect(lines).toEqual(['A btrfs mount does not answer'])
})

test('a place behind a file system of another machine is not opened', () => {
  const { opened } = ask([root, mnt, photos], fakeLibc(btrfsCalls({ '/': data })))
  expect(opened).toEqual(['/'])
})

test('the descriptor is closed also when the file system does not answer', () => {
  const calls = btrfsCalls({ '/': data })
  const ioctl = (): number => {
    throw systemError('ENOTTY', 25, 'ioctl') // another file system was mounted over it
  }
  const { uuids } = ask([root], fakeLibc({ ...calls, ioctl }))
  expect(uuids).toEqual([])
  expect(calls.opened()).toBe(0)
})

test('a place whose name is not ASCII is opened by its bytes', () => {
  const { opened } = ask(['1 1 0:40 / /caf\u00e9 rw - btrfs /dev/sda rw'], fakeLibc({}))
  expect(opened).toEqual(['/café'])
})
