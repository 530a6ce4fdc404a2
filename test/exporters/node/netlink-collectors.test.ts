/** The collectors that ask by netlink, on a kernel that is a function. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NoData } from '../../../exporters/node/collector.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import { fakeLibc } from './fake-libc.ts'
import { fakeNetlink, type Request } from './fake-netlink.ts'
import { fakeNetwork } from './fake-network.ts'
import { fakeMachine, only, startMachine } from './machine.ts'
import { bytes, datagram, done, error, item, nested, u32 } from './netlink-messages.ts'

const names = ['network_route', 'qdisc', 'wifi']

test('without system calls they have no data, and the log says so once', async () => {
  const refuse = () => {
    throw new NoData('no ffi here')
  }
  const libc = { ...fakeLibc({ socket: refuse }), missing: 'no ffi here' }
  const machine = startMachine({ root: fakeMachine, args: only(...names), libc, level: 'info' })
  const page = await machine.scrape()
  for (const name of names) {
    expect(page).toContain(
      `node_scrape_collector_outcome{collector="${name}",outcome="no_data"} 1\n`,
    )
  }
  expect(machine.lines.filter((line) => line.includes('No system calls'))).toHaveLength(1)
  expect(machine.lines.filter((line) => /no ffi here/.test(line))).toHaveLength(1)
})

/** What becomes of a collector when the kernel answers one kind of request otherwise. */
function checkAnswer(
  name: string,
  collector: string,
  change: (request: Request) => readonly Buffer[] | undefined,
  expected: { readonly page?: readonly string[]; readonly log?: string },
): void {
  test(`${collector}: ${name}`, async () => {
    const kernel = fakeNetlink((request) => change(request) ?? fakeNetwork(request))
    const machine = startMachine({ root: fakeMachine, args: only(collector), libc: kernel })
    const page = await machine.scrape()
    for (const text of expected.page ?? []) expect(page).toContain(text)
    expect(machine.lines.join('')).toContain(expected.log ?? '')
    expect(kernel.openSockets).toBe(0)
  })
}

const failed = (name: string) => [`node_scrape_collector_success{collector="${name}"} 0\n`]
const nothing = (name: string) => [
  `node_scrape_collector_outcome{collector="${name}",outcome="no_data"} 1\n`,
]
const command = ({ type, content }: Request): number => (type >= 16 ? content.readUInt8(0) : 0)

checkAnswer('the kernel refuses', 'qdisc', ({ type }) => (type === 38 ? [error(-1)] : undefined), {
  page: failed('qdisc'),
  log: 'netlink: operation not permitted',
})
checkAnswer(
  'there are no interfaces',
  'qdisc',
  ({ type }) => (type === 18 ? [done()] : undefined),
  {
    page: ['node_scrape_collector_success{collector="qdisc"} 1\n'],
  },
)
checkAnswer(
  'a route by an interface that came in between',
  'network_route',
  ({ type }) => (type === 18 ? [done()] : undefined),
  {
    page: ['node_network_routes{device=""} 6\n'],
  },
)
checkAnswer(
  'the kernel knows no wireless',
  'wifi',
  ({ type }) => (type === 16 ? [error(-2)] : undefined),
  {
    page: nothing('wifi'),
  },
)
checkAnswer(
  'nobody but root may ask',
  'wifi',
  ({ type }) => (type === 16 ? [error(-1)] : undefined),
  {
    page: nothing('wifi'),
  },
)
checkAnswer(
  'the kernel is out of memory',
  'wifi',
  ({ type }) => (type === 16 ? [error(-12)] : undefined),
  {
    page: failed('wifi'),
    log: 'netlink: not enough memory',
  },
)
checkAnswer(
  'an interface that is down',
  'wifi',
  (request) => (command(request) === 17 ? [error(-100)] : undefined),
  {
    page: ['node_wifi_station_info{bssid="00:11:22:33:44:55",device="wlan0"', 'wifi"} 1\n'],
  },
)
checkAnswer(
  'a list of stations that ends with an error',
  'wifi',
  (request) => (command(request) === 17 ? [done(-5)] : undefined),
  {
    page: failed('wifi'),
    log: 'netlink: i/o error',
  },
)

/** The network of wlan0, by the attributes of its scan. */
function checkBss(name: string, attributes: readonly Buffer[], expected: string): void {
  const scan = [datagram(item(27, Buffer.from([34, 1, 0, 0]), ...attributes), done())]
  checkAnswer(name, 'wifi', (request) => (command(request) === 32 ? scan : undefined), {
    page: [expected],
  })
}

