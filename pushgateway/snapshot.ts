/** A group as a record of the journal, and back. */

import { decodeText } from '../shared/exposition/decode-text.ts'
import type { Metric, MetricFamily } from '../shared/exposition/family.ts'
import { textHeader } from '../shared/exposition/text.ts'
import type { GroupFamily } from './family-index.ts'
import type { Group } from './group.ts'
import { writeRecord } from './record.ts'
import type { RestoredGroup } from './restored-group.ts'
import { linesOf } from './series.ts'

/** The body of a `group` record, as JSON. */
type GroupBody = {
  readonly pushedMs: number
  readonly failedMs: number
  readonly families: readonly FamilyBody[]
}

type FamilyBody = {
  readonly name: string
  readonly type: MetricFamily['type']
  readonly help?: string | undefined
  readonly timeMs: number
  /** As pushed, in the text format, with the labels of the group. */
  readonly lines: string
}

/** All of a group, to be restored by restoredGroup(). */
export function groupRecord(group: Group): Uint8Array {
  const families = Array.from(group.families.values(), (held): FamilyBody => {
    const { name, type } = held.family
    return { name, type, help: held.help, timeMs: held.timeMs, lines: pushedLines(held) }
  })
  const body: GroupBody = { pushedMs: group.pushedMs, failedMs: group.failedMs, families }
  return writeRecord({
    operation: 'group',
    timeMs: group.pushedMs,
    key: group.key,
    body: Buffer.from(JSON.stringify(body)),
  })
}

/** Throws when the body is not one that groupRecord() wrote. */
export function restoredGroup(body: Uint8Array): RestoredGroup {
  const { pushedMs, failedMs, families }: GroupBody = JSON.parse(Buffer.from(body).toString())
  return {
    pushedMs,
    failedMs,
    families: families.flatMap(decodeFamily),
    timesMs: new Map(families.map(({ name, timeMs }) => [name, timeMs])),
  }
}

/** The metrics of a family of a group as they were pushed: the page keeps only text. */
export function heldMetrics(held: GroupFamily): readonly Metric[] {
  const { name, type } = held.family
  return decodeFamily({ name, type, lines: pushedLines(held) }).flatMap(({ metrics }) => metrics)
}

function pushedLines({ family, series }: GroupFamily): string {
  return series.map((one) => linesOf(family, one, 'pushed')).join('')
}

function decodeFamily({ name, type, help, lines }: Omit<FamilyBody, 'timeMs'>): MetricFamily[] {
  const head = textHeader({ name, type }, 'allow-utf-8')
  return decodeText(head + lines, { names: 'utf8' }).map(({ metrics }) => {
    return help === undefined ? { name, type, metrics } : { name, help, type, metrics }
  })
}
