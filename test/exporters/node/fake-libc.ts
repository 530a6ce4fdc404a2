/** A kernel made of data: what the system calls of libc.ts answer on the fake machine. */
import type { Libc } from '../../../exporters/node/libc.ts'

/** As Node and libc.ts throw them. */
export function systemError(code: string, errno: number, syscall: string): Error {
  return Object.assign(new Error(`${syscall}: ${code}`), { code, errno: -errno, syscall })
}

/** Refuses every call but those that are given. */
export function fakeLibc(calls: Partial<Libc>): Libc {
  const refuse = (): never => {
    throw systemError('ENOSYS', 38, 'fake')
  }
  return {
    missing: undefined,
    adjtimex: refuse,
    socket: refuse,
    bind: refuse,
    setReceiveTimeout: refuse,
    send: refuse,
    recv: refuse,
    ioctl: refuse,
    perfEventOpen: refuse,
    open: refuse,
    read: refuse,
    close: refuse,
    ...calls,
  }
}

/** struct timex of a clock that follows a server with a pulse-per-second signal, in nanoseconds. */
export function adjtimex(timex: Uint8Array): number {
  const bytes = Buffer.from(timex.buffer, timex.byteOffset, timex.length)
  if (bytes.readUInt32LE(0) !== 0) throw systemError('EPERM', 1, 'adjtimex')
  const longs: Readonly<Record<number, bigint>> = {
    8: -1234n, // offset
    16: -655_360n, // freq: -10 ppm
    24: 1500n, // maxerror
    32: 250n, // esterror
    48: 7n, // constant
    56: 1n, // precision
    64: 32_768_000n, // tolerance
    88: 10_000n, // tick
    96: 65_536n, // ppsfreq: 1 ppm
    104: 42n, // jitter
    120: 131_072n, // stabil
    128: 11n, // jitcnt
    136: 12n, // calcnt
    144: 13n, // errcnt
    152: 14n, // stbcnt
  }
  for (const [offset, value] of Object.entries(longs)) bytes.writeBigInt64LE(value, Number(offset))
  bytes.writeInt32LE(0x2001, 40) // STA_NANO | STA_PLL
  bytes.writeInt32LE(4, 112) // shift
  bytes.writeInt32LE(37, 160) // tai
  return 0
}
