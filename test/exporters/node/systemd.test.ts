import { expect, test } from 'vitest'
import { type FakeObjects, fakeObjects, startBus } from './fake-bus.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

const manager = '/org/freedesktop/systemd1 org.freedesktop.systemd1.Manager'

/** The fake systemd with some objects changed, or gone. */
async function collect(changes: FakeObjects = {}, args: readonly string[] = []) {
  await using bus = await startBus({ objects: { ...fakeObjects(), ...changes } })
  const machine = startMachine({
    root: fakeMachine,
    args: [...only('systemd'), ...args],
    systemBus: bus.address,
  })
  return { page: await machine.scrape(), lines: machine.lines, calls: bus.calls }
}

function unitsOf(page: string): string[] {
  return [...page.matchAll(/^node_systemd_unit_state\{name="([^"]+)",state="active"/gm)].map(
    ([, name = '']) => name,
  )
}

/** With these flags, these units are shown. */
function checkUnits(args: readonly string[], units: readonly string[]): void {
  test(`collector systemd with ${args.join(' ') || 'its defaults'} shows ${units.length} units`, async () => {
    expect(unitsOf((await collect({}, args)).page)).toEqual(units)
  })
}

const include = '--collector.systemd.unit-include='
const exclude = '--collector.systemd.unit-exclude='

checkUnits(
  [],
  [
    'backup.service',
    'backup.timer',
    'basic.target',
    'later.service',
    'old.socket',
    'web.service',
    'web.socket',
  ],
)
checkUnits([`${include}web.+`], ['web.service', 'web.socket'])
checkUnits([`${include}web`], []) // a pattern is for the whole name
checkUnits([`${include}web|web.service`], ['web.service'])
checkUnits([`${include}srv.mount`], []) // the default of exclude stays in force
checkUnits([`${include}srv.mount`, `${exclude}`], ['srv.mount'])
checkUnits([`${include}`], []) // matches the name that is empty
checkUnits(
  [`${exclude}.+\\.(socket|timer|target|slice|mount)`],
  ['backup.service', 'later.service', 'web.service'],
)
checkUnits(['--collector.systemd.unit-whitelist=web.*'], ['web.service', 'web.socket'])
checkUnits(['--collector.systemd.unit-blacklist=.*[ecrt]'], [])

test('collector systemd refuses an old flag beside its new name', () => {
  const args = [...only('systemd'), `${include}a`, '--collector.systemd.unit-whitelist=b']
  expect(() => startMachine({ root: fakeMachine, args })).toThrow(
    /collector systemd cannot start: --collector.systemd.unit-whitelist is the old name/,
  )
})

test('collector systemd asks for no property that it does not show', async () => {
  const { page, calls } = await collect()
  expect(calls.filter((member) => member === 'Get')).toHaveLength(3 + 3 + 2 * 3 + 1)
  for (const family of ['service_restart', 'unit_start_time', 'unit_tasks']) {
    expect(page).not.toContain(family)
  }
})

test('collector systemd shows what it has when systemd tells neither version nor virtualization', async () => {
  const { page } = await collect({
    [`${manager}.Version`]: { error: 'denied' },
    [`${manager}.Virtualization`]: { error: 'denied' },
    [`${manager}.SystemState`]: { error: 'no such property' },
  })
  expect(page).toContain('node_systemd_version{version=""} 0\n')
  expect(page).toContain('node_systemd_virtualization_info{virtualization_type="unknown"} 1\n')
  expect(page).toContain('node_systemd_units{state="active"} 6\n')
  expect(page).not.toContain('node_systemd_system_running')
  expect(page).toContain('node_scrape_collector_success{collector="systemd"} 1\n')
})

/** The number and the label of a version text. */
function checkVersion(version: string, sample: string): void {
  test(`collector systemd shows version ${version} as ${sample}`, async () => {
    const { page } = await collect({ [`${manager}.Version`]: { type: 's', value: version } })
    expect(page).toContain(`node_systemd_version${sample}\n`)
  })
}

checkVersion('219', '{version="219"} 219')
checkVersion('252.39-1~deb12u2', '{version="252.39-1~deb12u2"} 252.39')
checkVersion('v256.7-1.fc41', '{version="v256.7-1.fc41"} 256.7')
checkVersion('44', '{version=""} 0')

test('collector systemd fails without a list of units, and keeps what it has', async () => {
  const { page, lines } = await collect({ [`${manager}.ListUnits`]: { error: 'no memory' } })
  expect(page).toContain('node_systemd_version{')
  expect(page).not.toContain('node_systemd_units')
  expect(page).toContain('node_scrape_collector_success{collector="systemd"} 0\n')
  expect(lines.at(-1)).toContain('err="ListUnits of org.freedesktop.systemd1: no memory"')
})

test('collector systemd fails without the state of the system, and shows the units', async () => {
  const { page } = await collect({ [`${manager}.SystemState`]: { error: 'no' } })
  expect(unitsOf(page)).toHaveLength(7)
  expect(page).not.toContain('node_systemd_system_running')
  expect(page).toContain('node_scrape_collector_success{collector="systemd"} 0\n')
})

test('collector systemd that is not answered is late, and asks again over a new connection', async () => {
  let isSilent = true
  await using bus = await startBus({
    objects: fakeObjects(),
    onCall: ({ member }) => (isSilent && member === 'Get' ? new Uint8Array(0) : undefined),
  })
  const machine = startMachine({
    root: fakeMachine,
    args: [...only('systemd'), '--collector.timeout=50ms'],
    systemBus: bus.address,
  })
  const page = await machine.scrape()
  expect(page).toContain('node_scrape_collector_outcome{collector="systemd",outcome="timeout"} 1\n')
  expect(page).not.toContain('node_systemd_')
  isSilent = false
  expect(await machine.scrape()).toContain('node_scrape_collector_success{collector="systemd"} 1\n')
  expect(bus.accepted).toBe(2)
})

test('collectors of a bus that is restarted fail meanwhile and come back', async () => {
  await using bus = await startBus({ objects: fakeObjects() })
  const machine = startMachine({
    root: fakeMachine,
    args: only('logind'),
    systemBus: bus.address,
  })
  const succeeds = async (): Promise<boolean> =>
    (await machine.scrape()).includes('node_scrape_collector_success{collector="logind"} 1\n')
  expect(await succeeds()).toBe(true)
  expect(await succeeds()).toBe(true)
  await bus.stop()
  expect(await succeeds()).toBe(false)
  expect(machine.lines.at(-1)).toMatch(/err="no D-Bus: .*ENOENT.*: is dbus running/)
  await bus.start()
  expect(await succeeds()).toBe(true)
  expect(bus.accepted).toBe(2)
})

test('collector logind fails without a list of sessions', async () => {
  const name = '/org/freedesktop/login1 org.freedesktop.login1.Manager.ListSessions'
  const objects = { ...fakeObjects(), [name]: { error: 'no' } }
  await using bus = await startBus({ objects })
  const machine = startMachine({ root: fakeMachine, args: only('logind'), systemBus: bus.address })
  const page = await machine.scrape()
  expect(page).toContain('node_scrape_collector_success{collector="logind"} 0\n')
  expect(page).not.toContain('node_logind')
})
