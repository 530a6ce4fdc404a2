/** The --persistence.file of the Go Pushgateway: the groups that are in it, as bytes. */

import { type GobMap, type GobStruct, type GobValue, isMap, isStruct, readGob } from './gob.ts'
import { GobError } from './gob-reader.ts'

/** Nothing in it has been looked at: names, values and messages may be what ours never would. */
export type GoGroup = {
  /** In no order. */
  readonly labels: readonly (readonly [name: Buffer, value: Buffer])[]
  /** push_time_seconds and push_failure_time_seconds are among them. */
  readonly families: readonly GoFamily[]
}

export type GoFamily = {
  /** When it was last pushed, in milliseconds since the epoch. */
  readonly timeMs: number
  /** A MetricFamily in protobuf, without its length. */
  readonly message: Buffer
}

/** Types come first in such a file, and their names with them. */
export function isGoFile(content: Buffer): boolean {
  return /MetricGroup|MetricFamily|GroupingKey/.test(content.toString('latin1', 0, 4096))
}

/** Throws a GobError. */
export function readGoFile(content: Buffer): GoGroup[] {
  return pairs(readGob(content), 'the file').map(([, group]) => {
    const { fields } = asStruct(group, 'a group')
    return {
      labels: pairs(fields.get('Labels') ?? noPairs, 'the labels of a group').map((pair) => {
        return [asBytes(pair[0], 'a label name'), asBytes(pair[1], 'a label value')]
      }),
      families: pairs(fields.get('Metrics') ?? noPairs, 'the metrics of a group').map(readFamily),
    }
  })
}

const noPairs: GobMap = { pairs: [] }

function readFamily([, value]: readonly [GobValue, GobValue]): GoFamily {
  const { fields } = asStruct(value, 'a family')
  return {
    timeMs: readTime(asBytes(fields.get('Timestamp'), 'the time of a family')),
    message: asBytes(fields.get('GobbableMetricFamily'), 'the metrics of a family'),
  }
}

/** From the first of January of year 1 to 1970. */
const secondsBeforeEpoch = 62_135_596_800

/** A Date can be no later. */
export const latestMs = 8.64e15

/**
 * Go's binary form of a time: a version, seconds since year 1 (64 bits), nanoseconds (32 bits), and
 * the offset of its time zone, which does not change when it was.
 */
function readTime(bytes: Buffer): number {
  const isKnown = (bytes[0] === 1 && bytes.length === 15) || (bytes[0] === 2 && bytes.length === 16)
  if (!isKnown) throw new GobError(`a time is ${bytes.length} bytes of version ${bytes[0]}`)
  const seconds = Number(bytes.readBigInt64BE(1)) - secondsBeforeEpoch
  const timeMs = seconds * 1000 + bytes.readInt32BE(9) / 1e6
  if (Math.abs(timeMs) > latestMs) throw new GobError(`a time is ${seconds} seconds since 1970`)
  return timeMs
}

function pairs(value: GobValue, what: string): GobMap['pairs'] {
  if (isMap(value)) return value.pairs
  throw new GobError(`${what} should be a map`)
}

function asStruct(value: GobValue, what: string): GobStruct {
  if (isStruct(value)) return value
  throw new GobError(`${what} should be a struct`)
}

function asBytes(value: GobValue | undefined, what: string): Buffer {
  if (value instanceof Uint8Array) return value
  throw new GobError(`${what} should be bytes`)
}
