import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SlowFiles } from '../../../exporters/node/slow-files.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const none = (): string[] => []
const never = (): AbortSignal => new AbortController().signal

/** Reads like sysfs, but takes its time for the files whose name says so. */
function slowFiles(root: string) {
  const readNow: string[] = []
  const readFile = (path: string) => {
    readNow.push(path)
    const endMs = performance.now() + (path.includes('slow') ? 3 : 0)
    while (performance.now() < endMs);
    return path.includes('missing') ? undefined : readFileSync(join(root, path))
  }
  // Without O_NONBLOCK, so that a pipe can stand for a driver that hangs.
  const files = new SlowFiles(root, readFile, constants.O_RDONLY)
  return { files, readNow }
}

test('candidates are read in the pool first, and at once when that was quick', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'chip'))
  writeFileSync(join(folder.path, 'chip/quick'), '1')
  const { files, readNow } = slowFiles(folder.path)
  await files.ask('chip', never, () => ['chip/quick', 'chip/missing'])
  expect(readNow).toEqual([])
  const ask = () => files.ask('chip', never, () => expect.unreachable('asked for them twice'))
  for (let scrape = 0; scrape < 100 && ask() !== undefined; scrape += 1) await setTimeout(2)
  expect(files.read('chip/quick')?.toString()).toBe('1')
  expect(readNow).toEqual(['chip/quick'])
  expect(files.read('chip/missing')).toBeUndefined()
})

test('a file that was slow is read in the pool, until it is quick again', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'chip'))
  writeFileSync(join(folder.path, 'chip/slow'), '1')
  const { files, readNow } = slowFiles(folder.path)
  const ask = () => files.ask('chip', never, none)
  expect(ask()).toBeUndefined()
  expect(files.read('chip/slow')?.toString()).toBe('1')
  writeFileSync(join(folder.path, 'chip/slow'), '2')
  await ask()
  expect(files.read('chip/slow')?.toString()).toBe('2')
  expect(readNow).toEqual(['chip/slow'])
  expect(files.ask('other', never, none)).toBeUndefined()
  for (let scrape = 0; scrape < 100 && ask() !== undefined; scrape += 1) await setTimeout(2)
  expect(ask()).toBeUndefined()
})

test('a slow file that goes away is missing, one that refuses throws', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'chip'))
  writeFileSync(join(folder.path, 'chip/slow'), '1')
  const { files } = slowFiles(folder.path)
  files.read('chip/slow')
  execFileSync('rm', [join(folder.path, 'chip/slow')])
  await files.ask('chip', never, none)
  expect(files.read('chip/slow')).toBeUndefined()
  execFileSync('mkdir', [join(folder.path, 'chip/slow')])
  await files.ask('chip', never, none)
  expect(() => files.read('chip/slow')).toThrow('EISDIR')
})

test('a slow file that hangs is late, is not asked twice, and keeps no other waiting', async () => {
  using folder = temporaryFolder()
  mkdirSync(join(folder.path, 'chip'))
  const hanging = join(folder.path, 'chip/slow-1')
  writeFileSync(hanging, '1')
  writeFileSync(join(folder.path, 'chip/slow-2'), '2')
  const { files } = slowFiles(folder.path)
  files.read('chip/slow-1')
  files.read('chip/slow-2')
  execFileSync('rm', [hanging])
  execFileSync('mkfifo', [hanging])
  // A writer that holds the pipe open and says nothing: the read hangs.
  const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo ready; sleep 60 >&3', hanging])
  await once(writer.stdout, 'data')
  try {
    for (let scrape = 0; scrape < 2; scrape += 1) {
      await files.ask('chip', () => AbortSignal.timeout(30), none)
      expect(() => files.read('chip/slow-1')).toThrow('no answer in time')
      expect(files.read('chip/slow-2')?.toString()).toBe('2')
      expect(files.underWay).toBe(1)
    }
  } finally {
    writeFileSync(hanging, 'x')
    writer.kill()
  }
  await setTimeout(30)
  expect(files.underWay).toBe(0)
})
