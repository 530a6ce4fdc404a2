import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { PortablePlatform } from '../../../../exporters/node/portable/machine.ts'
import { testWithPeer } from '../../../peer.ts'
import { complaintsOf } from '../../../promtool.ts'
import { only, withoutDurations } from '../machine.ts'
import {
  answering,
  collectorsOf,
  type Recording,
  readRecording,
  startRecorded,
} from './recorded-machine.ts'

const recorded: readonly PortablePlatform[] = ['darwin', 'freebsd', 'win32']
const everything = ['--collector.hardware', '--collector.hardware.serials']

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 3, 4, 5) })
})
afterEach(() => {
  vi.useRealTimers()
})

for (const platform of recorded) {
  const args =
    platform === 'freebsd' ? everything : [...everything, '--collector.netdev.address-info']

  test(`a machine with ${platform} gives test/fixtures/portable/${platform}.prom`, async () => {
    const machine = await startRecorded(platform, { args })
    const page = masked(await machine.scrape())
    await expect(page).toMatchFileSnapshot(`../../../fixtures/portable/${platform}.prom`)
    expect(machine.lines.filter((line) => line.includes('level=ERROR'))).toEqual([])
    expect(machine.clashes).toEqual([])
    expect(masked(await machine.scrape())).toBe(page)
  })

  test(`${platform}: each collector declares what it shows`, async () => {
    const machine = await startRecorded(platform, { args })
    const page = await machine.scrape()
    const declared = collectorsOf(platform).flatMap(({ families }) =>
      families.map(({ name, type }) => `${name} ${type}`),
    )
    const shown = [...page.matchAll(/^# TYPE (node_\S+ \w+)$/gm)].map(([, family]) => family ?? '')
    const derived = /^node_scrape_collector_(duration_seconds|success|outcome) /
    expect(shown.filter((name) => !derived.test(name) && !declared.includes(name))).toEqual([])
  })

  testWithPeer('promtool', `promtool finds nothing wrong with ${platform}`, async (promtool) => {
    vi.useRealTimers()
    const page = await (await startRecorded(platform, { args })).scrape()
    expect(await complaintsOf(promtool, page)).toEqual([])
    const owned = page.replaceAll('node_hardware_', 'hardware_') // ours, not owed to the original
    expect((await complaintsOf(promtool, owned)).filter((line) => /hardware/.test(line))).toEqual(
      [],
    )
  })
}

test('the other BSDs have what Node itself knows', () => {
  const names = ['boottime', 'cpu', 'hardware', 'loadavg', 'meminfo', 'os', 'textfile', 'time']
  for (const platform of ['openbsd', 'netbsd'] as const) {
    const collectors = collectorsOf(platform, readRecording('freebsd'))
    expect(collectors.map(({ name }) => name)).toEqual([...names, 'uname'])
  }
})

test('each collector and each flag of it is on the page of the exporter', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/node-exporter.md'), 'utf8')
  for (const platform of recorded) {
    for (const { name, flags } of collectorsOf(platform)) {
      expect(page).toContain(`\`${name}\``)
      for (const [flag, { hidden, fullName }] of Object.entries(flags)) {
        if (hidden) continue
        expect(page).toContain(
          fullName === undefined ? `\`${flag}\`` : `\`--collector.${fullName}\``,
        )
      }
    }
  }
})

/** What one collector shows, without help, of a recording that was changed. */
async function show(
  platform: PortablePlatform,
  collector: string,
  change: (recording: Recording) => void,
): Promise<string[]> {
  const recording = readRecording(platform)
  change(recording)
  const machine = await startRecorded(platform, {
    recording,
    args: only(collector),
    ask: answering(recording),
  })
  const lines = withoutDurations(await machine.scrape()).split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

function check(
  what: string,
  platform: PortablePlatform,
  collector: string,
  change: (recording: Recording) => void,
  expected: readonly (string | RegExp)[],
): void {
  test(`${platform} ${collector}: ${what}`, async () => {
    const lines = await show(platform, collector, change)
    const isOutcome = (line: string): boolean => line.startsWith('node_scrape_collector_')
    const outcome = lines.flatMap(
      (line) => /^node_scrape_collector_outcome\{.*outcome="(\w+)"/.exec(line)?.[1] ?? [],
    )
    expect([...lines.filter((line) => !isOutcome(line)), ...outcome]).toEqual(
      expected.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))),
    )
  })
}

