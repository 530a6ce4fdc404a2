/** `node-exporter doctor` and `node-exporter status` as a person runs them. */
import { writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { runProgram } from './program.ts'

const main = 'exporters/node/main.ts'

test('doctor tells of this machine what the exporter would show, as a table and as JSON', async () => {
  const { code, stdout, stderr } = await runProgram(main, ['doctor', '--no-collector.zfs'])
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^collector +outcome +samples +ms +why$/m)
  expect(stdout).toMatch(/^meminfo +ok +\d\d/m)
  expect(stdout).toMatch(/^off: .*\bzfs\b/m)
  const json = await runProgram(main, ['doctor', '--json', '--no-collector.zfs'])
  const diagnosis = JSON.parse(json.stdout)
  expect(diagnosis.collectors).toContainEqual(
    expect.objectContaining({ name: 'loadavg', outcome: 'ok', samples: 3 }),
  )
  expect(json.code).toBe(diagnosis.healthy ? 0 : 1)
  expect(code).toBe(json.code)
})

test('doctor exits with 1 for what cannot work, and says all of it', async () => {
  using folder = temporaryFolder()
  const { code, stdout } = await runProgram(main, [
    'doctor',
    `--path.rootfs=${folder.path}`,
    '--collector.ntp',
    '--collector.vmstat.fields=(?=x)',
    '--collector.interrupts.include-zeros',
  ])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^vmstat +cannot start .*--collector\.vmstat\.fields: regexp/m)
  expect(stdout).toContain('--collector.ntp has no effect')
  expect(stdout).toContain(`--path.rootfs=${folder.path} is no mount`)
  expect(stdout).toContain('--collector.interrupts.include-zeros has no effect')
})

test('doctor without a /proc says so and no more', async () => {
  const { code, stdout } = await runProgram(main, ['doctor', '--path.procfs=/nonexistent'])
  expect(code).toBe(1)
  expect(stdout).toContain('--path.procfs=/nonexistent cannot be read')
})

test('the commands have a --help of their own, and know wrong flags', async () => {
  const doctor = await runProgram(main, ['doctor', '--help'])
  expect(doctor.stdout).toContain('usage: node_exporter doctor [<flags>]')
  expect(doctor.stdout).toContain('--[no-]json')
  const { code, stderr } = await runProgram(main, ['status', '--collector.cpu'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^node_exporter status: error: unknown long flag '--collector\.cpu'/)
  const exporter = await runProgram(main, ['--web.max-requests=1', 'doctor'])
  expect(exporter.stderr).toContain('unexpected doctor') // a command stands first or is none
})

test('status tells how the machine does, and its numbers are those of the machine', async () => {
  const { code, stdout, stderr } = await runProgram(main, ['status', '--interval=200ms'])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(os.hostname())
  for (const part of ['load', 'cpu', 'memory', 'swap', 'disk', 'network', 'by cpu', 'by memory']) {
    expect(stdout).toMatch(new RegExp(`^${part} +\\S`, 'm'))
  }
  expect(stdout).not.toMatch(/NaN|undefined|null/)
  const json = JSON.parse((await runProgram(main, ['status', '--json', '--top=2'])).stdout)
  expect(json.memory.totalBytes).toBe(os.totalmem())
  expect(json.cpu.cores).toHaveLength(os.cpus().length)
  expect(json.byMemory.length).toBeLessThanOrEqual(2)
  expect(json.disks).toContainEqual(expect.objectContaining({ mountPoint: '/' }))
})

test('the exporter itself loads nothing of the commands, of YAML or of their packages', async () => {
  using folder = temporaryFolder()
  const script = join(folder.path, 'loaded.mjs')
  writeFileSync(
    script,
    `import { registerHooks } from 'node:module'
     registerHooks({ load(url, context, next) { process.stderr.write('loads ' + url + '\\n'); return next(url, context) } })`,
  )
  const { stderr, code } = await runProgram(main, ['--web.listen-address=nonsense'], {
    env: { NODE_OPTIONS: `--import=${script}` },
  })
  expect(code).toBe(1)
  expect(stderr).toContain('exporters/node/exporter.ts')
  expect(stderr).toContain('node_modules/commander/')
  expect(stderr).not.toMatch(/node-os-utils|node_modules\/yaml|\/doctor\/|\/status\//)
})
