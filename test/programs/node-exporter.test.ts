/** The node-exporter as a process on the real machine: its page, its flags, its log and its end. */
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { collectors } from '../../exporters/node/collectors/index.ts'
import { testWithPeer } from '../peer.ts'
import { complaintsOf } from '../promtool.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait.ts'
import { runProgram, startProgram } from './program.ts'

const main = 'exporters/node/main.ts'

/** The value of a sample, by its text up to the value. */
function sample(page: string, series: string): number {
  const line = page.split('\n').find((text) => text.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1))
}

test('every collector succeeds on this machine or has no data, and its numbers are those of the machine', async () => {
  await using exporter = await startProgram(main)
  const response = await fetch(`${exporter.url}/metrics`)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe(
    'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  )
  const page = await response.text()
  for (const { name, enabled } of collectors) {
    if (!enabled) continue
    const outcomes = [...page.matchAll(/^node_scrape_collector_outcome\{(.*)\} 1$/gm)]
      .map(([, labels]) => labels)
      .filter((labels) => labels?.startsWith(`collector="${name}"`))
    expect(outcomes, name).toHaveLength(1)
    const [, outcome] = /outcome="(.*)"/.exec(outcomes[0] ?? '') ?? []
    expect(['ok', 'no_data'], name).toContain(outcome) // no such hardware or module
    const success = sample(page, `node_scrape_collector_success{collector="${name}"}`)
    expect(success, name).toBe(outcome === 'ok' ? 1 : 0)
  }
  expect(sample(page, 'node_memory_MemTotal_bytes')).toBe(os.totalmem())
  const cpus = new Set(
    [...page.matchAll(/^node_cpu_seconds_total\{cpu="(\d+)"/gm)].map(([, cpu]) => cpu),
  )
  expect(cpus.size).toBe(os.cpus().length)
  const bootedSecondsAgo = Date.now() / 1000 - sample(page, 'node_boot_time_seconds')
  expect(Math.abs(bootedSecondsAgo - os.uptime())).toBeLessThan(5)
  expect(Math.abs(sample(page, 'node_time_seconds') - Date.now() / 1000)).toBeLessThan(10)
  expect(page).toContain(`nodename="${os.hostname()}"`)
  expect(page).toMatch(/^node_exporter_build_info\{.*\} 1$/m)
  expect(page).toMatch(/^process_cpu_seconds_total /m)
  expect(page).toMatch(/^promhttp_metric_handler_requests_total\{code="200"\} 0$/m)
})

testWithPeer(
  'promtool',
  'promtool finds nothing wrong but names that the original has too',
  async (promtool) => {
    await using exporter = await startProgram(main)
    const page = await (await fetch(`${exporter.url}/metrics`)).text()
    expect(await complaintsOf(promtool, page)).toEqual([])
  },
)

test('the log tells how the program started, in the order of the original', async () => {
  await using exporter = await startProgram(main, [
    '--collector.disable-defaults',
    '--collector.stat',
    '--collector.cpu',
  ])
  await exporter.logLine(/TLS is disabled/)
  const messages = [...exporter.stderr().matchAll(/level=(\w+) source=\S+ msg=("[^"]*"|\S+)/g)]
    .map(([, level, message]) => `${level} ${message?.replaceAll('"', '')}`)
    .filter((line) => !line.includes('root'))
  expect(messages).toEqual([
    'INFO Starting node_exporter',
    'INFO Build context',
    'INFO Enabled collectors',
    'INFO cpu',
    'INFO stat',
    'INFO Listening on',
    'INFO TLS is disabled.',
  ])
})

test('the paths: landing page, metrics, redirects, and nothing else', async () => {
  await using exporter = await startProgram(main)
  const landing = await fetch(`${exporter.url}/`)
  expect(landing.headers.get('content-type')).toBe('text/html; charset=UTF-8')
  expect(await landing.text()).toContain('<title>Node Exporter</title>')
  const missing = await fetch(`${exporter.url}/favicon.ico`)
  expect([missing.status, await missing.text()]).toEqual([404, '404 page not found\n'])
  const unclean = await fetch(`${exporter.url}//metrics`, { redirect: 'manual' })
  expect([unclean.status, unclean.headers.get('location')]).toEqual([301, '/metrics'])
  for (const path of ['/-/healthy', '/-/ready']) {
    const health = await fetch(`${exporter.url}${path}`)
    expect([health.status, await health.text()], path).toEqual([200, 'OK\n'])
  }
  const head = await fetch(`${exporter.url}/metrics`, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('filters: only these collectors, only these families, and what makes no sense is a 400', async () => {
  await using exporter = await startProgram(main)
  const get = async (query: string): Promise<string> =>
    await (await fetch(`${exporter.url}/metrics?${query}`)).text()
  expect(await get('collect[]=loadavg')).not.toContain('node_cpu_seconds_total')
  const families = [
    ...(await get('name[]=node_load1&name[]=node_load5')).matchAll(/^# TYPE (\S+)/gm),
  ]
  expect(families.map(([, family]) => family)).toEqual(['node_load1', 'node_load5'])
  const refused = await fetch(`${exporter.url}/metrics?collect[]=foo`)
  expect(refused.status).toBe(400)
  expect(await refused.text()).toBe(
    "Couldn't create filtered metrics handler: couldn't create collector: missing collector: foo",
  )
})

test('--web.max-requests counts filtered scrapes too, which the original lets through', async () => {
  using folder = temporaryFolder()
  // A page that no socket buffer holds: its scrape is under way until somebody reads it.
  const lines = Array.from({ length: 200_000 }, (_, i) => `big{l="${'x'.repeat(80)}${i}"} 1\n`)
  writeFileSync(join(folder.path, 'big.prom'), lines.join(''))
  await using exporter = await startProgram(main, [
    '--web.max-requests=2',
    `--collector.textfile.directory=${folder.path}`,
  ])
  const controller = new AbortController()
  const queries = ['?collect[]=textfile', '?exclude[]=cpu']
  for (const query of queries) {
    const unread = await fetch(`${exporter.url}/metrics${query}`, {
      headers: { 'Accept-Encoding': 'identity' },
      signal: controller.signal,
    })
    expect(unread.status).toBe(200)
  }
  for (const query of ['', '?collect[]=loadavg', '?exclude[]=textfile', '?name[]=node_load1']) {
    const refused = await fetch(`${exporter.url}/metrics${query}`)
    expect(refused.status, query).toBe(503)
    expect(await refused.text()).toBe(
      'Limit of concurrent requests reached (2), try again later.\n',
    )
  }
  controller.abort()
  await waitFor('a free place', async () => {
    const response = await fetch(`${exporter.url}/metrics?collect[]=loadavg`)
    const page = await response.text()
    return response.status === 200 && page.includes('requests_total{code="503"}')
  })
})

test('an exclude[] of every collector that is on runs none', async () => {
  await using exporter = await startProgram(main, [
    '--collector.disable-defaults',
    '--collector.uname',
    '--collector.stat',
  ])
  const url = `${exporter.url}/metrics?exclude[]=uname&exclude[]=stat`
  const page = await (await fetch(url)).text()
  expect(page).toContain('node_exporter_build_info{')
  expect(page).not.toMatch(/^node_(uname|scrape|boot)/m)
})

test('flags of the web: another path, no metrics of the exporter itself', async () => {
  await using exporter = await startProgram(main, [
    '--web.telemetry-path=/',
    '--web.disable-exporter-metrics',
  ])
  const page = await (await fetch(`${exporter.url}/`)).text()
  expect(page).toContain('node_load1 ')
  expect(page).toContain('node_exporter_build_info{')
  expect(page).not.toMatch(/^(process|promhttp|nodejs)_/m)
})

test('the machine can be looked at from a container: other paths', async () => {
  using folder = temporaryFolder()
  writeFileSync(join(folder.path, 'a.prom'), 'from_a_file 1\n')
  await using exporter = await startProgram(main, [
    '--path.procfs=test/fixtures/machine/proc',
    '--path.sysfs=test/fixtures/machine/sys',
    '--path.rootfs=test/fixtures/machine',
    '--path.udev.data=test/fixtures/machine/udev/data',
    `--collector.textfile.directory=${folder.path}`,
  ])
  const page = await (await fetch(`${exporter.url}/metrics`)).text()
  expect(page).toContain('node_load1 0.52\n')
  expect(page).toContain('id="fennel"')
  expect(page).toContain('from_a_file 1\n')
  expect(page).toContain('mountpoint="/etc"')
})

test('SIGTERM ends it with 0, and its exit says nothing but that', async () => {
  const exporter = await startProgram(main)
  await (await fetch(`${exporter.url}/metrics`)).text()
  expect(await exporter.stop()).toEqual({ code: 0, signal: null })
  expect(exporter.stderr()).not.toContain('level=ERROR')
  expect(exporter.stdout()).toBe('')
})

/** The command line is refused with one line. */
function checkRefused(args: readonly string[], code: number, line: RegExp): void {
  test(`${args.join(' ')} ends with ${code}`, async () => {
    const ended = await runProgram(main, ['--web.listen-address=127.0.0.1:0', ...args])
    expect(ended.code).toBe(code)
    const complaints = ended.stderr.split('\n').filter((text) => / error: |level=ERROR/.test(text))
    expect(complaints).toHaveLength(1)
    expect(complaints[0]).toMatch(line)
    expect(ended.stderr).not.toMatch(/^\s+at /m) // no stack trace
  })
}

checkRefused(['--foo'], 1, /^node_exporter: error: unknown long flag '--foo', try --help$/)
checkRefused(
  ['--collector.cpu.inof'],
  1,
  /^node_exporter: error: unknown long flag '--collector\.cpu\.inof' \(did you mean --collector\.cpu\.info\?\), try --help$/,
)
checkRefused(['--no-colector.zfs'], 1, /\(did you mean --no-collector\.zfs\?\)/)
checkRefused(['extra'], 1, /^node_exporter: error: unexpected extra, try --help$/)
checkRefused(['--config.file=/nonexistent.yml'], 1, /cannot read the configuration file: ENOENT/)
checkRefused(['@/nonexistent'], 1, /failed to open arguments file "\/nonexistent": ENOENT/)
checkRefused(['--collector.timeout=5'], 1, /bad value for flag '--collector\.timeout'/)
checkRefused(['--log.level=loud'], 1, /one of debug,info,warn,error, got 'loud'/)
checkRefused(['--web.telemetry-path=metrics'], 1, /want a path that begins with \//)
checkRefused(['--web.listen-address=nonsense'], 1, /missing port in address/)
checkRefused(['--path.sysfs=/etc/hostname'], 2, /cannot read.*--path\.sysfs must name a directory/)
checkRefused(['--collector.ipvs.backend-labels=nonsense'], 2, /collector ipvs cannot start/)
checkRefused(['--collector.cpu=false'], 1, /unexpected false/)
checkRefused(['--web.max-requests=many'], 1, /web\.max-requests/)
checkRefused(['--web.listen-address=127.0.0.1:99999'], 1, /127\.0\.0\.1:99999/)
checkRefused(['--path.procfs=/nonexistent'], 2, /cannot read \\"\/nonexistent\\".*--path\.procfs/)
checkRefused(
  ['--collector.netdev.device-include=a', '--collector.netdev.device-exclude=b'],
  2,
  /collector netdev cannot start/,
)
checkRefused(['--collector.vmstat.fields=(?=x)'], 2, /collector\.vmstat\.fields: regexp/)

test('deprecated collectors and their flags are accepted, with a line each that says so', async () => {
  await using exporter = await startProgram(main, [
    '--collector.ntp',
    '--no-collector.supervisord',
    '--collector.ntp.server-is-local',
    '--collector.runit.servicedir=/etc/sv',
    '--runtime.gomaxprocs=2',
  ])
  const asked = await exporter.logLine(/deprecated this collector/)
  expect(asked).toContain('name=ntp instead="collector timex, on by default"')
  const warning = await exporter.logLine(/Flags without effect/)
  expect(warning).toContain('--collector.ntp.server-is-local')
  expect(warning).toContain('--collector.runit.servicedir')
})

test('system calls are made without a warning of Node, and only where a collector needs them', async () => {
  const asked = ['--collector.disable-defaults', '--collector.timex']
  await using exporter = await startProgram(main, asked)
  const page = await (await fetch(`${exporter.url}/metrics`)).text()
  expect(Math.abs(sample(page, 'node_timex_tick_seconds') - 0.01)).toBeLessThan(0.001)
  expect(exporter.stderr()).not.toMatch(/Warning|No system calls/)
})

test('a Node without ffi shows the rest, and the log tells why the clock is missing', async () => {
  const env = { NODE_OPTIONS: '--no-experimental-ffi' }
  await using exporter = await startProgram(main, [], { env })
  const page = await (await fetch(`${exporter.url}/metrics`)).text()
  expect(sample(page, 'node_scrape_collector_success{collector="timex"}')).toBe(0)
  expect(sample(page, 'node_scrape_collector_outcome{collector="timex",outcome="no_data"}')).toBe(1)
  expect(sample(page, 'node_memory_MemTotal_bytes')).toBe(os.totalmem())
  expect(exporter.stderr().match(/level=INFO .*No system calls.* 26\.1/g)).toHaveLength(1)
})

test('a --path.rootfs that is not there is a warning, and what does not need it is shown', async () => {
  await using exporter = await startProgram(main, ['--path.rootfs=/nonexistent'])
  expect(exporter.stderr()).toMatch(/level=WARN .*--path\.rootfs is no folder.*path=\/nonexistent/)
  const page = await (await fetch(`${exporter.url}/metrics`)).text()
  expect(page).toMatch(/^node_load1 /m)
})

test('--help names every collector and every flag that is not hidden', async () => {
  const { code, stdout } = await runProgram(main, ['--help'])
  expect(code).toBe(0)
  for (const { name, flags } of collectors) {
    expect(stdout).toContain(`--[no-]collector.${name}`)
    for (const [flag, { hidden, fullName = `${name}.${flag}` }] of Object.entries(flags)) {
      expect(stdout.includes(`collector.${fullName}`), flag).toBe(hidden !== true)
    }
  }
  expect(stdout).not.toContain('supervisord')
})

test('the process keeps its descriptors and its memory in bounds over many scrapes', async () => {
  await using exporter = await startProgram(main)
  const get = async (): Promise<string> => await (await fetch(`${exporter.url}/metrics`)).text()
  for (let i = 0; i < 20; i += 1) await get()
  const before = sample(await get(), 'process_open_fds')
  for (let i = 0; i < 200; i += 1) await get()
  expect(sample(await get(), 'process_open_fds')).toBeLessThanOrEqual(before)
  const status = readFileSync(`/proc/${exporter.pid}/status`, 'utf8')
  expect(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])).toBeLessThan(250_000)
}, 60_000)
