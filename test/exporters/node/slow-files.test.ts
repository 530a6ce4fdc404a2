import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SlowFiles } from '../../../exporters/node/slow-files.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const never = (): AbortSignal => new AbortController().signal

/** Reads like sysfs, but takes its time for the files whose name says so. */
function slowFiles(root: string) {
  const readNow: string[] = []
  const files = new SlowFiles(root, (path) => {
    readNow.push(path)
    const endMs = performance.now() + (path.includes('slow') ? 3 : 0)
    while (performance.now() < endMs);
    return readFileSync(join(root, path))
  })
  return { files, readNow }
}

test('a file that was slow is read in the pool, until it is quick again', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'slow'), '1')
  const { files, readNow } = slowFiles(folder.path)
  expect(files.ask('', never)).toBeUndefined()
  expect(files.read('slow')?.toString()).toBe('1')
  writeFileSync(join(folder.path, 'slow'), '2')
  await files.ask('', never)
  expect(files.read('slow')?.toString()).toBe('2')
  expect(readNow).toEqual(['slow'])
  expect(files.ask('other/', never)).toBeUndefined()
  for (let scrape = 0; scrape < 100 && files.ask('', never) !== undefined; scrape += 1) {
    await setTimeout(2)
  }
  expect(files.ask('', never)).toBeUndefined()
})

test('a slow file that goes away is missing, one that refuses throws', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'slow'), '1')
  const { files } = slowFiles(folder.path)
  files.read('slow')
  execFileSync('rm', [join(folder.path, 'slow')])
  await files.ask('', never)
  expect(files.read('slow')).toBeUndefined()
  execFileSync('mkdir', [join(folder.path, 'slow')])
  await files.ask('', never)
  expect(() => files.read('slow')).toThrow('EISDIR')
})

test('a slow file that hangs is late, is not asked twice, and keeps no other waiting', async () => {
  using folder = temporaryFolder()
  const hanging = join(folder.path, 'slow-1')
  writeFileSync(hanging, '1')
  writeFileSync(join(folder.path, 'slow-2'), '2')
  const { files } = slowFiles(folder.path)
  files.read('slow-1')
  files.read('slow-2')
  execFileSync('rm', [hanging])
  execFileSync('mkfifo', [hanging])
  // A writer that holds the pipe open and says nothing: the read hangs.
  const writer = spawn('sh', ['-c', 'exec 3<>"$0"; echo ready; sleep 60 >&3', hanging])
  await once(writer.stdout, 'data')
  try {
    for (let scrape = 0; scrape < 2; scrape += 1) {
      await files.ask('', () => AbortSignal.timeout(30))
      expect(() => files.read('slow-1')).toThrow('no answer in time')
      expect(files.read('slow-2')?.toString()).toBe('2')
      expect(files.underWay).toBe(1)
    }
  } finally {
    writeFileSync(hanging, 'x')
    writer.kill()
  }
  await setTimeout(30)
  expect(files.underWay).toBe(0)
})
