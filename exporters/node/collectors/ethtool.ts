/** What the drivers of network interfaces tell: their own counters, what their ports can do, who they are. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { type Driver, Ethtool, type Link } from '../ask-ethtool.ts'
import { type CollectorLog, defineCollector, NoData, type Out } from '../collector.ts'
import { includeAndExclude } from '../include-exclude.ts'
import { asymmetricPause, autonegotiation, hasMode, pause, ports, speeds } from '../link-modes.ts'
import { listDevices } from '../sysfs.ts'

const root = 'class/net'

const speed = families('gauge', ['device', 'duplex', 'mode'], {
  node_network_advertised_speed_bytes: 'A speed that the port offers, in bytes a second.',
  node_network_supported_speed_bytes: 'A speed that the port can have, in bytes a second.',
})
const gauge = families('gauge', ['device'], {
  node_network_asymmetricpause_advertised: 'Whether the port offers asymmetric pauses.',
  node_network_asymmetricpause_supported: 'Whether the port can have asymmetric pauses.',
  node_network_autonegotiate: 'Whether the port negotiates its speed.',
  node_network_autonegotiate_advertised: 'Whether the port offers to negotiate its speed.',
  node_network_autonegotiate_supported: 'Whether the port can negotiate its speed.',
  node_network_pause_advertised: 'Whether the port offers pauses.',
  node_network_pause_supported: 'Whether the port can have pauses.',
})
const portInfo = family('gauge', 'node_network_supported_port_info', 'A kind of plug it has.', [
  'device',
  'type',
])
const info = family('gauge', 'node_ethtool_info', 'The driver of an interface, as labels.', [
  'bus_info',
  'device',
  'driver',
  'expansion_rom_version',
  'firmware_version',
  'version',
])
const untyped = families('unknown', ['device'], {
  node_ethtool_received_bytes_total: 'Bytes received, by the driver: rx_bytes.',
  node_ethtool_received_dropped_total: 'Packets received and dropped: rx_dropped.',
  node_ethtool_received_errors_total: 'Errors while receiving: rx_errors.',
  node_ethtool_received_packets_total: 'Packets received: rx_packets.',
  node_ethtool_transmitted_bytes_total: 'Bytes sent: tx_bytes.',
  node_ethtool_transmitted_errors_total: 'Errors while sending: tx_errors.',
  node_ethtool_transmitted_packets_total: 'Packets sent: tx_packets.',
})

/** Statistics whose families have a name of their own; those of the others are derived. */
const named: Readonly<Record<string, Statistic>> = {
  rx_bytes: untyped.node_ethtool_received_bytes_total,
  rx_dropped: untyped.node_ethtool_received_dropped_total,
  rx_errors: untyped.node_ethtool_received_errors_total,
  rx_packets: untyped.node_ethtool_received_packets_total,
  tx_bytes: untyped.node_ethtool_transmitted_bytes_total,
  tx_errors: untyped.node_ethtool_transmitted_errors_total,
  tx_packets: untyped.node_ethtool_transmitted_packets_total,
}

type Statistic = (typeof untyped)[keyof typeof untyped]

type State = {
  readonly ethtool: Ethtool
  readonly ignores: (device: string) => boolean
  readonly families: StatisticFamilies
  /** What the log was told, so that it hears of a driver's refusal once. */
  readonly told: Set<string>
}

export default defineCollector({
  name: 'ethtool',
  enabled: false,
  help: 'Counters and abilities of network interfaces, asked of their drivers by ioctl(2).',
  flags: {
    'device-include': { help: 'Regexp of the interfaces to show.', default: '' },
    'device-exclude': { help: 'Regexp of the interfaces to leave out.', default: '' },
    'metrics-include': { help: 'Regexp of the statistics to show.', default: '.*' },
  },
  families: [
    ...Object.values(speed),
    ...Object.values(gauge),
    portInfo,
    info,
    ...Object.values(untyped),
    family('unknown', 'node_ethtool_<stat>', 'A statistic of the driver.', ['device']),
  ],
  start: (context): State => ({
    ethtool: new Ethtool(context.host.libc(context.log)),
    ignores: includeAndExclude(context, { include: 'device-include', exclude: 'device-exclude' }),
    families: new StatisticFamilies(context.regexp('metrics-include')),
    told: new Set(),
  }),
  collect({ host, out, log, state }) {
    const { ethtool, ignores } = state
    const devices = listDevices(host, root).filter((name) => host.isSysFolder(`${root}/${name}`))
    if (devices.length === 0) throw new Error('no network devices found')
    for (const device of devices.filter((name) => !ignores(name))) {
      const ask = <T>(what: string, call: () => T): T | undefined =>
        answerOrTell(`${device} does not tell its ${what}`, call, log, state.told)
      const link = ask('link modes', () => ethtool.link(device))
      if (link !== undefined) addLink(out, device, link)
      const driver = ask('driver', () => ethtool.driver(device))
      if (driver === undefined) continue
      addDriver(out, device, driver)
      if (driver.statistics === 0) continue
      const statistics = ask('statistics', () => ethtool.statistics(device, driver.statistics))
      if (statistics !== undefined) addStatistics(out, device, statistics, state)
    }
  },
})

