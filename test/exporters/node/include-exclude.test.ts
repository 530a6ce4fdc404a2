import { expect, test } from 'vitest'
import { fakeMachine, only, startMachine } from './machine.ts'

/** The devices that collector netdev shows with these flags. */
async function devices(...flags: readonly string[]): Promise<string[]> {
  const machine = startMachine({ root: fakeMachine, args: [...only('netdev'), ...flags] })
  const page = await machine.scrape()
  return [...page.matchAll(/^node_network_receive_bytes_total\{device="(.*?)"/gm)].map(
    ([, name]) => name ?? '',
  )
}

function check(flags: readonly string[], expected: readonly string[]): void {
  test(`netdev with ${flags.join(' ') || 'no flags'} shows ${expected.join(', ')}`, async () => {
    expect(await devices(...flags)).toEqual(expected)
  })
}

check([], ['eth0', 'eth0:1', 'lo'])
check(['--collector.netdev.device-exclude=^lo$'], ['eth0', 'eth0:1'])
check(['--collector.netdev.device-include=lo'], ['lo'])
check(['--collector.netdev.device-include=LO'], [])
check(['--collector.netdev.device-include=(?i)LO'], ['lo'])
check(['--collector.netdev.device-blacklist=eth'], ['lo'])
check(['--collector.netdev.device-whitelist=eth0$'], ['eth0'])
check(
  ['--collector.netdev.device-include=eth', '--collector.netdev.device-exclude='],
  ['eth0', 'eth0:1'],
)

function checkRefused(flags: readonly string[], message: RegExp): void {
  test(`the exporter refuses ${flags.join(' ')}`, () => {
    expect(() => startMachine({ root: fakeMachine, args: flags })).toThrow(message)
  })
}

checkRefused(
  ['--collector.netdev.device-include=a', '--collector.netdev.device-exclude=b'],
  /collector netdev cannot start: --collector\.netdev\.device-include and --collector\.netdev\.device-exclude exclude each other/,
)
checkRefused(
  ['--collector.filesystem.ignored-fs-types=a', '--collector.filesystem.fs-types-exclude=b'],
  /old name of --collector\.filesystem\.fs-types-exclude/,
)
checkRefused(
  ['--collector.diskstats.device-exclude=(?=a)'],
  /--collector\.diskstats\.device-exclude: regexp "\(\?=a\)": .*lookahead/,
)
checkRefused(
  ['--collector.vmstat.fields=['],
  /--collector\.vmstat\.fields: regexp "\[": missing \]/,
)

test('an include switches the default exclude off', async () => {
  const flags = ['--collector.diskstats.device-include=^(sda1|loop0)$']
  const machine = startMachine({ root: fakeMachine, args: [...only('diskstats'), ...flags] })
  const page = await machine.scrape()
  expect(page).toContain('node_disk_io_now{device="sda1"} 0')
  expect(page).toContain('node_disk_io_now{device="loop0"} 0')
  expect(page).not.toContain('device="nvme0n1"')
})

test('an old name works with a warning, and the patterns in force are logged', () => {
  const machine = startMachine({
    root: fakeMachine,
    args: [...only('diskstats'), '--collector.diskstats.ignored-devices=^loop'],
  })
  const log = machine.lines.join('')
  expect(log).toContain('--collector.diskstats.ignored-devices is deprecated')
  expect(log).toContain('msg="Parsed flag --collector.diskstats.ignored-devices" flag=^loop')
})
