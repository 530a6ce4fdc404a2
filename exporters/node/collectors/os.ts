/** Which distribution this is, from the os-release file, and until when it is supported. */

import { defineCollector, NoData } from '../collector.ts'
import type { Host } from '../host.ts'
import {
  addOsRelease,
  type OsRelease,
  osFamilies,
  parseOsRelease,
  parseSystemVersion,
} from '../os-release.ts'

/** The first that is there counts; the last is that of macOS. */
const files = [
  { path: '/etc/os-release', parse: parseOsRelease },
  { path: '/usr/lib/os-release', parse: parseOsRelease },
  { path: '/System/Library/CoreServices/SystemVersion.plist', parse: parseSystemVersion },
]

export default defineCollector({
  name: 'os',
  enabled: true,
  help: 'The operating system, from /etc/os-release.',
  flags: {},
  families: osFamilies,
  start: () => ({ text: '', os: new Map() as OsRelease }),
  collect({ host, out, state }) {
    const { text, parse } = readFirst(host)
    if (text !== state.text) Object.assign(state, { text, os: parse(text) })
    addOsRelease(state.os, out)
  },
})

function readFirst(host: Host): { text: string; parse: (text: string) => OsRelease } {
  for (const { path, parse } of files) {
    const text = host.readFileCached(host.rootfs(path))
    if (text !== undefined) return { text, parse }
  }
  throw new NoData('there is no os-release file')
}
