/**
 * Targets from files: read at once, again when their folder changes, and now and then in case the
 * change was not noticed (a network folder). A broken file keeps the targets it had before.
 */
import { type FSWatcher, readdirSync, readFileSync, watch } from 'node:fs'
import path from 'node:path'
import type { Log } from '../../shared/log.ts'
import { type FileSdConfig, parseTargetFile } from '../config/file-sd-config.ts'
import type { TargetGroup } from '../config/static-config.ts'

/** Editors and scripts change a file in several steps; they count as one. */
const settleMs = 50

export class FileDiscovery {
  readonly config: FileSdConfig
  readonly #log: Log
  readonly #onChange: () => void
  readonly #watchers = new Map<string, FSWatcher>()
  #groups = new Map<string, readonly TargetGroup[]>()
  #refresh: NodeJS.Timeout
  #settle: NodeJS.Timeout | undefined

  constructor(config: FileSdConfig, log: Log, onChange: () => void) {
    this.config = config
    this.#log = log
    this.#onChange = onChange
    this.#readAll()
    this.#refresh = setInterval(() => this.#update(), config.refreshIntervalMs)
  }

  groups(): TargetGroup[] {
    return [...this.#groups.values()].flat()
  }

  stop(): void {
    clearInterval(this.#refresh)
    clearTimeout(this.#settle)
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #update(): void {
    const before = JSON.stringify([...this.#groups])
    this.#readAll()
    if (JSON.stringify([...this.#groups]) !== before) this.#onChange()
  }

  #readAll(): void {
    const groups = new Map<string, readonly TargetGroup[]>()
    for (const pattern of this.config.files) {
      this.#watch(path.dirname(pattern))
      for (const file of matchingFiles(pattern)) {
        const found = this.#read(file)
        if (found !== undefined) groups.set(file, found)
      }
    }
    this.#groups = groups
  }

  #read(file: string): readonly TargetGroup[] | undefined {
    try {
      const groups = parseTargetFile(readFileSync(file, 'utf8'), file)
      return groups.map(({ targets, labels }) => ({
        targets,
        labels: { ...labels, __meta_filepath: file },
      }))
    } catch (error) {
      // Gone between the listing and the reading, or never there: that is no target, not an error.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      this.#log.error('error reading targets from a file', { path: file, err: error })
      return this.#groups.get(file)
    }
  }

  /** A folder that is not there is tried again with each refresh. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#changed())
      this.#watchers.set(folder, watcher)
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(folder)
      })
    } catch (error) {
      this.#log.warn('cannot watch the folder of a target file', { path: folder, err: error })
    }
  }

  #changed(): void {
    clearTimeout(this.#settle)
    this.#settle = setTimeout(() => this.#update(), settleMs)
  }
}

function matchingFiles(pattern: string): string[] {
  const folder = path.dirname(pattern)
  const [before = '', behind] = path.basename(pattern).split('*', 2)
  if (behind === undefined) return [pattern]
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    // Watching the folder has warned already.
    return []
  }
  const long = before.length + behind.length
  return names
    .filter((name) => name.length >= long && name.startsWith(before) && name.endsWith(behind))
    .sort()
    .map((name) => path.join(folder, name))
}
