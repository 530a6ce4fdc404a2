/** Everything that docs/pushgateway.md tells users to type is run as it stands there. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { send } from '../pushgateway/run-http-case.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type RunningProgram, startProgram } from './program.ts'

const root = join(import.meta.dirname, '..', '..')
const guide = readFileSync(join(root, 'docs/pushgateway.md'), 'utf8')
const run = promisify(execFile)

let gateway: RunningProgram
const folder = temporaryFolder()

beforeAll(async () => {
  gateway = await startProgram('pushgateway/main.ts')
  for (const job of ['backup', 'cleanup']) {
    writeFileSync(join(folder.path, job), '#!/bin/sh\ntest "$JOB" != fails\n', { mode: 0o755 })
  }
  return async () => {
    await gateway.stop()
    folder[Symbol.dispose]()
  }
})

/** The fenced blocks in a language, sent to the gateway of this test. */
function blocks(language: string): string[] {
  const found = [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))]
  const host = new URL(gateway.url).host
  return found.map(([, block = '']) => block.replaceAll('127.0.0.1:9091', host))
}

async function runIn(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const path = `${folder.path}:${process.env['PATH'] ?? ''}`
  await run(command, args, { cwd: root, env: { PATH: path, ...env } })
}

async function page(): Promise<string> {
  return (await send(gateway.url, ['GET', '/metrics'])).body
}

test('the shell script pushes, and does not when the backup fails', async () => {
  const script = blocks('sh')[0] ?? ''
  await expect(runIn('sh', ['-c', script], { JOB: 'fails' })).rejects.toThrow()
  expect(await page()).not.toContain('backup_')
  await runIn('sh', ['-c', script])
  expect(await page()).toMatch(
    /^backup_last_success_timestamp_seconds\{instance="host1",job="backup"\} 1\.\d+e\+09$/m,
  )
})

test('the line of the crontab pushes', async () => {
  const [line = ''] = blocks('crontab')
  const command = line.replace(/^(\S+ ){6}/, '')
  expect(command.replaceAll('\\%', '')).not.toContain('%') // cron would end the command there
  await runIn('sh', ['-c', command.replaceAll('\\%', '%')])
  expect(await page()).toMatch(
    /^cleanup_last_success_timestamp_seconds\{instance="",job="cleanup"\} 1\.\d+e\+09$/m,
  )
})

test('the script of the timer keeps the last success when a run fails', async () => {
  const script = join(folder.path, 'push-result')
  writeFileSync(script, blocks('sh')[1] ?? '', { mode: 0o755 })
  const success = /^timer_last_success_timestamp_seconds\{.*$/m
  await runIn(script, ['nightly'], { SERVICE_RESULT: 'success' })
  const [line] = success.exec(await page()) ?? []
  expect(line).toContain('{instance="",job="nightly"} 1.')
  await runIn(script, ['nightly'], { SERVICE_RESULT: 'exit-code' })
  expect(await page()).toContain('timer_success{instance="",job="nightly"} 0\n')
  expect(success.exec(await page())?.[0]).toBe(line)
})

/** Debian's, since a package of it has the client. */
const python = '/usr/bin/python3'
const hasClient = spawnSync(python, ['-c', 'import prometheus_client']).status === 0
const cure = 'apt-get install python3-prometheus-client'

test.skipIf(!existsSync(python))(`the Python program pushes (needs ${python})`, async () => {
  await runIn(python, ['-c', blocks('python')[0] ?? ''])
  expect(await page()).toContain('report_rows{instance="",job="report"} 42\n')
  expect(await page()).toContain('report_last_success_timestamp_seconds{')
})

test.skipIf(!hasClient)(`the program with prometheus_client pushes (needs ${cure})`, async () => {
  await send(gateway.url, ['DELETE', '/metrics/job/report'])
  await runIn(python, ['-c', blocks('python')[1] ?? ''])
  expect(await page()).toContain('report_rows{instance="",job="report"} 42\n')
})

test('the Node programs push', async () => {
  for (const program of blocks('js')) {
    await send(gateway.url, ['DELETE', '/metrics/job/report'])
    await runIn(process.execPath, ['--input-type=module', '-e', program])
    expect(await page()).toContain('report_rows{instance="",job="report"} 42\n')
  }
})

test('the commands that find and delete groups do so', async () => {
  const commands = [...guide.matchAll(/^ {4}(api=.*|curl -G .*)$/gm)].map(([, line]) => line ?? '')
  expect(commands).toHaveLength(4)
  for (const instance of ['web1', 'db1']) {
    await send(gateway.url, ['PUT', `/metrics/job/import/instance/${instance}`, 'rows 1\n'])
  }
  const script = commands.join('; echo; ').replaceAll('http://localhost:9091', gateway.url)
  const { stdout } = await run('sh', ['-c', script])
  const [, found, dry, deleted] = stdout.split('\n').map((line) => line && JSON.parse(line).data)
  expect(found.total).toBe(1)
  expect(dry).toMatchObject({ dry_run: true, count: 1 })
  expect(deleted).toMatchObject({ dry_run: false, count: 1 })
  expect(await page()).not.toContain('rows{instance="web1"')
  expect(await page()).toContain('rows{instance="db1"')
})
