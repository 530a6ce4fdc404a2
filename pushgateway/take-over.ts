/**
 * Takes over the groups of the Go Pushgateway, with their push times. Its file may hold what ours
 * never would: such a group is left out, and told.
 */

import { isUtf8 } from 'node:buffer'
import { decodeProtobuf } from '../shared/exposition/decode-protobuf.ts'
import type { MetricFamily } from '../shared/exposition/family.ts'
import { quoteBytes } from '../shared/exposition/go-quote.ts'
import { isValidLabelName } from '../shared/exposition/names.ts'
import { ParseError } from '../shared/exposition/parse-error.ts'
import { delimitedLength } from '../shared/exposition/proto-wire.ts'
import { type GoGroup, latestMs } from './go-file.ts'
import { type GroupingKey, groupingKey } from './grouping-key.ts'
import type { Groups } from './groups.ts'
import type { RestoredGroup } from './restored-group.ts'

/** A group that was left out, and why. */
export type Dropped = { readonly group: string; readonly reason: string }

/**
 * Of two groups that contradict each other the one that was pushed first stays, as if both had been
 * pushed to us.
 */
export function takeOver(goGroups: readonly GoGroup[], groups: Groups): Dropped[] {
  const dropped: Dropped[] = []
  const read: { key: GroupingKey; group: RestoredGroup }[] = []
  for (const goGroup of goGroups) {
    try {
      read.push({ key: readKey(goGroup), group: readGroup(goGroup) })
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      dropped.push({ group: nameOf(goGroup), reason: error.message })
    }
  }
  read.sort((a, b) => a.group.pushedMs - b.group.pushedMs)
  for (const { key, group } of read) {
    const isThere = groups.get(key) !== undefined
    const reason = isThere ? 'the group is in the file twice' : groups.restore(key, group)
    if (reason === undefined) continue
    dropped.push({ group: key.text, reason })
    // What a push that is refused leaves behind is its failure time, but this is no push.
    if (!isThere) groups.delete(key)
  }
  return dropped
}

/** Throws a ParseError. */
function readKey({ labels }: GoGroup): GroupingKey {
  const pairs = labels.map(([name, value]): [string, string] => {
    const text = name.toString()
    if (!isUtf8(name) || !isValidLabelName(text, 'utf8') || text.startsWith('__')) {
      throw new ParseError(`improper label name ${quoteBytes(name.toString('latin1'))}`)
    }
    if (!isUtf8(value)) {
      const quoted = quoteBytes(value.toString('latin1'))
      throw new ParseError(`value of label ${text} is not valid UTF-8: ${quoted}`)
    }
    return [text, value.toString()]
  })
  const job = pairs.find(([name]) => name === 'job')?.[1] ?? ''
  if (job === '') throw new ParseError('job name is required')
  return groupingKey(pairs)
}

/** Throws a ParseError. */
function readGroup({ families }: GoGroup): RestoredGroup {
  const read: MetricFamily[] = []
  const timesMs = new Map<string, number>()
  for (const { timeMs, message } of families) {
    const body = Buffer.concat([delimitedLength(message.length), message])
    for (const family of decodeProtobuf(body, { names: 'utf8' })) {
      read.push(family)
      timesMs.set(family.name, timeMs)
    }
  }
  return {
    families: read,
    timesMs,
    pushedMs: readPushTime(read, 'push_time_seconds'),
    failedMs: readPushTime(read, 'push_failure_time_seconds'),
  }
}

/** In milliseconds; 0, which is never, where the family is not there or makes no sense. */
function readPushTime(families: readonly MetricFamily[], name: string): number {
  const metric = families.find((family) => family.name === name)?.metrics[0]
  const timeMs = metric !== undefined && 'value' in metric ? metric.value * 1000 : 0
  return timeMs > 0 && timeMs <= latestMs ? timeMs : 0
}

/** As far as it can be told of labels that may be anything. */
function nameOf({ labels }: GoGroup): string {
  return labels
    .map(([name, value]) => `${name.toString()}=${quoteBytes(value.toString('latin1'))}`)
    .sort()
    .join(',')
}
