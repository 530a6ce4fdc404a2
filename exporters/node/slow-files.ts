/**
 * Attributes of sysfs whose driver takes its time: a sensor behind I2C, a clock that is measured when
 * it is asked for, a link state behind the lock of all interfaces. They are read in the thread pool
 * before the collector runs, so that only that collector waits for them.
 *
 * Which ones they are is measured, not listed: in the pool a read costs 100 us instead of 2, and of
 * the attributes that can be slow nearly all are not on a given machine (here none of 340). So the first
 * scrape asks all candidates in the pool; those that answer within a millisecond are read at once from
 * then on, the others stay in the pool until they have been quick for a while. One that becomes slow
 * later, or comes with a new device, does stop the event loop, once.
 */

import { closeSync, openSync, read } from 'node:fs'
import { promisify } from 'node:util'
import { openFlags } from './read-file.ts'

const readInPool = promisify(read)

const slowMs = 1

/** So many quick answers in a row end a file's time in the pool. */
const quickAnswers = 10

/** Threads for the slow files of one folder: the pool has eight, and file systems need some too. */
const threads = 2

/** More than the longest attribute. */
const attributeBytes = 4096

type Answer = { readonly content: Buffer | undefined } | { readonly error: unknown }

type SlowFile = {
  /** For the scrape that comes next; taken by the collector. */
  answer: Answer | undefined
  underWay: Promise<void> | undefined
  quick: number
}

export class SlowFiles {
  readonly #root: string
  readonly #readNow: (path: string) => Buffer | undefined
  readonly #flags: number
  readonly #files = new Map<string, SlowFile>()
  /** Folders whose candidates have been asked. */
  readonly #measured = new Set<string>()
  #underWay = 0

  /** `flags` are those of open(2). */
  constructor(
    root: string,
    readNow: (path: string) => Buffer | undefined,
    flags: number = openFlags,
  ) {
    this.#root = root
    this.#readNow = readNow
    this.#flags = flags
  }

  /** Threads that are in a read. */
  get underWay(): number {
    return this.#underWay
  }

  /** The content, undefined when there is no such file. Throws what the driver answers. */
  read(path: string): Buffer | undefined {
    const slow = this.#files.get(path)
    if (slow !== undefined) {
      const answer = slow.answer
      slow.answer = undefined
      if (answer !== undefined && 'error' in answer) throw answer.error
      if (answer !== undefined) return answer.content
      throw new Error(`read ${path}: no answer in time`)
    }
    const startMs = performance.now()
    try {
      return this.#readNow(path)
    } finally {
      const isSlow = performance.now() - startMs > slowMs
      if (isSlow) this.#files.set(path, { answer: undefined, underWay: undefined, quick: 0 })
    }
  }

  /**
   * Asks the slow files of a folder before they are read, the first time all those that might be slow;
   * undefined when there are none. Ends at the signal. A file that has not answered then is not asked
   * again until it has.
   */
  ask(
    folder: string,
    getSignal: () => AbortSignal,
    findCandidates: () => readonly string[],
  ): Promise<void> | undefined {
    if (!this.#measured.has(folder)) {
      this.#measured.add(folder)
      for (const path of findCandidates()) this.#files.set(path, untried())
    }
    const due = [...this.#files].filter(([path]) => path.startsWith(`${folder}/`))
    if (due.length === 0) return undefined
    const hanging = due.filter(([, { underWay }]) => underWay !== undefined).length
    const waiting = due.filter(([, { underWay }]) => underWay === undefined).values()
    const signal = getSignal()
    const work = async (): Promise<void> => {
      for (const [path, file] of waiting) {
        if (signal.aborted) return
        file.underWay = this.#askOne(path, file)
        await file.underWay
      }
    }
    const workers = Array.from({ length: Math.max(0, threads - hanging) }, work)
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => resolve(), { once: true })
    return Promise.race([Promise.all(workers).then(() => undefined), aborted])
  }

  async #askOne(path: string, file: SlowFile): Promise<void> {
    const startMs = performance.now()
    this.#underWay += 1
    try {
      file.answer = await readFresh(`${this.#root}/${path}`, this.#flags)
    } finally {
      this.#underWay -= 1
      file.underWay = undefined
    }
    file.quick = performance.now() - startMs > slowMs ? 0 : file.quick + 1
    if (file.quick > quickAnswers) this.#files.delete(path)
  }
}

/** One quick answer is enough for a file that has never been slow. */
function untried(): SlowFile {
  return { answer: undefined, underWay: undefined, quick: quickAnswers }
}

async function readFresh(file: string, flags: number): Promise<Answer> {
  let fd: number | undefined
  try {
    fd = openSync(file, flags)
    const content = Buffer.alloc(attributeBytes)
    const { bytesRead } = await readInPool(fd, content, 0, attributeBytes, null)
    return { content: content.subarray(0, bytesRead) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? { content: undefined } : { error }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
