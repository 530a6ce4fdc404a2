/**
 * The machine as collectors see it: /proc, /sys, the udev database and the root file system, each
 * where its --path flag says. Nothing else in the exporter opens a file.
 */

import {
  existsSync,
  readdirSync,
  realpathSync,
  type Stats,
  type StatsFs,
  statfsSync,
  statSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { CollectorLog } from './collector.ts'
import { globFolders } from './glob.ts'
import { KeptFiles } from './kept-files.ts'
import { type Libc, loadLibc } from './libc.ts'
import { readRegularFile } from './read-file.ts'
import { SlowFiles } from './slow-files.ts'

/** AT_PAGESZ of getauxval(3). */
const auxvPageSize = 6n

const shortBytes = 128

/** PROC_SUPER_MAGIC, include/uapi/linux/magic.h. */
const procMagic = 0x9fa0

export type HostPaths = {
  readonly procfs: string
  readonly sysfs: string
  readonly rootfs: string
  readonly udevData: string
  /** On systems other than Linux the first two need not be there. */
  readonly mayLackProc?: boolean
  /** An address in place of the usual socket of the system bus. */
  readonly systemBus?: string | undefined
}

export class Host {
  readonly #proc: KeptFiles
  readonly #sys: KeptFiles
  readonly #slow: SlowFiles
  readonly #paths: HostPaths
  /** Copies of files that several collectors parse, good for one scrape. */
  readonly #shared = new Map<string, { bytes: Buffer; length: number; scrape: number }>()
  /** What readFileCached returned, by path. */
  readonly #cached = new Map<string, { stamp: string; text: string }>()
  #libc: Libc | undefined
  readonly #loadLibc: () => Libc
  #scrape = 0
  #pendingCalls = 0

  /**
   * Throws a RangeError when procfs or sysfs are not there, but for `mayLackProc`. `load` is for
   * machines made of files.
   */
  constructor(paths: HostPaths, load: () => Libc = loadLibc) {
    const { mayLackProc = false } = paths
    this.#paths = paths
    this.#loadLibc = load
    this.#proc = new KeptFiles(paths.procfs, 'path.procfs', mayLackProc)
    this.#sys = new KeptFiles(paths.sysfs, 'path.sysfs', mayLackProc)
    this.#slow = new SlowFiles(paths.sysfs, (path) => this.#sys.read(path))
  }

  /** A file of procfs, such as `net/dev`; bytes valid until the next read. Throws when missing. */
  proc(path: string): Buffer {
    return this.#proc.read(path) ?? missing(`${this.#paths.procfs}/${path}`)
  }

  /** Like proc, undefined when there is no such file. */
  procIfAny(path: string): Buffer | undefined {
    return this.#proc.read(path)
  }

  /** Like proc, for files that several collectors parse: read once a scrape, bytes valid all along. */
  procShared(path: string): Buffer {
    let shared = this.#shared.get(path)
    if (shared?.scrape === this.#scrape) return shared.bytes.subarray(0, shared.length)
    const content = this.proc(path)
    if (shared === undefined || shared.bytes.length < content.length) {
      shared = { bytes: Buffer.allocUnsafe(content.length * 2), length: 0, scrape: 0 }
      this.#shared.set(path, shared)
    }
    shared.length = content.copy(shared.bytes)
    shared.scrape = this.#scrape
    return shared.bytes.subarray(0, shared.length)
  }

  /** Like proc, undefined also when the file may not be read. */
  procIfAllowed(path: string): Buffer | undefined {
    try {
      return this.#proc.read(path)
    } catch (error) {
      if (isSystemError(error)) return undefined
      throw error
    }
  }

  /** The first page of a file of a process, which may have ended: then undefined. */
  procOnce(path: string): Buffer | undefined {
    return this.#proc.readOnce(path)
  }

  /** Like procOnce, undefined also when the file may not be read. */
  procOnceIfAllowed(path: string): Buffer | undefined {
    try {
      return this.#proc.readOnce(path)
    } catch (error) {
      if (isSystemError(error)) return undefined
      throw error
    }
  }

  /** Names in a directory of procfs, unsorted; none where it has gone or is none. */
  procListOnce(path: string): string[] {
    try {
      return readdirSync(`${this.#paths.procfs}/${path}`)
    } catch (error) {
      if (isSystemError(error) && /^(ENOENT|ESRCH|ENOTDIR)$/.test(error.code ?? '')) return []
      throw error
    }
  }

  /** Names in a directory of procfs, sorted; undefined when there is none. */
  procList(path: string): string[] | undefined {
    return existsSync(`${this.#paths.procfs}/${path}`) ? this.#proc.list(path) : undefined
  }

  /** A file of sysfs, such as `block/sda/queue/rotational`, undefined when there is no such file. */
  sysIfAny(path: string): Buffer | undefined {
    return this.#sys.read(path)
  }

  /** Like sysIfAny, undefined also when it may not be read, or is gone at this moment. */
  sysIfAllowed(path: string): Buffer | undefined {
    try {
      return this.#sys.read(path)
    } catch (error) {
      if (isSystemError(error)) return undefined
      throw error
    }
  }

  /** A text of sysfs without the white space around it. Throws what its driver refuses with. */
  sysText(path: string): string | undefined {
    return this.#sys.read(path)?.toString().trim()
  }

  /**
   * The first 128 bytes of an attribute that may be slow; the original reads no more of these. Throws
   * what its driver refuses with, or when askSlowSys was called and did not get it in time.
   */
  sysShort(path: string): string | undefined {
    return this.#slow.read(path)?.toString('utf8', 0, shortBytes)
  }

  /**
   * For a collector's read step: asks the attributes in a folder that proved slow before, at the first
   * scrape those that the patterns (as of glob.ts) find in it.
   */
  askSlowSys(
    folder: string,
    context: { readonly signal: AbortSignal },
    ...patterns: readonly string[]
  ): Promise<void> | undefined {
    const find = (): string[] =>
      patterns.flatMap((pattern) => this.#globSys(`${folder}/${pattern}`))
    return this.#slow.ask(folder, () => context.signal, find)
  }

  #globSys(pattern: string): string[] {
    const full = this.sysPath(pattern)
    const found = globFolders(full, this).filter((path) => path !== full)
    return found.map((path) => relative(this.#paths.sysfs, path))
  }

  /** Where sysfs is, for labels that show a path as the operator sees it. */
  sysPath(path: string): string {
    return join(this.#paths.sysfs, path)
  }

  /** Where the links of a path lead, undefined when nowhere. */
  sysRealPath(path: string): string | undefined {
    const full = this.sysPath(path)
    return existsSync(full) ? realpathSync.native(full) : undefined
  }

  /** Is it a folder, or a link to one? */
  isSysFolder(path: string): boolean {
    return statSync(this.sysPath(path), { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  hasSys(path: string): boolean {
    return existsSync(`${this.#paths.sysfs}/${path}`)
  }

  /** A short sysfs attribute without the white space around it, undefined when missing or refused. */
  sysAttribute(path: string): string | undefined {
    try {
      return this.#sys.read(path)?.toString().trim()
    } catch (error) {
      // Drivers refuse single attributes (EINVAL, ENODATA, EIO ...) where the others work.
      if (isSystemError(error)) return undefined
      throw error
    }
  }

  /** Names in a directory of sysfs, sorted; none when it does not exist. */
  sysList(path: string): string[] {
    return this.#sys.list(path)
  }

  /** Where a path of the machine lies for this process. The original concatenates, and so do we. */
  rootfs(path: string): string {
    return this.#paths.rootfs === '/' ? path : this.#paths.rootfs + path
  }

  /** Is there a folder at --path.rootfs? */
  hasRootfs(): boolean {
    return statSync(this.#paths.rootfs, { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  /** A mount point as the machine itself names it. */
  stripRootfs(path: string): string {
    const root = this.#paths.rootfs
    if (root === '/' || !path.startsWith(root)) return path
    return path.slice(root.length) || '/'
  }

  /** How many blocking calls Node can have under way. */
  get threadPoolSize(): number {
    return Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
  }

  /** Where D-Bus clients are told to find the system bus, if they are. */
  get systemBus(): string | undefined {
    return this.#paths.systemBus
  }

  /** Space and inodes of the file system at a mount point (one character a byte). May hang. */
  statfsNow(mountPoint: string): StatsFs {
    return statfsSync(this.mountPath(mountPoint))
  }

  /** As statfsNow, in the thread pool, where it hangs nobody but its thread. */
  async statfs(mountPoint: string): Promise<StatsFs> {
    this.#pendingCalls += 1
    try {
      return await statfs(this.mountPath(mountPoint))
    } finally {
      this.#pendingCalls -= 1
    }
  }

  /** Threads that hang in a call: a process that wants to exit in good order waits for them. */
  get hasPendingCalls(): boolean {
    return this.#pendingCalls + this.#slow.underWay > 0
  }

  /** Where a mount point (one character a byte) lies for this process. */
  mountPath(mountPoint: string): string | Buffer {
    const path = this.rootfs(this.stripRootfs(mountPoint))
    return /^[\0-\x7f]*$/.test(path) ? path : Buffer.from(path, 'latin1')
  }

  hasUdevData(): boolean {
    return statSync(this.#paths.udevData, { throwIfNoEntry: false })?.isDirectory() ?? false
  }

  /** The udev database entry of a block device such as `8:0`, undefined when there is none. */
  udevBlockDevice(number: string): string | undefined {
    return this.readFileCached(`${this.#paths.udevData}/b${number}`)
  }

  /** A file that seldom changes, read again only when its inode, size or time did. */
  readFileCached(path: string): string | undefined {
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats === undefined) {
      this.#cached.delete(path)
      return undefined
    }
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`
    const cached = this.#cached.get(path)
    if (cached?.stamp === stamp) return cached.text
    const text = readRegularFile(path).toString()
    this.#cached.set(path, { stamp, text })
    return text
  }

  /**
   * What only a system call tells: loaded when the first collector asks, best at its start, since it
   * costs memory. Where there is none, the log hears of it once.
   */
  libc(log: CollectorLog): Libc {
    if (this.#libc !== undefined) return this.#libc
    this.#libc = this.#loadLibc()
    const { missing: reason } = this.#libc
    if (reason !== undefined) {
      log.info('No system calls: what only they tell is missing', { reason })
    }
    return this.#libc
  }

  /** Is procfs the kernel's own, rather than a folder with files that look like it? */
  isProcMounted(): boolean {
    return statfsSync(this.#paths.procfs).type === procMagic
  }

  /** A file of the exporter's own environment rather than of the machine it watches, if any. */
  ownFile(path: string): Buffer | undefined {
    return existsSync(path) ? readRegularFile(path) : undefined
  }

  /** Bytes of a memory page. Node does not tell, the kernel gives it to each process at its start. */
  pageBytes(): number {
    const vector = this.ownFile('/proc/self/auxv') ?? Buffer.alloc(0)
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === auxvPageSize) return Number(vector.readBigUInt64LE(at + 8))
    }
    return 4096
  }

  /** Names in any directory, sorted by bytes. Throws when it cannot be read. */
  list(directory: string): string[] {
    return readdirSync(directory).sort()
  }

  /** Like list, none when it is no folder that can be read. */
  listIfFolder(directory: string): string[] {
    const stats = statSync(directory, { throwIfNoEntry: false })
    if (!stats?.isDirectory()) return []
    try {
      return this.list(directory)
    } catch (error) {
      if (isSystemError(error)) return []
      throw error
    }
  }

  stat(path: string): Stats {
    return statSync(path)
  }

  readFile(path: string): Buffer {
    return readRegularFile(path)
  }

  /** To be called before each scrape: what procShared read before is old now. */
  nextScrape(): void {
    this.#scrape += 1
    this.#proc.nextScrape()
    this.#sys.nextScrape()
  }

  close(): void {
    this.#proc.close()
    this.#sys.close()
  }
}

function missing(path: string): never {
  throw new Error(`open ${path}: no such file or directory`)
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
