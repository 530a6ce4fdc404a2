/** systeminformation itself, in its process, on this machine. */
import os from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { askSystemInformation, type Question } from '../../../exporters/node/systeminformation.ts'
import { hangingCommand } from '../../hanging-command.ts'
import { waitFor } from '../../wait.ts'

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

test('a command that hangs costs its own answer only, and is killed at the deadline', async () => {
  using lscpu = hangingCommand('lscpu')
  vi.stubEnv('PATH', lscpu.path)
  const replies = await askSystemInformation(['cpu', 'mem'], 3000)
  expect(Object.keys(replies)).toEqual(['mem'])
  await waitFor('the end of the command', () => lscpu.running() === 0)
})
