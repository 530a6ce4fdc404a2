/** --persistence.file at the start: reads what is there, brings the groups back, opens the journal. */

import { constants, copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import type { Log } from '../shared/log.ts'
import { decodePush } from './decode-push.ts'
import { isGoFile, readGoFile } from './go-file.ts'
import { GobError } from './gob-reader.ts'
import type { Groups } from './groups.ts'
import { Journal, type SyncMode } from './journal.ts'
import { syncPath } from './journal-file.ts'
import type { JournalRecord } from './record.ts'
import { recoverRecords } from './recovery.ts'
import { groupRecord, restoredGroup } from './snapshot.ts'
import { takeOver } from './take-over.ts'

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
  const { path } = persistence
  try {
    const content = existsSync(path) ? readFileSync(path) : undefined
    const journal = createJournal(persistence, groups)
    if (content === undefined) await journal.startNew()
    else if (isGoFile(content)) await replaceGoFile(persistence, content, groups, journal)
    else await goOn(persistence, content, groups, journal)
    return journal
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PersistenceError(`cannot use --persistence.file=${JSON.stringify(path)}: ${reason}`, {
      cause: error,
    })
  }
}

function createJournal({ path, sync, intervalMs, log }: Persistence, groups: Groups): Journal {
  return new Journal({
    path,
    sync,
    intervalMs,
    snapshot: () => Array.from(groups.all(), groupRecord),
    onEvent: (message, error) => {
      if (error === undefined) log.info(message, { file: path })
      else log.error(message, { file: path, err: error })
    },
  })
}

/** Reads a journal of ours and goes on behind its end. */
async function goOn(
  persistence: Persistence,
  content: Buffer,
  groups: Groups,
  journal: Journal,
): Promise<void> {
  const { path, log } = persistence
  const { records, end, tornBytes, damagedBytes } = recoverRecords(content)
  const notUnderstood = replay(records, groups, log)
  log.info('read the journal', { file: path, records: records.length, groups: groups.size })
  if (tornBytes > 0) {
    const what = 'dropped the end of the journal: a write that was cut off, and never acknowledged'
    log.warn(what, { file: path, bytes: tornBytes })
  }
  if (damagedBytes > 0 || notUnderstood > 0) keepAside(persistence, damagedBytes, notUnderstood)
  if (existsSync(path) && end > 0) journal.continueAt(end)
  else await journal.startNew()
}

/**
 * Takes over what the Go Pushgateway wrote. The copy is on the disk before the journal takes the place
 * of the original in one step, so that whenever this is cut off, one of them is whole.
 */
async function replaceGoFile(
  { path, log }: Persistence,
  content: Buffer,
  groups: Groups,
  journal: Journal,
): Promise<void> {
  const dropped = takeOver(readWhole(content), groups)
  const kept = `${path}.gob-${fileTime()}`
  try {
    // No link: not every file system that a container mounts has them.
    copyFileSync(path, kept, constants.COPYFILE_EXCL)
    syncPath(kept)
    await journal.startNew()
  } catch (error) {
    rmSync(kept, { force: true })
    throw error
  }
  for (const { group, reason } of dropped) {
    log.error('a group of the Go Pushgateway cannot be shown and was left out', { group, reason })
  }
  log.info('took over the file of the Go Pushgateway; a journal takes its place', {
    file: path,
    kept,
    groups: groups.size,
    dropped: dropped.length,
  })
}

function readWhole(content: Buffer): ReturnType<typeof readGoFile> {
  try {
    return readGoFile(content)
  } catch (error) {
    if (!(error instanceof GobError)) throw error
    throw new Error(
      `it was written by the Go Pushgateway and is damaged: ${error.message}; nothing was changed: put back a whole copy, or choose another file`,
      { cause: error },
    )
  }
}

/** To the millisecond, as a part of a file name. */
function fileTime(): string {
  return new Date().toISOString().replaceAll(':', '')
}

/** The damaged file stays for whoever wants to look; what could be read goes to a new one. */
function keepAside({ path, log }: Persistence, damagedBytes: number, notUnderstood: number): void {
  const aside = `${path}.damaged-${fileTime()}`
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
  { operation, key, timeMs, body, isProtobuf, ttlMs }: JournalRecord,
  groups: Groups,
): string | undefined {
  switch (operation) {
    case 'put':
    case 'post':
      return groups.push(operation, key, decodePush(body, isProtobuf, 'utf8'), timeMs, ttlMs)
    case 'delete':
      groups.delete(key)
      return undefined
    case 'wipe':
      groups.wipe()
      return undefined
    case 'empty':
    case 'expire':
      groups.end(operation, key, timeMs)
      return undefined
    case 'group':
      return groups.restore(key, restoredGroup(body))
  }
}
