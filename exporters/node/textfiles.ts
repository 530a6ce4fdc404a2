/** Finds and reads the *.prom files of some folders, each parsed again only when it has changed. */

import { join } from 'node:path'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import type { Metric, MetricFamily } from '../../shared/exposition/family.ts'
import { globFolders } from './glob.ts'
import type { Host } from './host.ts'

export type Textfile = {
  /** As configured, joined with the file's name; also the label `file`. */
  readonly path: string
  readonly mtimeSeconds: number
  readonly families: readonly MetricFamily[]
}

/** What is wrong with which file or folder: fields of a log line, and for the metrics a word. */
export type Complaint = {
  readonly reason: 'unreadable' | 'invalid' | 'timestamp' | 'conflict'
  readonly err: string
  readonly file?: string
  readonly folder?: string
  /** The file that has what this one lost. */
  readonly kept?: string
}

/** A file as it was last: when to look again, and what came of it, one of the two. */
type Known = {
  readonly stamp: string
  readonly file?: Textfile
  readonly complaint?: Complaint
}

export type TextfileRules = {
  /** Files modified longer ago are not shown; 0 shows all. */
  readonly maxAgeMs: number
  /** Takes the timestamps off samples instead of refusing the file. */
  readonly dropsTimestamps: boolean
}

export class TextfileFolders {
  /** The good files, by path. */
  files: readonly Textfile[] = []
  /** Good files that are too old to be shown. */
  expired: readonly Textfile[] = []
  complaints: readonly Complaint[] = []
  readonly #host: Host
  readonly #patterns: readonly string[]
  readonly #rules: TextfileRules
  #known = new Map<string, Known>()
  #state = ''

  constructor(host: Host, patterns: readonly string[], rules: TextfileRules) {
    this.#host = host
    this.#patterns = patterns
    this.#rules = rules
  }

  /** Reads what has changed; says whether anything did, files that have grown too old included. */
  refresh(nowMs: number): boolean {
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
        complaints.push({ folder, reason: 'unreadable', err: messageOf(error) })
      }
    }
    this.#known = known
    const sorted = [...known].sort(([a], [b]) => (a < b ? -1 : 1))
    const good = sorted.flatMap(([, { file }]) => file ?? [])
    const { maxAgeMs } = this.#rules
    const isExpired = ({ mtimeSeconds }: Textfile): boolean =>
      maxAgeMs > 0 && nowMs - mtimeSeconds * 1000 > maxAgeMs
    const expired = good.filter(isExpired)
    const state = JSON.stringify([
      complaints,
      sorted.map(([path, { stamp }]) => [path, stamp]),
      expired.map(({ path }) => path),
    ])
    if (state === this.#state) return false
    this.#state = state
    this.files = good.filter((file) => !isExpired(file))
    this.expired = expired
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
      if (!stats.isFile()) return { stamp, complaint: unreadable(path, 'not a regular file') }
      return { stamp, ...this.#parse(path, Math.floor(stats.mtimeMs / 1000)) }
    } catch (error) {
      const err = messageOf(error)
      return { stamp: err, complaint: unreadable(path, err) }
    }
  }

  #parse(path: string, mtimeSeconds: number): Omit<Known, 'stamp'> {
    try {
      const families = decodeText(this.#host.readFile(path))
      const stamped = families.find(({ metrics }) => metrics.some(hasTimestamp))
      if (stamped === undefined) return { file: { path, mtimeSeconds, families } }
      if (this.#rules.dropsTimestamps) {
        return { file: { path, mtimeSeconds, families: families.map(withoutTimestamps) } }
      }
      const err =
        `family ${stamped.name} has a timestamp, which textfiles may not have; ` +
        '--collector.textfile.timestamps=drop shows it as of now'
      return { complaint: { file: path, reason: 'timestamp', err } }
    } catch (error) {
      return { complaint: { file: path, reason: 'invalid', err: messageOf(error) } }
    }
  }
}

function unreadable(file: string, err: string): Complaint {
  return { file, reason: 'unreadable', err }
}

function withoutTimestamps(family: MetricFamily): MetricFamily {
  const metrics = family.metrics.map(({ timestampMs: _dropped, ...metric }) => metric as Metric)
  return { ...family, metrics }
}

function hasTimestamp(metric: { readonly timestampMs?: bigint }): boolean {
  return metric.timestampMs !== undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
