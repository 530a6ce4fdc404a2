/** The groups and their journal: a change is written first and made when it is safe. */

import type { MetricFamily } from '../shared/exposition/family.ts'
import type { Group } from './group.ts'
import { type GroupingKey, groupingKey } from './grouping-key.ts'
import type { Groups, PushMode } from './groups.ts'
import type { Journal } from './journal.ts'
import { endOf } from './lifetime.ts'
import type { Limits } from './limits.ts'
import { type JournalRecord, writeRecord } from './record.ts'
import { Inconsistent, Refused } from './refused.ts'

/** What a push was decoded from. */
export type PushSource = {
  readonly body: Uint8Array
  readonly isProtobuf?: boolean
  /** How long the group is to stay, where the push says. */
  readonly ttlMs?: number | undefined
}

const noKey = groupingKey([])
const noBody = new Uint8Array()

/** All methods end when the change is made and as safe as promised, or throw a Refused. */
export class Store {
  readonly groups: Groups
  readonly #clock: () => number
  readonly #journal: Journal | undefined
  readonly #limits: Limits | undefined

  /** `clock` never gives the same milliseconds twice. Without a journal nothing survives the process. */
  constructor(groups: Groups, clock: () => number, journal?: Journal, limits?: Limits) {
    this.groups = groups
    this.#clock = clock
    this.#journal = journal
    this.#limits = limits
  }

  /** Why changes cannot be kept at the moment, by the last attempt. */
  get problem(): string | undefined {
    return this.#journal?.problem
  }

  async push(
    mode: PushMode,
    key: GroupingKey,
    families: readonly MetricFamily[],
    source: PushSource,
  ): Promise<void> {
    const release = this.#limits?.reserve(mode, key, families)
    const timeMs = this.#clock()
    try {
      await this.#commit({ operation: mode, timeMs, key, ...source }, () => {
        const reason = this.groups.push(mode, key, families, timeMs, source.ttlMs)
        return reason === undefined ? undefined : new Inconsistent(reason)
      })
    } finally {
      release?.()
    }
  }

  delete(key: GroupingKey): Promise<void> {
    return this.#commit({ operation: 'delete', timeMs: this.#clock(), key, body: noBody }, () => {
      this.groups.delete(key)
      return undefined
    })
  }

  /** Ends a group whose time is up, unless a push comes first. Whether metrics went. */
  async end(group: Group): Promise<boolean> {
    const { key, sinceMs } = group
    const { lifetime } = this.groups
    const operation = endOf(group, lifetime)
    let ended = false
    await this.#commit({ operation, timeMs: sinceMs, key, body: noBody }, () => {
      ended = this.groups.end(operation, key, sinceMs)
      return undefined
    })
    return ended && (operation === 'empty' || lifetime.keepPushTimeMs === 0)
  }

  wipe(): Promise<void> {
    const timeMs = this.#clock()
    return this.#commit({ operation: 'wipe', timeMs, key: noKey, body: noBody }, () => {
      this.groups.wipe()
      return undefined
    })
  }

  /** All of them in one write, or none. Gives how many there were by then. */
  async deleteAll(keys: readonly GroupingKey[]): Promise<number> {
    if (keys.length === 0) return 0
    const timeMs = this.#clock()
    const write = () => {
      return Buffer.concat(
        keys.map((key) => writeRecord({ operation: 'delete', timeMs, key, body: noBody })),
      )
    }
    let count = 0
    await this.#commitBytes(write, () => {
      for (const key of keys) if (this.groups.delete(key)) count += 1
      return undefined
    })
    return count
  }

  async close(): Promise<void> {
    await this.#journal?.close()
  }

  #commit(record: JournalRecord, change: () => Refused | undefined): Promise<void> {
    return this.#commitBytes(() => writeRecord(record), change)
  }

  /** The journal calls back in order and between two writes, so the groups change in its order. */
  #commitBytes(write: () => Uint8Array, change: () => Refused | undefined): Promise<void> {
    const journal = this.#journal
    return new Promise((resolve, reject) => {
      const finish = (refused: Refused | undefined): void => {
        if (refused === undefined) resolve()
        else reject(refused)
      }
      if (journal === undefined) return finish(change())
      journal.append(write(), (error) => {
        if (error === undefined) finish(change())
        else finish(new Refused(503, `nothing was stored: ${error.message}`))
      })
    })
  }
}
