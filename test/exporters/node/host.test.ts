import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Host } from '../../../exporters/node/host.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeMachine } from './machine.ts'

const realPaths = { procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '/run/udev/data' }

function hostOf(root: string): Host {
  mkdirSync(join(root, 'proc'), { recursive: true })
  mkdirSync(join(root, 'sys'), { recursive: true })
  return new Host({
    procfs: join(root, 'proc'),
    sysfs: join(root, 'sys'),
    rootfs: root,
    udevData: join(root, 'udev'),
  })
}

test('Host refuses a procfs that is not there, naming its flag', () => {
  expect(() => new Host({ ...realPaths, procfs: '/nonexistent/proc' })).toThrow(
    /cannot read "\/nonexistent\/proc".*--path\.procfs/,
  )
  expect(() => new Host({ ...realPaths, sysfs: '/etc/hostname' })).toThrow(/--path\.sysfs/)
})

test('Host reads files that change, are replaced, vanish and come back', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  const file = join(folder.path, 'proc/loadavg')
  expect(host.procIfAny('loadavg')).toBeUndefined()
  expect(() => host.proc('loadavg')).toThrow(`open ${file}: no such file or directory`)
  writeFileSync(file, 'one')
  expect(host.proc('loadavg').toString()).toBe('one')
  writeFileSync(`${file}.new`, 'two')
  renameSync(`${file}.new`, file)
  expect(host.proc('loadavg').toString()).toBe('two')
  rmSync(file)
  expect(host.procIfAny('loadavg')).toBeUndefined()
  writeFileSync(file, 'x'.repeat(300_000)) // larger than the buffer it began with
  expect(host.proc('loadavg').length).toBe(300_000)
  host.close()
})

test('Host reads a shared file once a scrape', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  const file = join(folder.path, 'proc/stat')
  writeFileSync(file, 'first')
  const first = host.procShared('stat')
  writeFileSync(file, 'a second, longer one')
  expect(host.procShared('stat').toString()).toBe('first')
  host.nextScrape()
  expect(host.procShared('stat').toString()).toBe('a second, longer one')
  expect(first.length).toBe(5)
})

test('Host keeps files of the real /proc open, reads them afresh, and lets go of unused ones', () => {
  const host = new Host(realPaths)
  const openNames = (): number => readdirSync('/proc/self/fd').length
  host.proc('self/stat')
  const before = openNames()
  const first = host.proc('uptime').toString()
  expect(openNames()).toBe(before + 1)
  const until = performance.now() + 20
  while (performance.now() < until);
  expect(host.proc('uptime').toString()).not.toBe(first)
  expect(openNames()).toBe(before + 1)
  for (let scrape = 0; scrape < 130; scrape += 1) {
    host.nextScrape()
    host.proc('self/stat')
  }
  expect(openNames()).toBe(before)
  host.close()
  expect(openNames()).toBe(before - 1)
})

test('Host opens a file of /proc again when the one it kept has gone', () => {
  const host = new Host({ ...realPaths, procfs: '/proc/self' })
  expect(host.proc('comm').length).toBeGreaterThan(0)
  expect(host.procIfAny('no-such-file')).toBeUndefined()
  expect(() => host.proc('task')).toThrow(/EISDIR/)
  expect(host.procIfAllowed('task')).toBeUndefined()
  host.close()
})

test('Host strips the root file system from mount points and puts it before paths', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  expect(host.stripRootfs(`${folder.path}/boot`)).toBe('/boot')
  expect(host.stripRootfs(folder.path)).toBe('/')
  expect(host.stripRootfs('/elsewhere')).toBe('/elsewhere')
  expect(host.rootfs('/etc/os-release')).toBe(`${folder.path}/etc/os-release`)
  const real = new Host(realPaths)
  expect([real.stripRootfs('/boot'), real.rootfs('/boot')]).toEqual(['/boot', '/boot'])
})

test('Host reads attributes trimmed, and refused ones as absent', () => {
  const host = new Host({
    ...realPaths,
    procfs: join(fakeMachine, 'proc'),
    sysfs: join(fakeMachine, 'sys'),
  })
  expect(host.sysAttribute('class/net/eth0/ifalias')).toBe('uplink')
  expect(host.sysAttribute('class/net/eth0')).toBeUndefined() // a folder
  expect(host.sysAttribute('class/net/eth7/ifalias')).toBeUndefined()
  expect(host.sysList('devices/system/clocksource')).toEqual(['clocksource0'])
  expect(host.sysList('class/nothing')).toEqual([])
})

test('Host reads a file that seldom changes again when it did', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  const file = join(folder.path, 'os-release')
  expect(host.readFileCached(file)).toBeUndefined()
  writeFileSync(file, 'ID=a')
  expect(host.readFileCached(file)).toBe('ID=a')
  writeFileSync(file, 'ID=bcd')
  expect(host.readFileCached(file)).toBe('ID=bcd')
})

test('Host knows the size of a page', () => {
  expect(new Host(realPaths).pageBytes() % 4096).toBe(0)
})

test('Host gives up a device without end, a folder and a link in a circle, and waits for no pipe', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  const at = (name: string): string => join(folder.path, 'proc', name)
  symlinkSync('/dev/zero', at('endless'))
  symlinkSync(at('circle'), at('circle'))
  mkdirSync(at('folder'))
  execFileSync('mkfifo', [at('pipe')])
  expect(() => host.proc('endless')).toThrow('no regular file')
  expect(host.procIfAny('circle')).toBeUndefined()
  expect(() => host.proc('folder')).toThrow('EISDIR')
  expect(() => host.proc('pipe')).toThrow('ESPIPE')
  for (const name of ['endless', 'folder', 'pipe']) {
    expect(() => host.readFile(at(name))).toThrow('no regular file')
  }
})

test('Host notices a file that becomes a folder, or goes and comes back, between scrapes', () => {
  using folder = temporaryFolder()
  const host = hostOf(folder.path)
  const file = join(folder.path, 'proc/stat')
  for (let round = 0; round < 3; round += 1) {
    writeFileSync(file, `round ${round}`)
    expect(host.proc('stat').toString()).toBe(`round ${round}`)
    rmSync(file)
    expect(host.procIfAny('stat')).toBeUndefined()
    mkdirSync(file)
    expect(() => host.proc('stat')).toThrow('EISDIR')
    rmSync(file, { recursive: true })
    host.nextScrape()
  }
})
