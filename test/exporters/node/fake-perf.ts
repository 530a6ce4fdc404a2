/** CPUs that count from data, in the structs of linux/perf_event.h. */
import { systemError } from './fake-libc.ts'

/** What a counter holds: its value, for how long it was wanted, for how long it could count. */
export type Count = readonly [value: bigint, enabled: bigint, running: bigint]

/** Counters by type and config; what is not there has no event of that kind. */
export function perfCalls(counts: Readonly<Record<string, Count>>) {
  const open = new Map<number, Count>()
  return {
    perfEventOpen(attributes: Uint8Array, cpu: number): number {
      const bytes = Buffer.from(attributes.buffer, attributes.byteOffset, attributes.length)
      const size = bytes.readUInt32LE(4)
      const readFormat = bytes.readBigUInt64LE(32)
      if (size !== bytes.length || readFormat !== 3n) throw systemError('EINVAL', 22, 'fake')
      const count = counts[`${bytes.readUInt32LE(0)}:${bytes.readBigUInt64LE(8)}`]
      if (count === undefined) throw systemError('ENOENT', 2, 'perf_event_open')
      const fd = 1000 + open.size
      open.set(fd, [count[0] + BigInt(cpu), count[1], count[2]])
      return fd
    },
    read(fd: number, into: Uint8Array): number {
      const bytes = Buffer.from(into.buffer, into.byteOffset, into.length)
      const count = open.get(fd)
      if (count === undefined) return 0
      for (const [index, value] of count.entries()) bytes.writeBigUInt64LE(value, index * 8)
      return 24
    },
  }
}

/** A CPU with few counters of its own, which take turns, and the kernel's. */
export const counts: Readonly<Record<string, Count>> = {
  '0:0': [1_000_000n, 400n, 100n], // CPU cycles, counted a quarter of the time
  '0:1': [3_000_000n, 400n, 400n], // instructions
  '0:9': [0n, 400n, 0n], // reference cycles, which had no turn yet
  '1:2': [60n, 400n, 400n], // page faults
  '1:3': [5000n, 400n, 400n], // context switches
  '1:4': [40n, 400n, 400n], // migrations
  '1:5': [50n, 400n, 400n], // minor faults
  '1:6': [10n, 400n, 400n], // major faults
  '2:372': [7000n, 400n, 400n], // the tracepoint of the fake machine
  '3:0': [11n, 400n, 400n], // first data cache: reads
  '3:65536': [12n, 400n, 400n], // read misses
  '3:256': [13n, 400n, 400n], // writes
  '3:65537': [14n, 400n, 400n], // first instruction cache: read misses
  '3:2': [15n, 400n, 400n], // last cache: reads
  '3:65538': [16n, 400n, 400n],
  '3:258': [17n, 400n, 400n], // writes
  '3:65794': [18n, 400n, 400n],
  '3:3': [19n, 400n, 400n], // data TLB: reads
  '3:65539': [20n, 400n, 400n],
  '3:259': [21n, 400n, 400n],
  '3:65795': [22n, 400n, 400n],
  '3:4': [23n, 400n, 400n], // instruction TLB
  '3:65540': [24n, 400n, 400n],
  '3:5': [25n, 400n, 400n], // branch unit
  '3:65541': [26n, 400n, 400n],
}