/** A driver that cannot tell is no failure; one that refuses is an error line when that begins. */
function answerOrTell<T>(
  message: string,
  call: () => T,
  log: CollectorLog,
  told: Set<string>,
): T | undefined {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof Error) || error instanceof NoData) throw error
    const isUnable = 'code' in error && error.code === 'ENOTSUP'
    const complaint = `${message}: ${error.message}`
    log[isUnable || told.has(complaint) ? 'debug' : 'error'](message, { err: error.message })
    told.add(complaint)
    return undefined
  }
}

function addLink(out: Out, device: string, link: Link): void {
  const has = (modes: number, bit: number): number => Number(hasMode(modes, bit))
  const { supported, advertised } = link
  for (const [bit, megabits, medium, duplex] of speeds) {
    const bytes = megabits * 125_000
    const at = [device, duplex, `${megabits}base${medium}`] as const
    if (hasMode(supported, bit)) out.add(speed.node_network_supported_speed_bytes, bytes, ...at)
    if (hasMode(advertised, bit)) out.add(speed.node_network_advertised_speed_bytes, bytes, ...at)
  }
  for (const [bit, type] of ports) {
    if (hasMode(supported, bit)) out.add(portInfo, 1, device, type)
  }
  out.add(gauge.node_network_autonegotiate_supported, has(supported, autonegotiation), device)
  out.add(gauge.node_network_pause_supported, has(supported, pause), device)
  out.add(gauge.node_network_asymmetricpause_supported, has(supported, asymmetricPause), device)
  out.add(gauge.node_network_autonegotiate_advertised, has(advertised, autonegotiation), device)
  out.add(gauge.node_network_pause_advertised, has(advertised, pause), device)
  out.add(gauge.node_network_asymmetricpause_advertised, has(advertised, asymmetricPause), device)
  out.add(gauge.node_network_autonegotiate, link.autonegotiates ? 1 : 0, device)
}

function addDriver(out: Out, device: string, driver: Driver): void {
  const { bus, name, expansionRom, firmware, version } = driver
  out.add(info, 1, bus, device, name, expansionRom, firmware, version)
}

/** Statistics that get the same family are left out, for nobody could tell which is which. */
function addStatistics(
  out: Out,
  device: string,
  statistics: readonly (readonly [name: string, value: number])[],
  { families: known }: State,
): void {
  const values = new Map<Statistic, number | undefined>()
  for (const [name, value] of statistics) {
    const declaration = known.find(name)
    if (declaration === undefined) continue
    values.set(declaration, values.has(declaration) ? undefined : value)
  }
  for (const [declaration, value] of values) {
    if (value !== undefined) out.add(declaration, value, device)
  }
}

/** The family of a statistic, worked out when a driver first names it. */
class StatisticFamilies {
  readonly #isWanted: RegExp
  /** By the driver's names; undefined are those that are not wanted. */
  readonly #byStatistic = new Map<string, Statistic | undefined>()
  readonly #byName = new Map<string, Statistic>(
    Object.values(untyped).map((declaration) => [declaration.name, declaration]),
  )

  constructor(isWanted: RegExp) {
    this.#isWanted = isWanted
  }

  find(statistic: string): Statistic | undefined {
    const known = this.#byStatistic.get(statistic)
    if (known !== undefined || this.#byStatistic.has(statistic)) return known
    const sanitized = statistic.replace(/_*[^0-9A-Za-z_]+_*/g, '_')
    const found = this.#isWanted.test(sanitized) ? this.#declare(sanitized) : undefined
    this.#byStatistic.set(statistic, found)
    return found
  }

  #declare(sanitized: string): Statistic {
    const own = named[sanitized]
    if (own !== undefined) return own
    const words = sanitized
      .toLowerCase()
      .replace(/^_+/, '')
      .replace(/(^|_)rx(_|$)/g, '$1received$2')
      .replace(/(^|_)tx(_|$)/g, '$1transmitted$2')
    const name = `node_ethtool_${words}`
    const declared =
      this.#byName.get(name) ?? family('unknown', name, `By the driver: ${words}.`, ['device'])
    this.#byName.set(name, declared)
    return declared
  }
}
