/** One group: its labels, its families, and when it was last pushed to. */

import type { GroupFamily } from './family-index.ts'
import { GroupLabels } from './group-labels.ts'
import type { GroupingKey } from './grouping-key.ts'

/** Who pushed last, what, and why it was refused. Not in the journal: it is for finding out who does. */
export type LastPush = {
  /** The address of the client. */
  readonly source: string | undefined
  /** Of the body, unpacked; undefined when it could not be read. */
  readonly sizeBytes: number | undefined
  /** Undefined when the push was stored. */
  readonly error: string | undefined
}

export class Group {
  readonly labels: GroupLabels
  /** By name, in order of their first push; the two families of push times are not among them. */
  readonly families = new Map<string, GroupFamily>()
  /** Last push that was stored and last that was refused, in milliseconds since the epoch; 0 is never. */
  pushedMs = 0
  failedMs = 0
  /** How long it stays after the last push, in milliseconds; undefined is as --push.ttl says. */
  ttlMs: number | undefined
  /** When its time is up, in milliseconds since the epoch; undefined is never. */
  expiresMs: number | undefined
  /** Undefined when nobody has pushed since the start. */
  lastPush: LastPush | undefined
  /** The families of the two push times; undefined until the group is stored. */
  pushTime: GroupFamily | undefined
  failureTime: GroupFamily | undefined

  constructor(key: GroupingKey) {
    this.labels = new GroupLabels(key)
  }

  get key(): GroupingKey {
    return this.labels.key
  }

  /** From when its time counts: the last push that was stored, or refused while none was. */
  get sinceMs(): number {
    return this.pushedMs || this.failedMs
  }

  get lastPushSuccessful(): boolean {
    return this.failedMs <= this.pushedMs
  }
}
