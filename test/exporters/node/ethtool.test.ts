import { expect, test } from 'vitest'
import { Ethtool } from '../../../exporters/node/ask-ethtool.ts'
import { type Libc, loadLibc } from '../../../exporters/node/libc.ts'
import { eth0, ethtoolIoctl, type FakeInterface } from './fake-ethtool.ts'
import { fakeLibc, systemError } from './fake-libc.ts'
import { fakeMachine, only, startMachine } from './machine.ts'

function libcWith(ioctl: Libc['ioctl']): Libc {
  return fakeLibc({ socket: () => 7, ioctl })
}

function libcOf(interfaces: Readonly<Record<string, FakeInterface>>): Libc {
  const ask = ethtoolIoctl(interfaces)
  return libcWith((_fd, _request, argument, pointee) => ask(argument, pointee))
}

async function collect(libc: Libc, args: readonly string[] = []) {
  const machine = startMachine({ root: fakeMachine, args: [...only('ethtool'), ...args], libc })
  const page = await machine.scrape()
  return { page, again: machine.scrape, lines: machine.lines, log: machine.lines.join('\n') }
}

test('only the statistics that are asked for, of the interfaces that are asked for', async () => {
  const libc = libcOf({ eth0, bond0: { ...eth0, driver: 'bonding' } })
  const { page } = await collect(libc, [
    '--collector.ethtool.device-exclude=^bond',
    '--collector.ethtool.metrics-include=^(rx_bytes|port_TX)',
  ])
  const families = [...page.matchAll(/^# TYPE (node_ethtool_\w+)/gm)].map(([, name]) => name)
  expect(families).toEqual([
    'node_ethtool_info',
    'node_ethtool_port_transmitted_flow_control',
    'node_ethtool_received_bytes_total',
  ])
  expect(page).not.toContain('device="bond0"')
})

test('statistics of two interfaces share their families', async () => {
  const statistics = [['Rx.Errs', 5n]] as const
  const { page } = await collect(libcOf({ eth0, bond0: { ...eth0, statistics } }))
  expect(page).toContain('node_ethtool_received_errs{device="bond0"} 5')
  expect(page.match(/^# TYPE node_ethtool_info /gm)).toHaveLength(1)
})

test('a driver that cannot tell is a debug line, one that refuses an error line, once', async () => {
  const libc = libcWith((_fd, _request, argument) => {
    const isBond = Buffer.from(argument).includes('bond0')
    throw isBond ? systemError('EIO', 5, 'ioctl') : systemError('ENOTSUP', 95, 'ioctl')
  })
  const { page, again, lines } = await collect(libc)
  await again()
  const errors = lines.filter((line) => line.includes('level=ERROR'))
  expect(errors).toHaveLength(2)
  expect(errors[0]).toMatch(/msg="bond0 does not tell its link modes" err="ioctl: EIO"/)
  expect(errors[1]).toMatch(/msg="bond0 does not tell its driver"/)
  expect(page).toContain('node_scrape_collector_success{collector="ethtool"} 1')
  expect(page).not.toMatch(/^node_(ethtool|network)/m)
})

test('more statistics than an interface can have are refused', async () => {
  const libc = libcWith((_fd, _request, _argument, pointee) => {
    const bytes = Buffer.from(pointee?.bytes.buffer ?? new ArrayBuffer(0))
    if (bytes.readUInt32LE(0) === 3) bytes.writeUInt32LE(40_000, 180)
    return 0
  })
  const { log } = await collect(libc)
  expect(log).toMatch(/eth0 has 40000 statistics: expected 32768 at most/)
})

test('a statistic that came between the calls is left out until the next scrape', () => {
  const before = ethtoolIoctl({ eth0 })
  const after = ethtoolIoctl({ eth0: { ...eth0, statistics: [['late', 1n], ...eth0.statistics] } })
  const ethtool = new Ethtool(
    libcWith((_fd, _request, argument, pointee) => {
      const isStrings = pointee?.bytes[0] === 0x1b
      return (isStrings ? before : after)(argument, pointee)
    }),
  )
  expect(ethtool.statistics('eth0', 14)).toHaveLength(eth0.statistics.length)
})

const real = loadLibc()

test.runIf(real.missing === undefined)('the loopback of this machine has no driver', () => {
  const ethtool = new Ethtool(real)
  expect(() => ethtool.driver('lo')).toThrow(expect.objectContaining({ code: 'ENOTSUP' }))
  expect(() => ethtool.driver('no-such-one')).toThrow(expect.objectContaining({ code: 'ENODEV' }))
})
