/** A group as a record of the journal, and back. */

import { decodeProtobuf } from '../shared/exposition/decode-protobuf.ts'
import { decodeText } from '../shared/exposition/decode-text.ts'
import { encode } from '../shared/exposition/encode.ts'
import type { MetricFamily } from '../shared/exposition/family.ts'
import { textHeader } from '../shared/exposition/text.ts'
import type { GroupFamily } from './family-index.ts'
import type { Group } from './group.ts'
import { metricsOf, protobuf } from './metrics-of.ts'
import { writeRecord } from './record.ts'
import type { RestoredGroup } from './restored-group.ts'
import { linesOf } from './series.ts'

/** The body of a `group` record, as JSON. */
type GroupBody = {
  readonly pushedMs: number
  readonly failedMs: number
  readonly ttlMs?: number | undefined
  readonly families: readonly FamilyBody[]
}

type FamilyBody = {
  readonly name: string
  readonly type: MetricFamily['type']
  readonly help?: string | undefined
  readonly unit?: string | undefined
  readonly timeMs: number
  /** As pushed, in the text format, with the labels of the group. */
  readonly lines: string
  /** In place of the lines, where they do not tell all: delimited protobuf, in base64. */
  readonly protobuf?: string | undefined
}

/** All of a group, to be restored by restoredGroup(). */
export function groupRecord(group: Group): Uint8Array {
  const families = Array.from(group.families.values(), (held): FamilyBody => {
    const { help, timeMs, family, series } = held
    const { name, type, unit } = family
    if (series.some(({ source }) => source instanceof Uint8Array)) {
      const bytes = encode([{ name, type, metrics: metricsOf(family, series) }], protobuf)
      return { name, type, help, unit, timeMs, lines: '', protobuf: bytes.toBase64() }
    }
    return { name, type, help, unit, timeMs, lines: pushedLines(held) }
  })
  const { pushedMs, failedMs, ttlMs } = group
  const body: GroupBody = { pushedMs, failedMs, ttlMs, families }
  return writeRecord({
    operation: 'group',
    timeMs: pushedMs,
    key: group.key,
    body: Buffer.from(JSON.stringify(body)),
  })
}

/** Throws when the body is not one that groupRecord() wrote. */
export function restoredGroup(body: Uint8Array): RestoredGroup {
  const { pushedMs, failedMs, ttlMs, families }: GroupBody = JSON.parse(
    Buffer.from(body).toString(),
  )
  return {
    pushedMs,
    failedMs,
    ttlMs,
    families: families.flatMap(decodeFamily),
    timesMs: new Map(families.map(({ name, timeMs }) => [name, timeMs])),
  }
}

function pushedLines({ family, series }: GroupFamily): string {
  return series.map((one) => linesOf(family, one, 'pushed')).join('')
}

function decodeFamily({ name, type, help, unit, lines, protobuf }: FamilyBody): MetricFamily[] {
  const decoded =
    protobuf === undefined
      ? decodeText(textHeader({ name, type }, 'allow-utf-8') + lines, { names: 'utf8' })
      : decodeProtobuf(Uint8Array.fromBase64(protobuf), { names: 'utf8' })
  return decoded.map(({ metrics }) => {
    return {
      name,
      type,
      metrics,
      ...(help !== undefined && { help }),
      ...(unit !== undefined && { unit }),
    }
  })
}
