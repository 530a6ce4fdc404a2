/** systeminformation itself, in its process, on this machine. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { askSystemInformation, type Question } from '../../../exporters/node/systeminformation.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const patienceMs = 30_000

test('it answers what it is asked, and nothing else', async () => {
  const replies = await askSystemInformation(['mem', 'cpu'], patienceMs)
  expect(Object.keys(replies).sort()).toEqual(['cpu', 'mem'])
  expect(replies.mem).toMatchObject({ value: { total: os.totalmem() } })
  expect(replies.cpu).toMatchObject({ value: { cores: os.cpus().length } })
})

test('a question that it does not know is an error, and no other suffers', async () => {
  const replies = await askSystemInformation(['mem', 'weather' as Question], patienceMs)
  expect(replies.mem).toHaveProperty('value')
  expect(replies).toHaveProperty('weather.error', 'RangeError: unknown question "weather"')
})

test('no answer at all is an error', async () => {
  await expect(askSystemInformation([], patienceMs)).rejects.toThrow(
    'ended with 0, without an answer',
  )
  await expect(askSystemInformation(['cpu'], 1)).rejects.toThrow('no answer within 0.001 s')
})

const noProc = existsSync('/proc/self') ? undefined : 'no /proc to find processes in'

test.skipIf(noProc !== undefined)(
  'a command that hangs costs its own answer only, and is killed at the deadline',
  async () => {
    using folder = temporaryFolder()
    const hanging = join(folder.path, 'lscpu')
    writeFileSync(hanging, '#!/bin/sh\nexec sleep 987654\n')
    chmodSync(hanging, 0o755)
    vi.stubEnv('PATH', `${folder.path}${delimiter}${process.env['PATH'] ?? ''}`)
    const replies = await askSystemInformation(['cpu', 'mem'], 3000)
    expect(Object.keys(replies)).toEqual(['mem'])
    await vi.waitFor(() => expect(commandLines()).not.toContain('sleep 987654'))
  },
)

function commandLines(): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return processes.map((pid) => {
    const file = `/proc/${pid}/cmdline`
    return existsSync(file) ? readFileSync(file, 'utf8').split('\0').join(' ').trim() : ''
  })
}
