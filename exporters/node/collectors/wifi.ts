/** Wireless interfaces, the networks they are in, and the stations they talk to. */

import { join } from 'node:path'
import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, type Out } from '../collector.ts'
import type { Host } from '../host.ts'
import { type JsonRecord, readRecords } from '../json-fixtures.ts'
import { hasCode, Netlink } from '../netlink.ts'
import { type Bss, openNl80211, type Station, type Wifi } from '../nl80211.ts'

const frequency = family(
  'gauge',
  'node_wifi_interface_frequency_hertz',
  'Where the interface sends, in hertz; 0 while it has no channel.',
  ['device'],
)
const info = family('gauge', 'node_wifi_station_info', 'The network of an interface, as labels.', [
  'device',
  'bssid',
  'ssid',
  'mode',
])
const counter = families('counter', ['device', 'mac_address'], {
  node_wifi_station_beacon_loss_total: 'How often beacons of the station stayed away.',
  node_wifi_station_connected_seconds_total: 'Time since the station is connected, in seconds.',
  node_wifi_station_receive_bytes_total: 'Bytes received from the station.',
  node_wifi_station_received_packets_total: 'Packets received from the station.',
  node_wifi_station_transmit_bytes_total: 'Bytes sent to the station.',
  node_wifi_station_transmit_failed_total: 'Packets that did not get to the station.',
  node_wifi_station_transmit_retries_total: 'Packets that were sent to the station again.',
  node_wifi_station_transmitted_packets_total: 'Packets sent to the station.',
})
const gauge = families('gauge', ['device', 'mac_address'], {
  node_wifi_station_inactive_seconds: 'Time since the station was last heard, in seconds.',
  node_wifi_station_receive_bits_per_second: 'Bit rate from the station.',
  node_wifi_station_signal_dbm: 'Strength of its last signal, in decibel-milliwatts.',
  node_wifi_station_transmit_bits_per_second: 'Bit rate to the station.',
})

/** By the status of the network, enum nl80211_bss_status. */
const modes: Readonly<Record<number, string>> = { 0: 'client', 1: 'client', 2: 'ad-hoc' }

export default defineCollector({
  name: 'wifi',
  enabled: false,
  help: 'Wireless interfaces and stations, by netlink (nl80211).',
  flags: {
    fixtures: {
      help: 'Folder with JSON files to show instead of what the kernel says; for tests.',
      default: '',
    },
  },
  families: [frequency, info, ...Object.values(counter), ...Object.values(gauge)],
  start({ host, log, flags: { fixtures } }) {
    if (fixtures !== '') return () => openFixtures(host, fixtures)
    const netlink = new Netlink(host.libc(log))
    return () => openNl80211(netlink)
  },
  collect({ out, state: open }) {
    const wifi = open()
    for (const found of wifi.interfaces()) {
      if (found.name === '') continue
      out.add(frequency, found.frequency * 1e6, found.name)
      const bss = wifi.bss(found)
      if (bss !== undefined) {
        out.add(info, 1, found.name, bss.bssid, bss.ssid, modes[bss.status] ?? 'unknown')
      }
      for (const station of wifi.stations(found)) addStation(out, found.name, station)
    }
  },
})

function addStation(out: Out, device: string, station: Station): void {
  const values = [
    [counter.node_wifi_station_beacon_loss_total, station.beaconLoss],
    [counter.node_wifi_station_connected_seconds_total, station.connectedSeconds],
    [counter.node_wifi_station_receive_bytes_total, station.receivedBytes],
    [counter.node_wifi_station_received_packets_total, station.receivedPackets],
    [counter.node_wifi_station_transmit_bytes_total, station.transmittedBytes],
    [counter.node_wifi_station_transmit_failed_total, station.transmitFailed],
    [counter.node_wifi_station_transmit_retries_total, station.transmitRetries],
    [counter.node_wifi_station_transmitted_packets_total, station.transmittedPackets],
    [gauge.node_wifi_station_inactive_seconds, station.inactiveSeconds],
    [gauge.node_wifi_station_receive_bits_per_second, station.receiveBitrate],
    [gauge.node_wifi_station_signal_dbm, station.signalDbm],
    [gauge.node_wifi_station_transmit_bits_per_second, station.transmitBitrate],
  ] as const
  for (const [declaration, value] of values) out.add(declaration, value, device, station.macAddress)
}

function openFixtures(host: Host, folder: string): Wifi {
  const recordsIfAny = (path: string): JsonRecord[] => {
    try {
      return readRecords(host, join(folder, path))
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return []
      throw error
    }
  }
  return {
    interfaces: () =>
      readRecords(host, join(folder, 'interfaces.json')).map((record) => ({
        index: 0,
        name: record.text('name'),
        frequency: record.number('frequency'),
      })),
    bss: ({ name }) => recordsIfAny(`${name}/bss.json`).map(toBss)[0],
    stations: ({ name }) => recordsIfAny(`${name}/stationinfo.json`).map(toStation),
  }
}

function toBss(record: JsonRecord): Bss {
  return {
    bssid: record.address('bssid'),
    ssid: record.text('ssid'),
    status: record.number('status'),
  }
}

/** Go writes times in nanoseconds. */
function toStation(record: JsonRecord): Station {
  return {
    macAddress: record.address('hardwareaddr'),
    connectedSeconds: record.number('connected') / 1e9,
    inactiveSeconds: record.number('inactive') / 1e9,
    receivedBytes: record.number('receivedbytes'),
    transmittedBytes: record.number('transmittedbytes'),
    receivedPackets: record.number('receivedpackets'),
    transmittedPackets: record.number('transmittedpackets'),
    receiveBitrate: record.number('receivebitrate'),
    transmitBitrate: record.number('transmitbitrate'),
    signalDbm: record.number('signal'),
    transmitRetries: record.number('transmitretries'),
    transmitFailed: record.number('transmitfailed'),
    beaconLoss: record.number('beaconloss'),
  }
}
