/**
 * Metrics that others wrote into files: every *.prom of some folders, merged family by family.
 *
 * Where files contradict each other the one whose path sorts first wins, and the log names both. The
 * original drops one at random, or crashes.
 */

import { families } from '../../../shared/exposition/declare.ts'
import { type CollectorLog, defineCollector, StartError } from '../collector.ts'
import { mergeTextfiles } from '../merge-textfiles.ts'
import { type Complaint, TextfileFolders } from '../textfiles.ts'

const gauge = families('gauge', [], {
  node_textfile_scrape_error: 'Whether something in the folders of textfiles could not be used.',
})
const perFile = families('gauge', ['file'], {
  node_textfile_mtime_seconds: 'When a file that was read had been modified, since the epoch.',
})
const perProblem = families('gauge', ['file', 'reason'], {
  node_textfile_problem:
    'Always 1; a file or folder of which something is not shown: it is unreadable, invalid, in conflict with another, expired, or has a timestamp.',
})

export default defineCollector({
  name: 'textfile',
  enabled: true,
  help: 'Metrics out of *.prom files.',
  flags: {
    directory: {
      help: 'Folder with *.prom files, or a pattern such as /var/lib/*/textfiles. Repeatable.',
      default: [''],
    },
    'max-age': {
      help: 'Files modified longer ago, such as 2h, are not shown; 0s shows all.',
      duration: '0s',
    },
    timestamps: {
      help: 'What to do with samples that have a timestamp: refuse their file, or drop the timestamps.',
      default: 'refuse',
    },
  },
  families: [gauge, perFile, perProblem].flatMap((group) => Object.values(group)),
  start({ flags, flagName, host }) {
    const { directory, timestamps } = flags
    if (timestamps !== 'refuse' && timestamps !== 'drop') {
      const got = JSON.stringify(timestamps)
      throw new StartError(`${flagName('timestamps')}: want refuse or drop, got ${got}`)
    }
    const patterns = directory.filter((path) => path !== '')
    const rules = { maxAgeMs: flags['max-age'], dropsTimestamps: timestamps === 'drop' }
    return {
      folders: new TextfileFolders(host, patterns, rules),
      merged: mergeTextfiles([]),
      complaints: [] as readonly Complaint[],
      /** What the log was told and is still so. */
      told: new Set<string>(),
    }
  },
  collect({ log, out, state }) {
    const { folders } = state
    if (folders.refresh(Date.now())) {
      state.merged = mergeTextfiles(folders.files)
      state.complaints = [...folders.complaints, ...state.merged.complaints]
      state.told = tell(log, state.told, state.complaints, folders.expired)
    }
    out.adopt(state.merged.families)
    for (const { path, mtimeSeconds } of [...folders.files, ...folders.expired]) {
      out.add(perFile.node_textfile_mtime_seconds, mtimeSeconds, path)
    }
    for (const { file, folder, reason } of state.complaints) {
      out.add(perProblem.node_textfile_problem, 1, file ?? folder ?? '', reason)
    }
    for (const { path } of folders.expired) {
      out.add(perProblem.node_textfile_problem, 1, path, 'expired')
    }
    out.add(gauge.node_textfile_scrape_error, state.complaints.length > 0 ? 1 : 0)
  },
})

/** Logs what is new, a line for each file or folder; gives what is known to the log from now on. */
function tell(
  log: CollectorLog,
  told: ReadonlySet<string>,
  complaints: readonly Complaint[],
  expired: readonly { readonly path: string }[],
): Set<string> {
  const known = new Set<string>()
  const isNew = (what: unknown): boolean => {
    const key = JSON.stringify(what)
    known.add(key)
    return !told.has(key)
  }
  const news = Map.groupBy(complaints.filter(isNew), ({ file, folder }) => file ?? folder)
  for (const [first, ...others] of news.values()) {
    if (first === undefined) continue
    const { reason: _inMetrics, ...fields } = first
    const more = others.length > 0 ? { more: others.length } : {}
    log.error('A textfile cannot be used as it is', { ...fields, ...more })
  }
  for (const { path } of expired) {
    if (isNew(path)) {
      log.warn('A textfile is older than --collector.textfile.max-age: not shown', { file: path })
    }
  }
  return known
}
