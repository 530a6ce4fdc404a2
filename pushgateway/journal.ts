/**
 * An append-only file of what was accepted. What arrives while the disk is busy is written together
 * (group commit), and nobody hears of success before the disk has it. A journal that has outgrown
 * what it describes is replaced by a snapshot: a new file beside it, synced, renamed over it.
 */

import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { type JournalFile, openJournalFile, syncPath } from './journal-file.ts'
import { journalStart } from './recovery.ts'

/** When a push is on the disk: before its answer, within the interval, or when the system likes. */
export type SyncMode = 'always' | 'interval' | 'never'

export type JournalOptions = {
  readonly path: string
  readonly sync: SyncMode
  /** Of sync `interval`. */
  readonly intervalMs: number
  /** All that is stored now, as records. Called between two writes. */
  readonly snapshot: () => Iterable<Uint8Array>
  /** Told of what needs nobody's answer: a compaction, done or failed, and a failed sync. */
  readonly onEvent: (message: string, error?: unknown) => void
  /** Replaced by tests of full and broken disks. */
  readonly openFile?: typeof openJournalFile
}

type Append = { readonly bytes: Uint8Array; readonly done: (error?: Error) => void }

const megabyte = 1024 * 1024
const smallestGrowth = megabyte
const usualGrowth = 64 * megabyte

export class Journal {
  readonly #options: JournalOptions
  #file: JournalFile | undefined
  /** Behind the last whole record; the next one goes here. */
  #end = 0
  #compactAt = 0
  /** Something may stand behind the end that must go first: a cut-off record, a failed write. */
  #hasTail = false
  #pending: Append[] = []
  #running: Promise<void> | undefined
  #problem: string | undefined
  #isSynced = true
  #timer: NodeJS.Timeout | undefined

  constructor(options: JournalOptions) {
    this.#options = options
  }

  /** Why the last write failed; undefined when it did not. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Goes on behind the last whole record of a file that was recovered. */
  continueAt(end: number): void {
    this.#file = this.#open(this.#options.path)
    this.#end = end
    this.#hasTail = true
    this.#compactAt = Math.max(end, smallestGrowth)
    this.#startSyncing()
  }

  /** Makes the file, or replaces it, with a snapshot of what is stored now. */
  async startNew(): Promise<void> {
    await this.#compact()
    this.#startSyncing()
  }

  /**
   * Calls `done` when the bytes are as safe as the sync mode says, in order of the calls. After an
   * error nothing of them is left in the file.
   */
  append(bytes: Uint8Array, done: (error?: Error) => void): void {
    this.#pending.push({ bytes, done })
    this.#running ??= this.#run()
  }

  /** Writes what is pending and closes the file. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    await this.#sync()
    await this.#file?.close()
    this.#file = undefined
  }

  async #run(): Promise<void> {
    // What else this turn of the event loop brings belongs to the same write.
    await new Promise(setImmediate)
    while (this.#pending.length > 0) {
      const batch = this.#pending
      this.#pending = []
      const error = await this.#write(batch)
      for (const { done } of batch) done(error)
      if (error === undefined && this.#end > this.#compactAt) await this.#tryCompact()
    }
    this.#running = undefined
  }

  async #write(batch: readonly Append[]): Promise<Error | undefined> {
    const bytes = Buffer.concat(batch.map((append) => append.bytes))
    try {
      if (this.#file === undefined) throw new Error('the journal is closed')
      if (this.#hasTail) await this.#file.truncate(this.#end)
      this.#hasTail = true
      await this.#file.write(bytes, this.#end)
      this.#hasTail = false
      this.#end += bytes.length
      this.#isSynced = this.#options.sync === 'always'
      this.#problem = undefined
      return undefined
    } catch (cause) {
      await this.#cutTail()
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#problem = `cannot write to ${JSON.stringify(this.#options.path)}: ${reason}`
      return new Error(this.#problem, { cause })
    }
  }

  /** At once, so that a crash now leaves nothing of a push that was refused. */
  async #cutTail(): Promise<void> {
    try {
      await this.#file?.truncate(this.#end)
      this.#hasTail = false
    } catch (error) {
      this.#options.onEvent('cannot cut off a failed write; tried again before the next', error)
    }
  }

  async #tryCompact(): Promise<void> {
    const before = this.#end
    try {
      await this.#compact()
      this.#options.onEvent(`journal compacted from ${before} to ${this.#end} bytes`)
    } catch (error) {
      this.#compactAt = before + usualGrowth
      this.#options.onEvent('cannot compact the journal; it grows on, tried again later', error)
    }
  }

  async #compact(): Promise<void> {
    const { path, snapshot } = this.#options
    const temporary = `${path}.tmp`
    const bytes = Buffer.concat([journalStart, ...snapshot()])
    rmSync(temporary, { force: true })
    const file = this.#open(temporary)
    try {
      await file.write(bytes, 0)
      await file.sync()
      renameSync(temporary, path)
    } catch (error) {
      await file.close()
      rmSync(temporary, { force: true })
      throw error
    }
    const old = this.#file
    this.#file = file
    this.#end = bytes.length
    this.#compactAt = bytes.length + allowedGrowth(bytes.length)
    this.#hasTail = false
    this.#isSynced = true
    await old?.close()
    syncPath(dirname(path))
  }

  #open(path: string): JournalFile {
    const { sync, openFile = openJournalFile } = this.#options
    return openFile(path, sync === 'always')
  }

  #startSyncing(): void {
    if (this.#options.sync !== 'interval') return
    this.#timer = setInterval(() => {
      this.#sync().catch((error: unknown) => {
        this.#options.onEvent(
          'cannot sync the journal; what was pushed may not survive a power cut',
          error,
        )
      })
    }, this.#options.intervalMs)
    this.#timer.unref()
  }

  async #sync(): Promise<void> {
    if (this.#isSynced) return
    this.#isSynced = true
    try {
      await this.#file?.sync()
    } catch (error) {
      this.#isSynced = false
      throw error
    }
  }
}

/** Four times the live state, but not much more than 64 MB before what is dead is dropped. */
function allowedGrowth(liveBytes: number): number {
  return Math.max(smallestGrowth, Math.min(4 * liveBytes, Math.max(usualGrowth, liveBytes)))
}
