/** --persistence.file at the start: reads what is there, brings the groups back, opens the journal. */

import { existsSync, readFileSync, renameSync } from 'node:fs'
import type { Log } from '../shared/log.ts'
import { decodePush } from './decode-push.ts'
import type { Groups } from './groups.ts'
import { Journal, type SyncMode } from './journal.ts'
import type { JournalRecord } from './record.ts'
import { recoverRecords } from './recovery.ts'
import { groupRecord, restoredGroup } from './snapshot.ts'

export type Persistence = {
  readonly path: string
  readonly sync: SyncMode
  readonly intervalMs: number
  readonly log: Log
}

/** The operator's file cannot be used; nothing was changed, and the message says what to do. */
export class PersistenceError extends Error {
  override readonly name = 'PersistenceError'
}

/** Puts what the file holds into the (empty) groups. Throws a PersistenceError. */
export async function openJournal(persistence: Persistence, groups: Groups): Promise<Journal> {
  const { path, sync, intervalMs, log } = persistence
  try {
    const recovered = existsSync(path) ? recoverRecords(readFileSync(path)) : undefined
    const notUnderstood = replay(recovered?.records ?? [], groups, log)
    const journal = new Journal({
      path,
      sync,
      intervalMs,
      snapshot: () => Array.from(groups.all(), groupRecord),
      onEvent: (message, error) => {
        if (error === undefined) log.info(message, { file: path })
        else log.error(message, { file: path, err: error })
      },
    })
    if (recovered === undefined) {
      await journal.startNew()
      return journal
    }
    const { records, end, tornBytes, damagedBytes } = recovered
    log.info('read the journal', { file: path, records: records.length, groups: groups.size })
    if (tornBytes > 0) {
      const what =
        'dropped the end of the journal: a write that was cut off, and never acknowledged'
      log.warn(what, { file: path, bytes: tornBytes })
    }
    if (damagedBytes > 0 || notUnderstood > 0) keepAside(persistence, damagedBytes, notUnderstood)
    if (existsSync(path) && end > 0) journal.continueAt(end)
    else await journal.startNew()
    return journal
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PersistenceError(`cannot use --persistence.file=${JSON.stringify(path)}: ${reason}`, {
      cause: error,
    })
  }
}

/** The damaged file stays for whoever wants to look; what could be read goes to a new one. */
function keepAside({ path, log }: Persistence, damagedBytes: number, notUnderstood: number): void {
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(':', '')}`
  renameSync(path, aside)
  log.error('the journal is damaged; what is whole was read, and the file is kept', {
    file: path,
    kept: aside,
    damagedBytes,
    notUnderstood,
  })
}

/** Gives the number of records that could not be understood. */
function replay(records: readonly JournalRecord[], groups: Groups, log: Log): number {
  let notUnderstood = 0
  for (const record of records) {
    try {
      const refused = apply(record, groups)
      // As it was when it came, unless a newer release is stricter.
      if (refused !== undefined) log.debug('a journaled push was refused', { reason: refused })
    } catch (error) {
      notUnderstood += 1
      log.error('a record of the journal is not understood', { group: record.key.text, err: error })
    }
  }
  return notUnderstood
}

function apply(
  { operation, key, timeMs, body, isProtobuf }: JournalRecord,
  groups: Groups,
): string | undefined {
  switch (operation) {
    case 'put':
    case 'post':
      return groups.push(operation, key, decodePush(body, isProtobuf, 'utf8'), timeMs)
    case 'delete':
      groups.delete(key)
      return undefined
    case 'wipe':
      groups.wipe()
      return undefined
    case 'group':
      return groups.restore(key, restoredGroup(body))
  }
}
