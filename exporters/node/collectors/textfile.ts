/**
 * Metrics that others wrote into files: every *.prom of some folders, merged family by family.
 *
 * Where files contradict each other the one whose path sorts first wins, and the log names both. The
 * original drops one at random, or crashes.
 */

import { families } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { mergeTextfiles } from '../merge-textfiles.ts'
import { TextfileFolders } from '../textfiles.ts'

const gauge = families('gauge', [], {
  node_textfile_scrape_error: 'Whether something in the folders of textfiles could not be used.',
})
const perFile = families('gauge', ['file'], {
  node_textfile_mtime_seconds: 'When a file that was read had been modified, since the epoch.',
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
  },
  families: [...Object.values(gauge), ...Object.values(perFile)],
  start: ({ flags, host }) => ({
    folders: new TextfileFolders(
      host,
      flags.directory.filter((path) => path !== ''),
    ),
    merged: mergeTextfiles([]),
  }),
  collect({ log, out, state }) {
    const { folders } = state
    if (folders.refresh()) {
      state.merged = mergeTextfiles(folders.files)
      for (const complaint of [...folders.complaints, ...state.merged.complaints]) {
        log.error('A textfile cannot be used as it is', complaint)
      }
    }
    out.adopt(state.merged.families)
    for (const { path, mtimeSeconds } of folders.files) {
      out.add(perFile.node_textfile_mtime_seconds, mtimeSeconds, path)
    }
    const complaints = folders.complaints.length + state.merged.complaints.length
    out.add(gauge.node_textfile_scrape_error, complaints > 0 ? 1 : 0)
  },
})
