/** Network interfaces that answer SIOCETHTOOL from data, in the structs of linux/ethtool.h. */
import type { Pointee } from '../../../exporters/node/libc.ts'
import { systemError } from './fake-libc.ts'

export type FakeInterface = {
  /** Bits of link modes. */
  readonly supported: number
  readonly advertised: number
  readonly autonegotiates: boolean
  readonly driver: string
  readonly version: string
  readonly firmware: string
  readonly bus: string
  readonly statistics: readonly (readonly [name: string, value: bigint])[]
}

/** A driver that names its statistics in every way that has to be dealt with. */
export const eth0: FakeInterface = {
  supported: 0b1_0010_0000_1110_1111 | (1 << 31),
  advertised: 0b0_0010_0000_0110_0000,
  autonegotiates: true,
  driver: 'igb',
  version: '6.1.0',
  firmware: '3.25, 0x800005d0',
  bus: '0000:01:00.0',
  statistics: [
    ['rx_bytes', 9_007_199_254_740_993n],
    ['rx_packets', 1n],
    ['rx_errors', 2n],
    ['rx_dropped', 3n],
    ['tx_bytes', 4n],
    ['tx_packets', 5n],
    ['tx_errors', 6n],
    ['rx_queue_0.bytes', 7n],
    ['port.TX Flow-Control', 8n],
    ['tx_tx_timeouts', 9n],
    ['_rx', 10n],
    ['a.b', 11n], // these two would be one family
    ['a_b', 12n],
    ['name_of_exactly_thirty_two_bytes', 13n],
  ],
}

/** The ioctl SIOCETHTOOL for these interfaces; others are not there. */
export function ethtoolIoctl(interfaces: Readonly<Record<string, FakeInterface>>) {
  return (request: Uint8Array, pointee: Pointee | undefined): number => {
    const name = Buffer.from(request).toString('latin1', 0, 16).replace(/\0.*/, '')
    const device = interfaces[name]
    if (device === undefined) throw systemError('ENOTSUP', 95, 'ioctl')
    if (pointee?.offset !== 16) throw systemError('EFAULT', 14, 'ioctl')
    const { buffer, byteOffset, length } = pointee.bytes
    answer(device, Buffer.from(buffer, byteOffset, length))
    return 0
  }
}

function answer(device: FakeInterface, bytes: Buffer): void {
  const { statistics } = device
  switch (bytes.readUInt32LE(0)) {
    case 0x1: // ETHTOOL_GSET
      bytes.writeUInt32LE(device.supported >>> 0, 4)
      bytes.writeUInt32LE(device.advertised >>> 0, 8)
      bytes.writeUInt8(Number(device.autonegotiates), 18)
      break
    case 0x3: // ETHTOOL_GDRVINFO
      bytes.write(device.driver, 4)
      bytes.write(device.version, 36)
      bytes.write(device.firmware, 68)
      bytes.write(device.bus, 100)
      bytes.writeUInt32LE(statistics.length, 180)
      break
    case 0x1b: // ETHTOOL_GSTRINGS of set ETH_SS_STATS
      if (bytes.readUInt32LE(4) !== 1) throw systemError('EINVAL', 22, 'ioctl')
      bytes.writeUInt32LE(statistics.length, 8)
      for (const [index, [name]] of statistics.entries()) bytes.write(name, 12 + index * 32)
      break
    case 0x1d: // ETHTOOL_GSTATS
      bytes.writeUInt32LE(statistics.length, 4)
      for (const [index, [, value]] of statistics.entries()) {
        bytes.writeBigUInt64LE(value, 8 + index * 8)
      }
      break
    default:
      throw systemError('ENOTSUP', 95, 'ioctl')
  }
}