const start = 'node_wifi_station_info{bssid="'
checkBss(
  'an ad-hoc network that hides',
  [nested(47, u32(9, 2))],
  `${start}",device="wlan0",mode="ad-hoc",ssid=""} 1\n`,
)
checkBss(
  'a status of the future',
  [nested(47, u32(9, 7))],
  `${start}",device="wlan0",mode="unknown",ssid=""} 1\n`,
)
checkBss(
  'authenticated, not yet associated',
  [nested(47, bytes(6, 0, 1, 120), u32(9, 0))],
  'mode="client",ssid="x"} 1\n',
)
checkBss(
  'a name that is cut off',
  [nested(47, bytes(6, 0, 9, 120, 121), u32(9, 1))],
  'ssid="xy"} 1\n',
)
checkBss(
  'a name that is no UTF-8',
  [nested(47, bytes(6, 0, 2, 0xff, 120), u32(9, 1))],
  'ssid="\u{fffd}x"} 1\n',
)
checkBss(
  'elements without a name',
  [nested(47, bytes(6, 1, 9, 1), u32(9, 1))],
  'mode="client",ssid=""} 1\n',
)

test("qdisc and wifi show the files of the original's tests", async () => {
  const args = [
    ...only('qdisc', 'wifi'),
    `--collector.qdisc.fixtures=${join(fakeMachine, 'qdisc')}`,
    '--collector.qdisk.device-exclude=^lo$',
    `--collector.wifi.fixtures=${join(fakeMachine, 'wifi')}`,
  ]
  const machine = startMachine({ root: fakeMachine, args, libc: fakeLibc({}) })
  const page = await machine.scrape()
  expect(page.match(/^node_(qdisc|wifi).*/gm)?.join('\n')).toMatchInlineSnapshot(`
    "node_qdisc_backlog{device="eth0",kind="fq"} 600
    node_qdisc_backlog{device="tun0",kind="pfifo"} 0
    node_qdisc_bytes_total{device="eth0",kind="fq"} 1500
    node_qdisc_bytes_total{device="tun0",kind="pfifo"} 0
    node_qdisc_current_queue_length{device="eth0",kind="fq"} 5
    node_qdisc_current_queue_length{device="tun0",kind="pfifo"} 0
    node_qdisc_drops_total{device="eth0",kind="fq"} 1
    node_qdisc_drops_total{device="tun0",kind="pfifo"} 0
    node_qdisc_overlimits_total{device="eth0",kind="fq"} 4
    node_qdisc_overlimits_total{device="tun0",kind="pfifo"} 0
    node_qdisc_packets_total{device="eth0",kind="fq"} 3
    node_qdisc_packets_total{device="tun0",kind="pfifo"} 0
    node_qdisc_requeues_total{device="eth0",kind="fq"} 2
    node_qdisc_requeues_total{device="tun0",kind="pfifo"} 0
    node_wifi_interface_frequency_hertz{device="wlan0"} 5.18e+09
    node_wifi_interface_frequency_hertz{device="wlan1"} 0
    node_wifi_station_beacon_loss_total{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_connected_seconds_total{device="wlan0",mac_address="00:11:22:33:44:55"} 1.5
    node_wifi_station_inactive_seconds{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_info{bssid="00:11:22:33:44:55",device="wlan0",mode="ad-hoc",ssid="Café 5G"} 1
    node_wifi_station_receive_bits_per_second{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_receive_bytes_total{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_received_packets_total{device="wlan0",mac_address="00:11:22:33:44:55"} 7
    node_wifi_station_signal_dbm{device="wlan0",mac_address="00:11:22:33:44:55"} -52
    node_wifi_station_transmit_bits_per_second{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_transmit_bytes_total{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_transmit_failed_total{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_transmit_retries_total{device="wlan0",mac_address="00:11:22:33:44:55"} 0
    node_wifi_station_transmitted_packets_total{device="wlan0",mac_address="00:11:22:33:44:55"} 8"
  `)
  expect(page).not.toContain('node_scrape_collector_success{collector="wifi"} 0')
})

test('qdisc and wifi fail without those files', async () => {
  using folder = temporaryFolder()
  const args = [
    ...only('qdisc', 'wifi'),
    `--collector.qdisc.fixtures=${folder.path}`,
    `--collector.wifi.fixtures=${folder.path}`,
  ]
  const machine = startMachine({ root: fakeMachine, args, libc: fakeLibc({}) })
  await machine.scrape()
  expect(machine.lines.join('')).toContain(join(folder.path, 'results.json'))
  expect(machine.lines.join('')).toContain(join(folder.path, 'interfaces.json'))
})
