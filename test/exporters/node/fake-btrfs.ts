/** Btrfs file systems that answer ioctl(2) from data, in the structs of linux/btrfs.h. */
import type { Libc } from '../../../exporters/node/libc.ts'
import { systemError } from './fake-libc.ts'

export type FakeBtrfs = {
  readonly uuid: string
  /** By their number, which begins anywhere and has gaps. */
  readonly devices: Readonly<Record<number, FakeDevice>>
}

type FakeDevice = {
  readonly path: string
  readonly uuid: string
  readonly usedBytes: number
  readonly totalBytes: number
  readonly errors: readonly number[]
}

/** As in sys/fs/btrfs of the fake machine. */
export const data: FakeBtrfs = {
  uuid: '12345678-0000-0000-0000-000000000000',
  devices: {
    1: {
      path: '/dev/sda',
      uuid: '0a000000-0000-0000-0000-00000000000a',
      usedBytes: 4_000_000_000,
      totalBytes: 10_737_418_240,
      errors: [1, 2, 3, 4, 5],
    },
    2: {
      path: '/dev/mapper/sdb',
      uuid: '0b000000-0000-0000-0000-00000000000b',
      usedBytes: 10_737_418_240,
      totalBytes: 10_737_418_240,
      errors: [0, 0, 0, 0, 0],
    },
    7: {
      path: '', // missing
      uuid: '0c000000-0000-0000-0000-00000000000c',
      usedBytes: 0,
      totalBytes: 10_737_418_240,
      errors: [0, 0, 0, 0, 2 ** 40],
    },
  },
}

/** File systems by where they are mounted; `opened` counts the descriptors that are open. */
export function btrfsCalls(mounts: Readonly<Record<string, FakeBtrfs>>) {
  const open = new Map<number, FakeBtrfs>()
  const calls = {
    open(path: string | Buffer): number {
      const place = Object.keys(mounts).find((mount) => path.toString().endsWith(mount))
      const mounted = place === undefined ? undefined : mounts[place]
      if (mounted === undefined) throw systemError('EACCES', 13, 'open')
      const fd = 2000 + open.size
      open.set(fd, mounted)
      return fd
    },
    close: (fd: number) => void open.delete(fd),
    ioctl(fd: number, request: number, argument: Uint8Array): number {
      const mounted = open.get(fd)
      if (mounted === undefined) throw systemError('EBADF', 9, 'ioctl')
      const bytes = Buffer.from(argument.buffer, argument.byteOffset, argument.length)
      answer(mounted, request, bytes)
      return 0
    },
  } satisfies Partial<Libc>
  return { ...calls, opened: () => open.size }
}

function answer({ uuid, devices }: FakeBtrfs, request: number, bytes: Buffer): void {
  const numbers = Object.keys(devices).map(Number)
  if (request === 0x8400941f) {
    bytes.writeBigUInt64LE(BigInt(Math.max(...numbers)), 0)
    bytes.writeBigUInt64LE(BigInt(numbers.length), 8)
    bytes.write(uuid.replaceAll('-', ''), 16, 'hex')
    return
  }
  const device = devices[Number(bytes.readBigUInt64LE(0))]
  if (device === undefined) throw systemError('ENODEV', 19, 'ioctl')
  if (request === 0xd000941e) {
    bytes.write(device.uuid.replaceAll('-', ''), 8, 'hex')
    bytes.writeBigUInt64LE(BigInt(device.usedBytes), 24)
    bytes.writeBigUInt64LE(BigInt(device.totalBytes), 32)
    bytes.write(device.path, 3072)
  } else if (request === 0xc4089434) {
    const wanted = Number(bytes.readBigUInt64LE(8))
    for (const [index, count] of device.errors.slice(0, wanted).entries()) {
      bytes.writeBigUInt64LE(BigInt(count), 24 + index * 8)
    }
  } else throw systemError('ENOTTY', 25, 'ioctl')
}
