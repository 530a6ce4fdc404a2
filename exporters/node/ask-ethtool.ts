/** Asks the drivers of network interfaces what ethtool(8) shows: the ioctl SIOCETHTOOL and its structs. */

import type { Libc } from './libc.ts'

/** What ETHTOOL_GSET tells; the modes of `supported` and `advertised` are in link-modes.ts. */
export type Link = {
  readonly supported: number
  readonly advertised: number
  readonly autonegotiates: boolean
}

/** What ETHTOOL_GDRVINFO tells. */
export type Driver = {
  readonly name: string
  readonly version: string
  readonly firmware: string
  readonly bus: string
  readonly expansionRom: string
  /** How many statistics it has. */
  readonly statistics: number
}

const SIOCETHTOOL = 0x8946
const AF_INET = 2
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0x80000

/** Commands of linux/ethtool.h. */
const ETHTOOL_GSET = 0x1
const ETHTOOL_GDRVINFO = 0x3
const ETHTOOL_GSTRINGS = 0x1b
const ETHTOOL_GSTATS = 0x1d
const ETH_SS_STATS = 1

/** Of one string of a set. */
const nameBytes = 32
/** Where strings and statistics begin, behind their heads. */
const namesAt = 12
const valuesAt = 8

/**
 * As many statistics as the original takes. The kernel writes as many as the driver has when it is
 * asked, whatever room there is, and that may be more than a moment ago: so there is always the whole
 * room. It is memory only where it was written to.
 */
const mostStatistics = 32_768

/** Each call throws a system error where the driver refuses: ENOTSUP, as Node calls EOPNOTSUPP, where it cannot tell. */
export class Ethtool {
  readonly #libc: Libc
  readonly #names = Buffer.alloc(namesAt + mostStatistics * nameBytes)
  readonly #values = Buffer.alloc(valuesAt + mostStatistics * 8)
  #socket: number | undefined

  constructor(libc: Libc) {
    this.#libc = libc
  }

  link(device: string): Link {
    const bytes = this.#ask(device, ETHTOOL_GSET, Buffer.alloc(44))
    return {
      supported: bytes.readUInt32LE(4),
      advertised: bytes.readUInt32LE(8),
      autonegotiates: bytes.readUInt8(18) !== 0,
    }
  }

  driver(device: string): Driver {
    const bytes = this.#ask(device, ETHTOOL_GDRVINFO, Buffer.alloc(196))
    return {
      name: textAt(bytes, 4),
      version: textAt(bytes, 36),
      firmware: textAt(bytes, 68),
      bus: textAt(bytes, 100),
      expansionRom: textAt(bytes, 132),
      statistics: bytes.readUInt32LE(180),
    }
  }

  /**
   * The driver's own counters, in its order; of two with one name both. `count` is what driver() told.
   * Throws a RangeError for more than a device can have.
   */
  statistics(device: string, count: number): (readonly [name: string, value: number])[] {
    if (count > mostStatistics) {
      throw new RangeError(
        `${device} has ${count} statistics: expected ${mostStatistics} at most, leave it out with --collector.ethtool.device-exclude`,
      )
    }
    const [names, values] = [this.#names, this.#values]
    names.writeUInt32LE(ETH_SS_STATS, 4)
    names.writeUInt32LE(count, 8)
    values.writeUInt32LE(count, 4)
    this.#ask(device, ETHTOOL_GSTRINGS, names)
    this.#ask(device, ETHTOOL_GSTATS, values)
    // Where a queue came or went between the calls, only what both speak of.
    const length = Math.min(names.readUInt32LE(8), values.readUInt32LE(4))
    return Array.from({ length }, (_, index) => [
      textAt(names, namesAt + index * nameBytes),
      Number(values.readBigUInt64LE(valuesAt + index * 8)),
    ])
  }

  #ask(device: string, command: number, bytes: Buffer): Buffer {
    this.#socket ??= this.#libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)
    bytes.writeUInt32LE(command)
    const request = Buffer.alloc(40) // struct ifreq: a name of 15 bytes at most, and where the bytes are
    request.write(device, 0, 15)
    this.#libc.ioctl(this.#socket, SIOCETHTOOL, request, { bytes, offset: 16 })
    return bytes
  }
}

/** A text of at most 32 bytes, up to its NUL. */
function textAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start)
  return bytes.toString(
    'utf8',
    start,
    end < start ? start + nameBytes : Math.min(end, start + nameBytes),
  )
}
