/** Writes the file of the Go Pushgateway, with the types that it has, for tests of what reads it. */
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { piecesOf } from '../../shared/exposition/pieces.ts'
import { protobuf } from '../shared/exposition/protobuf.ts'

export type WrittenFamily = {
  readonly name: string
  readonly timeMs: number
  readonly message: Uint8Array
}

export type WrittenGroup = {
  readonly labels: readonly (readonly [name: string | Buffer, value: string | Buffer])[]
  readonly families: readonly WrittenFamily[]
}

export function uint(value: number): Buffer {
  if (value < 0x80) return Buffer.of(value)
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 0x100)) bytes.unshift(rest % 0x100)
  return Buffer.of(0x100 - bytes.length, ...bytes)
}

export function int(value: number): Buffer {
  return uint(value < 0 ? -value * 2 - 1 : value * 2)
}

export function bytes(value: string | Uint8Array): Buffer {
  const content = Buffer.from(value)
  return Buffer.concat([uint(content.length), content])
}

/** The fields in order; undefined is one that is not there. */
export function struct(...fields: readonly (Buffer | undefined)[]): Buffer {
  const parts: Buffer[] = []
  let step = 0
  for (const field of fields) {
    step += 1
    if (field === undefined) continue
    parts.push(uint(step), field)
    step = 0
  }
  return Buffer.concat([...parts, uint(0)])
}

export function map(pairs: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([uint(pairs.length), ...pairs.flat()])
}

export function message(...parts: readonly Buffer[]): Buffer {
  return bytes(Buffer.concat(parts))
}

/** A type as a message: `kind` is its place in Go's wireType. */
function type(id: number, kind: number, name: string, ...rest: readonly Buffer[]): Buffer {
  const common = struct(name === '' ? undefined : bytes(name), int(id))
  const before: undefined[] = Array.from({ length: kind })
  return message(int(-id), struct(...before, struct(common, ...rest)))
}

const kinds = { slice: 1, struct: 2, map: 3, selfEncoded: 4 }

function fields(...list: readonly (readonly [name: string, id: number])[]): Buffer {
  return Buffer.concat([
    uint(list.length),
    ...list.map(([name, id]) => struct(bytes(name), int(id))),
  ])
}

const string = 6

/** All types of the file, those that hold others first, as Go writes them. */
export const types: readonly Buffer[] = [
  type(71, kinds.map, 'GroupingKeyToMetricGroup', int(string), int(65)),
  type(65, kinds.struct, '', fields(['Labels', 66], ['Metrics', 70])),
  type(66, kinds.map, 'map[string]string', int(string), int(string)),
  type(70, kinds.map, 'NameToTimestampedMetricFamilyMap', int(string), int(67)),
  type(67, kinds.struct, '', fields(['Timestamp', 68], ['GobbableMetricFamily', 69])),
  type(68, kinds.selfEncoded, 'Time'),
  type(69, kinds.selfEncoded, ''),
  // Not used by the values; the original lists all types below its families.
  type(72, kinds.slice, '[]*io_prometheus_client.LabelPair', int(73)),
  type(73, kinds.struct, '', fields(['Name', string], ['Value', 4])),
]

export function goFile(groups: readonly WrittenGroup[]): Buffer {
  return Buffer.concat([...types, message(int(71), uint(0), map(groups.map(group)))])
}

function group({ labels, families }: WrittenGroup): [Buffer, Buffer] {
  const key = labels.map(([name, value]) => `${name}\xff${value}`).join('\xff')
  const pairs = labels.map(([name, value]): [Buffer, Buffer] => [bytes(name), bytes(value)])
  const metrics = families.map((family): [Buffer, Buffer] => {
    return [bytes(family.name), struct(bytes(time(family.timeMs)), bytes(family.message))]
  })
  return [bytes(Buffer.from(key, 'latin1')), struct(map(pairs), map(metrics))]
}

/** Whole milliseconds, in UTC. */
export function time(timeMs: number): Buffer {
  const time = Buffer.alloc(15)
  time[0] = 1
  time.writeBigInt64BE(BigInt(Math.floor(timeMs / 1000) + 62_135_596_800), 1)
  time.writeInt32BE((timeMs % 1000) * 1_000_000, 9)
  time.writeInt16BE(-1, 13)
  return time
}

export function family(family: MetricFamily, timeMs: number): WrittenFamily {
  const { header, metric } = piecesOf(protobuf)
  const parts = [header(family), ...family.metrics.map((one) => metric(family, one))]
  return { name: family.name, timeMs, message: Buffer.concat(parts) }
}

/** push_time_seconds and push_failure_time_seconds of a group. */
export function pushTimes(pushedMs: number, failedMs: number): WrittenFamily[] {
  const times = { push_time_seconds: pushedMs, push_failure_time_seconds: failedMs }
  return Object.entries(times).map(([name, timeMs]) => {
    const metrics = [{ labels: [], value: timeMs / 1000 }]
    return family({ name, type: 'gauge', metrics }, Math.max(pushedMs, failedMs))
  })
}