check(
  'vm_stat failed, so what is said of swap is not believed',
  'darwin',
  'meminfo',
  ({ answers }) => Object.assign(answers.mem ?? {}, { reclaimable: 0, swaptotal: 0, swapused: 0 }),
  ['node_memory_free_bytes 1.6318464e+08', /^node_memory_total_bytes /, 'error'],
)
check('no answer yet or any more', 'darwin', 'meminfo', ({ answers }) => delete answers.mem, [
  /^node_memory_free_bytes /,
  /^node_memory_total_bytes /,
  'error',
])
check(
  'no page files, or PowerShell failed',
  'win32',
  'meminfo',
  ({ answers }) => Object.assign(answers.mem ?? {}, { swaptotal: 0 }),
  [/^node_memory_MemAvailable_bytes /, /^node_memory_MemTotal_bytes /, 'ok'],
)
check(
  'a desktop',
  'darwin',
  'powersupplyclass',
  ({ answers }) => Object.assign(answers.battery ?? {}, { hasBattery: false }),
  ['no_data'],
)
check(
  'no right to see the zones',
  'win32',
  'thermal_zone',
  ({ answers }) => Object.assign(answers.cpuTemperature ?? {}, { cores: [] }),
  ['no_data'],
)
check(
  'df failed',
  'freebsd',
  'filesystem',
  ({ answers }) => {
    answers.fsSize = []
  },
  ['error'],
)
check(
  'interfaces that could not be read have zeros',
  'win32',
  'netdev',
  ({ answers }) => answers.networkStats?.splice(0, 1),
  ['no_data'],
)
check(
  'mount(8) failed, so types are guesses and readonly is not known',
  'darwin',
  'filesystem',
  ({ answers }) => {
    answers.fsSize =
      answers.fsSize?.slice(0, 1).map((mount) => ({ ...mount, type: 'HFS', rw: null })) ?? []
  },
  [
    /^node_filesystem_avail_bytes{device="\/dev\/disk3s1s1",device_error="",fstype="",mountpoint="\/"}/,
    /^node_filesystem_device_error{/,
    /^node_filesystem_files{/,
    /^node_filesystem_files_free{/,
    /^node_filesystem_free_bytes{/,
    /^node_filesystem_size_bytes{/,
    'ok',
  ],
)
check(
  'a system that hides its CPUs',
  'freebsd',
  'cpu',
  ({ os }) => {
    os['cpus'] = []
  },
  ['no_data'],
)

test('hardware shows the parts that are known when one is not, and fails', async () => {
  const lines = await show('win32', 'hardware', ({ answers }) => delete answers.graphics)
  expect(lines.filter((line) => line.startsWith('node_hardware_system_info'))).toHaveLength(1)
  expect(lines.filter((line) => line.includes('gpu'))).toEqual([])
  expect(lines).toContain('node_scrape_collector_success{collector="hardware"} 0')
})

test('hardware keeps serial numbers and the UUID to itself unless a flag asks', async () => {
  for (const platform of recorded) {
    const page = (await show(platform, 'hardware', () => undefined)).join('\n')
    expect(page).not.toMatch(/EXAM|serial|uuid|1A2B3C4D|-1111-2222-/i)
  }
})

test('the boot time does not tremble, and follows a clock that is set', async () => {
  const machine = await startRecorded('darwin', { args: only('boottime') })
  const bootTime = async (): Promise<string | undefined> =>
    /^node_boot_time_seconds (.*)$/m.exec(await machine.scrape())?.[1]
  const first = await bootTime()
  vi.setSystemTime(Date.now() + 1400) // and the uptime stays, as if it had been rounded
  expect(await bootTime()).toBe(first)
  vi.setSystemTime(Date.now() + 60_000)
  expect(Number(await bootTime())).toBe(Number(first) + 61)
})

function masked(page: string): string {
  return withoutDurations(page).replace(/^(node_time_zone_offset_seconds).*/gm, '$1 MASKED')
}
