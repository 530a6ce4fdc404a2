/** Wireless interfaces as the kernel tells them by generic netlink: include/uapi/linux/nl80211.h. */

import { NoData } from './collector.ts'
import { hasCode, NETLINK_GENERIC, type Netlink } from './netlink.ts'
import {
  readAttributes,
  readBytes,
  readString,
  readUint64,
  writeAttribute,
  writeUint32,
} from './netlink-message.ts'

/** The family that knows the numbers of the others, include/uapi/linux/genetlink.h. */
const GENL_ID_CTRL = 16
const CTRL_CMD_GETFAMILY = 3
const CTRL_ATTR_FAMILY_ID = 1
const CTRL_ATTR_FAMILY_NAME = 2
const genlmsghdrBytes = 4

const NL80211_CMD_GET_INTERFACE = 5
const NL80211_CMD_GET_STATION = 17
const NL80211_CMD_GET_SCAN = 32
const NL80211_ATTR_IFINDEX = 3
const NL80211_ATTR_IFNAME = 4
const NL80211_ATTR_MAC = 6
const NL80211_ATTR_STA_INFO = 21
const NL80211_ATTR_WIPHY_FREQ = 38
const NL80211_ATTR_BSS = 47

const NL80211_BSS_BSSID = 1
const NL80211_BSS_INFORMATION_ELEMENTS = 6
const NL80211_BSS_STATUS = 9
/** IEEE 802.11, 9.4.2.1. */
const SSID_ELEMENT = 0

const NL80211_RATE_INFO_BITRATE = 1
const NL80211_RATE_INFO_BITRATE32 = 5
const bitsPerRate = 100_000

export type WifiInterface = {
  index: number
  /** Empty for devices that are none, such as one for peer-to-peer discovery. */
  name: string
  /** In MHz, 0 while it has no channel. */
  frequency: number
}

/** The network that an interface is in. */
export type Bss = {
  /** Address of the access point, `00:11:22:33:44:55`. */
  bssid: string
  ssid: string
  /** 0 authenticated, 1 associated, 2 in an ad-hoc network. */
  status: number
}

export type Station = {
  macAddress: string
  connectedSeconds: number
  inactiveSeconds: number
  receivedBytes: number
  transmittedBytes: number
  receivedPackets: number
  transmittedPackets: number
  /** In bits a second. */
  receiveBitrate: number
  transmitBitrate: number
  signalDbm: number
  transmitRetries: number
  transmitFailed: number
  beaconLoss: number
}

/** Who can tell of wireless interfaces: the kernel, or files in its place. */
export type Wifi = {
  interfaces(): WifiInterface[]
  bss(of: WifiInterface): Bss | undefined
  stations(of: WifiInterface): Station[]
}

/** Throws NoData where the kernel has no nl80211, or does not let us ask. */
export function openNl80211(netlink: Netlink): Wifi {
  const type = askFamily(netlink)
  const ask = <T>(
    command: number,
    content: readonly Uint8Array[],
    parse: (content: DataView) => T | undefined,
  ): T[] =>
    netlink.ask(
      { protocol: NETLINK_GENERIC, type, isDump: true, content: [header(command), ...content] },
      () => [] as T[],
      (gathered, message) => {
        const parsed = parse(message)
        if (parsed !== undefined) gathered.push(parsed)
      },
    )
  const askOf = <T>(
    { index }: WifiInterface,
    command: number,
    parse: (content: DataView) => T | undefined,
  ): T[] => {
    try {
      return ask(command, [writeAttribute(NL80211_ATTR_IFINDEX, writeUint32(index))], parse)
    } catch (error) {
      // It has no such list (a monitor), it is down, or it was just unplugged.
      if (hasCode(error, 'ENOENT', 'ENOTSUP', 'ENETDOWN', 'ENODEV')) return []
      throw error
    }
  }
  return {
    interfaces: () => ask(NL80211_CMD_GET_INTERFACE, [], parseInterface),
    bss: (of) => askOf(of, NL80211_CMD_GET_SCAN, parseBss)[0],
    stations: (of) => askOf(of, NL80211_CMD_GET_STATION, parseStation),
  }
}

/** The number of nl80211, which is another at each boot. */
function askFamily(netlink: Netlink): number {
  const name = writeAttribute(CTRL_ATTR_FAMILY_NAME, Buffer.from('nl80211\0'))
  const content = [header(CTRL_CMD_GETFAMILY), name]
  try {
    const found = netlink.ask(
      { protocol: NETLINK_GENERIC, type: GENL_ID_CTRL, isDump: false, content },
      () => ({ id: 0 }),
      (family, message) => {
        for (const { type, value } of readAttributes(message, genlmsghdrBytes)) {
          if (type === CTRL_ATTR_FAMILY_ID) family.id = value.getUint16(0, true)
        }
      },
    )
    return found.id
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EPROTONOSUPPORT', 'EPERM', 'EACCES')) {
      throw new NoData(`no nl80211 to be asked here: ${error.message}`)
    }
    throw error
  }
}

