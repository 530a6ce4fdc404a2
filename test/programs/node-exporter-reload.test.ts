/** The node-exporter's configuration file as a process has it: at the start, on SIGHUP, on /-/reload. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { type RunningProgram, runProgram, startProgram } from './program.ts'

const main = 'exporters/node/main.ts'

async function page(exporter: RunningProgram): Promise<string> {
  return await (await fetch(`${exporter.url}/metrics`)).text()
}

/** Names of the collectors that a page is of. */
function collectorsOf(text: string): string[] {
  return Array.from(
    text.matchAll(/^node_scrape_collector_success\{collector="(\w+)"\}/gm),
    ([, name]) => name ?? '',
  )
}

test('the file is read at the start and on SIGHUP; one that is broken changes nothing and is told', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'node.yml')
  const some = 'collector.disable-defaults: true\ncollector.stat: true\n'
  writeFileSync(file, `${some}collector.cpu: true\n`)
  await using exporter = await startProgram(main, [
    `--config.file=${file}`,
    '--no-collector.cpu', // wins over the file
    '--collector.loadavg',
  ])
  const first = await page(exporter)
  expect(collectorsOf(first)).toEqual(['loadavg', 'stat'])
  expect(first).toContain('node_exporter_config_last_reload_successful 1\n')
  const seconds = (text: string): number =>
    Number(/^node_exporter_config_last_reload_success_timestamp_seconds (.*)$/m.exec(text)?.[1])
  expect(Math.abs(seconds(first) - Date.now() / 1000)).toBeLessThan(60)

  writeFileSync(file, `${some}collector.stat.softirqs: true\n`)
  process.kill(exporter.pid, 'SIGHUP')
  expect(await exporter.logLine(/Configuration kept/)).toContain(
    `problem="${file}:3:1: unknown key collector.stat.softirqs; did you mean collector.stat.softirq?"`,
  )
  const broken = await page(exporter)
  expect(collectorsOf(broken)).toEqual(['loadavg', 'stat'])
  expect(broken).toContain('node_exporter_config_last_reload_successful 0\n')
  expect(seconds(broken)).toBe(seconds(first))

  writeFileSync(file, `${some}collector.vmstat: true\ncollector.vmstat.fields: (?=x)\n`)
  process.kill(exporter.pid, 'SIGHUP')
  await exporter.logLine(/problem="collector vmstat cannot start: --collector\.vmstat\.fields/)
  expect(collectorsOf(await page(exporter))).toEqual(['loadavg', 'stat'])

  writeFileSync(file, `${some}collector.vmstat: true\nweb.max-requests: 3\n`)
  process.kill(exporter.pid, 'SIGHUP')
  expect(await exporter.logLine(/Configuration loaded again/)).toContain('started=vmstat')
  const fixed = await page(exporter)
  expect(collectorsOf(fixed)).toEqual(['loadavg', 'stat', 'vmstat'])
  expect(fixed).toContain('node_exporter_config_last_reload_successful 1\n')
  expect(seconds(fixed)).toBeGreaterThan(seconds(first))
  expect(await exporter.logLine(/change only at a restart/)).toContain('--web.max-requests')
  expect(exporter.stderr().match(/Configuration kept/g)).toHaveLength(2) // once a reading
})

test('/-/reload is for POST and PUT, and only where it is enabled', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'node.yml')
  writeFileSync(file, 'collector.disable-defaults: true\n')
  const ask = async (exporter: RunningProgram, method: string): Promise<[number, string]> => {
    const response = await fetch(`${exporter.url}/-/reload`, { method })
    return [response.status, await response.text()]
  }
  await using closed = await startProgram(main, [`--config.file=${file}`])
  expect(await ask(closed, 'POST')).toEqual([403, 'Lifecycle API is not enabled.'])
  await using exporter = await startProgram(main, [
    `--config.file=${file}`,
    '--web.enable-lifecycle',
  ])
  expect(await ask(exporter, 'GET')).toEqual([405, 'Only POST or PUT requests allowed'])
  writeFileSync(file, 'collector.disable-defaults: true\ncollector.uname: true\n')
  expect(await ask(exporter, 'POST')).toEqual([200, ''])
  expect(collectorsOf(await page(exporter))).toEqual(['uname'])
  writeFileSync(file, 'collector.vmstat.fields: (?=x)\n')
  const [status, text] = await ask(exporter, 'PUT')
  expect(status).toBe(500)
  expect(text).toMatch(/^failed to reload config: .*collector\.vmstat\.fields/)
  expect(collectorsOf(await page(exporter))).toEqual(['uname'])
})

test('SIGHUP reads a file of arguments again; without any file there is nothing to reload', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'args')
  writeFileSync(file, '# what runs\n--collector.disable-defaults\n--collector.uname\n')
  await using exporter = await startProgram(main, [`@${file}`])
  expect(collectorsOf(await page(exporter))).toEqual(['uname'])
  writeFileSync(file, '--collector.disable-defaults\n--collector.loadavg\n')
  process.kill(exporter.pid, 'SIGHUP')
  await exporter.logLine(/Configuration loaded again.*started=loadavg stopped=uname/)
  expect(collectorsOf(await page(exporter))).toEqual(['loadavg'])

  await using plain = await startProgram(main, ['--collector.disable-defaults'])
  process.kill(plain.pid, 'SIGHUP')
  await plain.logLine(/Nothing to reload/)
  expect(await page(plain)).not.toContain('node_exporter_config')
})

test('scrapes that are under way during reloads are whole, and nothing is left open', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'node.yml')
  writeFileSync(file, 'collector.cpu.info: true\n')
  await using exporter = await startProgram(main, [`--config.file=${file}`])
  const fds = (text: string): number => Number(/^process_open_fds (\d+)$/m.exec(text)?.[1])
  await page(exporter)
  const before = fds(await page(exporter))
  for (let round = 0; round < 20; round += 1) {
    const pages = Array.from({ length: 4 }, () => page(exporter))
    process.kill(exporter.pid, 'SIGHUP')
    for (const text of await Promise.all(pages)) {
      expect(text).toMatch(/^node_uname_info/m)
      expect(text).toMatch(/^node_zfs|^process_virtual_memory_max_bytes/m)
    }
  }
  await waitFor('the descriptors of before', async () => fds(await page(exporter)) <= before + 5)
}, 60_000)

/** A configuration file at the start that is refused: exit code 1, one line a problem. */
function checkRefused(yaml: string, ...problems: readonly RegExp[]): void {
  test(`the program does not start with ${JSON.stringify(yaml)}`, async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'node.yml')
    writeFileSync(file, yaml)
    const { code, stderr } = await runProgram(main, [`--config.file=${file}`])
    expect(code).toBe(1)
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toHaveLength(problems.length)
    for (const [index, problem] of problems.entries()) expect(lines[index]).toMatch(problem)
  })
}

checkRefused(
  'collector.cpu: maybe\n',
  /^node_exporter: error: .*node\.yml:1:16: collector\.cpu: want/,
)
checkRefused('a: 1\nb: 2\n', /node\.yml:1:1: unknown key a$/, /node\.yml:2:1: unknown key b$/)
checkRefused('a: [\n', /node\.yml:2:1: yaml: /)
