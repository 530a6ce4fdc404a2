/** Finds and reads the *.prom files of some folders, each parsed again only when it has changed. */

import { join } from 'node:path'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import type { MetricFamily } from '../../shared/exposition/family.ts'
import { globFolders } from './glob.ts'
import type { Host } from './host.ts'

export type Textfile = {
  /** As configured, joined with the file's name; also the label `file`. */
  readonly path: string
  readonly mtimeSeconds: number
  readonly families: readonly MetricFamily[]
}

/** What is wrong with which file or folder, as fields of a log line. */
export type Complaint = { readonly err: string } & Readonly<Record<string, string>>

/** A file as it was last: when to look again, and what came of it, one of the two. */
type Known = {
  readonly stamp: string
  readonly file?: Textfile
  readonly complaint?: Complaint
}

export class TextfileFolders {
  /** The good files, by path. */
  files: readonly Textfile[] = []
  complaints: readonly Complaint[] = []
  readonly #host: Host
  readonly #patterns: readonly string[]
  #known = new Map<string, Known>()
  #state = ''

  constructor(host: Host, patterns: readonly string[]) {
    this.#host = host
    this.#patterns = patterns
  }

  /** Reads what has changed; says whether anything did. */
  refresh(): boolean {
    const known = new Map<string, Known>()
    const complaints: Complaint[] = []
    for (const folder of this.#patterns.flatMap((pattern) => globFolders(pattern, this.#host))) {
      try {
        for (const name of this.#host.list(folder)) {
          if (!name.endsWith('.prom')) continue
          const path = join(folder, name)
          known.set(path, this.#read(path))
        }
      } catch (error) {
        complaints.push({ folder, err: messageOf(error) })
      }
    }
    const sorted = [...known].sort(([a], [b]) => (a < b ? -1 : 1))
    const state = JSON.stringify([complaints, sorted.map(([path, { stamp }]) => [path, stamp])])
    if (state === this.#state) return false
    this.#state = state
    this.#known = known
    this.files = sorted.flatMap(([, { file }]) => file ?? [])
    this.complaints = [...complaints, ...sorted.flatMap(([, { complaint }]) => complaint ?? [])]
    return true
  }

  #read(path: string): Known {
    const known = this.#known.get(path)
    try {
      const stats = this.#host.stat(path)
      const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`
      if (known?.stamp === stamp) return known
      // Reading a pipe would wait for its writer for ever.
      if (!stats.isFile()) return { stamp, complaint: { file: path, err: 'not a regular file' } }
      return { stamp, ...this.#parse(path, Math.floor(stats.mtimeMs / 1000)) }
    } catch (error) {
      const err = messageOf(error)
      return { stamp: err, complaint: { file: path, err } }
    }
  }

  #parse(path: string, mtimeSeconds: number): Omit<Known, 'stamp'> {
    try {
      const families = decodeText(this.#host.readFile(path))
      const stamped = families.find(({ metrics }) => metrics.some(hasTimestamp))
      if (stamped === undefined) return { file: { path, mtimeSeconds, families } }
      const err = `family ${stamped.name} has a timestamp, which textfiles may not have`
      return { complaint: { file: path, err } }
    } catch (error) {
      return { complaint: { file: path, err: messageOf(error) } }
    }
  }
}

function hasTimestamp(metric: { readonly timestampMs?: bigint }): boolean {
  return metric.timestampMs !== undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