/** A struct genlmsghdr. The kernel ignores the version. */
function header(command: number): Buffer {
  return Buffer.from([command, 1, 0, 0])
}

export function parseInterface(content: DataView): WifiInterface {
  const found: WifiInterface = { index: 0, name: '', frequency: 0 }
  for (const { type, value } of readAttributes(content, genlmsghdrBytes)) {
    if (type === NL80211_ATTR_IFINDEX) found.index = value.getUint32(0, true)
    else if (type === NL80211_ATTR_IFNAME) found.name = readString(value)
    else if (type === NL80211_ATTR_WIPHY_FREQ) found.frequency = value.getUint32(0, true)
  }
  return found
}

/** Undefined for the networks of a scan that the interface is not in: only its own has a status. */
export function parseBss(content: DataView): Bss | undefined {
  const bss: Bss = { bssid: '', ssid: '', status: -1 }
  const nested = attribute(content, NL80211_ATTR_BSS, genlmsghdrBytes)
  if (nested === undefined) return undefined
  for (const { type, value } of readAttributes(nested)) {
    if (type === NL80211_BSS_BSSID) bss.bssid = formatMac(value)
    else if (type === NL80211_BSS_STATUS) bss.status = value.getUint32(0, true)
    else if (type === NL80211_BSS_INFORMATION_ELEMENTS) bss.ssid = readSsid(value)
  }
  return bss.status < 0 ? undefined : bss
}

/** Elements are a type, a length and as many bytes. A beacon comes from strangers: it may be cut off. */
function readSsid(elements: DataView): string {
  const bytes = readBytes(elements)
  for (let at = 0; at + 2 <= bytes.length; at += 2 + (bytes[at + 1] ?? 0)) {
    if (bytes[at] === SSID_ELEMENT)
      return bytes.toString('utf8', at + 2, at + 2 + (bytes[at + 1] ?? 0))
  }
  return ''
}

/** Number of an attribute in NL80211_ATTR_STA_INFO, and what it says. */
const stationFields: Readonly<Record<number, (station: Station, value: DataView) => void>> = {
  1: (station, value) => (station.inactiveSeconds = value.getUint32(0, true) / 1000),
  2: (station, value) => (station.receivedBytes ||= value.getUint32(0, true)),
  3: (station, value) => (station.transmittedBytes ||= value.getUint32(0, true)),
  7: (station, value) => (station.signalDbm = value.getInt8(0)),
  8: (station, value) => (station.transmitBitrate = readBitrate(value)),
  9: (station, value) => (station.receivedPackets = value.getUint32(0, true)),
  10: (station, value) => (station.transmittedPackets = value.getUint32(0, true)),
  11: (station, value) => (station.transmitRetries = value.getUint32(0, true)),
  12: (station, value) => (station.transmitFailed = value.getUint32(0, true)),
  14: (station, value) => (station.receiveBitrate = readBitrate(value)),
  16: (station, value) => (station.connectedSeconds = value.getUint32(0, true)),
  18: (station, value) => (station.beaconLoss = value.getUint32(0, true)),
  // The whole numbers, of which 2 and 3 are the lower halves.
  23: (station, value) => (station.receivedBytes = readUint64(value)),
  24: (station, value) => (station.transmittedBytes = readUint64(value)),
}

export function parseStation(content: DataView): Station | undefined {
  const mac = attribute(content, NL80211_ATTR_MAC, genlmsghdrBytes)
  const nested = attribute(content, NL80211_ATTR_STA_INFO, genlmsghdrBytes)
  if (nested === undefined) return undefined
  const station: Station = {
    macAddress: mac === undefined ? '' : formatMac(mac),
    connectedSeconds: 0,
    inactiveSeconds: 0,
    receivedBytes: 0,
    transmittedBytes: 0,
    receivedPackets: 0,
    transmittedPackets: 0,
    receiveBitrate: 0,
    transmitBitrate: 0,
    signalDbm: 0,
    transmitRetries: 0,
    transmitFailed: 0,
    beaconLoss: 0,
  }
  for (const { type, value } of readAttributes(nested)) stationFields[type]?.(station, value)
  return station
}

/** In bits a second. Fast ones are only in the newer field, which has 32 bits. */
function readBitrate(rate: DataView): number {
  const newer = attribute(rate, NL80211_RATE_INFO_BITRATE32)
  if (newer !== undefined) return newer.getUint32(0, true) * bitsPerRate
  const older = attribute(rate, NL80211_RATE_INFO_BITRATE)
  return (older?.getUint16(0, true) ?? 0) * bitsPerRate
}

function attribute(content: DataView, wanted: number, start = 0): DataView | undefined {
  for (const { type, value } of readAttributes(content, start)) if (type === wanted) return value
  return undefined
}

function formatMac(value: DataView): string {
  return readBytes(value)
    .toString('hex')
    .replace(/..(?!$)/g, '$&:')
}
