/** Reads a journal after a stop of any kind, and tells how much of it is to be believed. */

import { type JournalRecord, readRecord } from './record.ts'

/** The first bytes of every journal; the number is that of the format. */
export const journalStart = Buffer.from('narthex pushgateway journal 1\n')

export type Recovered = {
  readonly records: readonly JournalRecord[]
  /** Where the next record goes: what is whole ends here. */
  readonly end: number
  /** Bytes behind `end` of a record whose write was cut off. */
  readonly tornBytes: number
  /** Bytes that were skipped between whole records: the file was changed by something else than a crash. */
  readonly damagedBytes: number
}

/** The file is not a journal of ours; the message says what to do. */
export class ForeignFileError extends Error {
  override readonly name = 'ForeignFileError'
}

/** All whole records of a file's content, also those behind damage. Throws a ForeignFileError. */
export function recoverRecords(content: Buffer): Recovered {
  if (content.length < journalStart.length && journalStart.indexOf(content) === 0) {
    return { records: [], end: 0, tornBytes: content.length, damagedBytes: 0 }
  }
  if (!content.subarray(0, journalStart.length).equals(journalStart)) {
    throw new ForeignFileError(describeForeign(content))
  }
  const records: JournalRecord[] = []
  let damagedBytes = 0
  let end = journalStart.length
  for (let offset = end; offset < content.length; ) {
    const found = readRecord(content, offset)
    if (found === undefined) {
      offset += 1
      continue
    }
    damagedBytes += offset - end
    records.push(found.record)
    offset = found.next
    end = found.next
  }
  return { records, end, tornBytes: content.length - end, damagedBytes }
}

function describeForeign(content: Buffer): string {
  const start = content.toString('latin1', 0, 4096)
  if (/narthex pushgateway journal/.test(start)) {
    return 'it is in the format of another release; start that release, or choose another file'
  }
  return 'it is no journal of this program; choose another file, or move this one away'
}
