/**
 * The abbreviation of the local time zone (CET, UTC), which JavaScript cannot tell: Intl says GMT+1.
 * It stands in the zone's compiled file; https://www.rfc-editor.org/rfc/rfc8536.
 */

import type { Host } from './host.ts'

/** The newest abbreviation that the local zone used for this offset. */
export function zoneAbbreviation(
  offsetSeconds: number,
  host: Host,
  zone = process.env['TZ'],
): string {
  const file = zoneFiles(zone)
    .map((path) => host.ownFile(path))
    .find((content) => content !== undefined)
  const found = file === undefined ? undefined : findAbbreviation(file, offsetSeconds)
  if (found !== undefined) return found
  return offsetSeconds === 0 ? 'UTC' : ''
}

/** Where libc, and Go with it, look for the zone that TZ names. */
function zoneFiles(zone: string | undefined): string[] {
  if (zone === undefined) return ['/etc/localtime']
  const name = zone.replace(/^:/, '')
  if (name === '') return []
  if (name.startsWith('/')) return [name]
  return [
    '/usr/share/zoneinfo',
    '/usr/share/lib/zoneinfo',
    '/usr/lib/locale/TZ',
    '/etc/zoneinfo',
  ].map((folder) => `${folder}/${name}`)
}

const headerBytes = 44

/**
 * Walks the transitions from the newest to the oldest for a type with this offset, then the types
 * that no transition leads to. Undefined when the file is no zone file or never had the offset.
 */
export function findAbbreviation(file: Buffer, offsetSeconds: number): string | undefined {
  if (file.length < headerBytes || file.toString('latin1', 0, 4) !== 'TZif') return undefined
  const { transitions, types, indexes, infos, names } = locate(file)
  const newestFirst = [...file.subarray(indexes, indexes + transitions)].reverse()
  for (const type of [...newestFirst, ...Array(types).keys()]) {
    const info = infos + type * 6
    if (info + 6 > file.length || file.readInt32BE(info) !== offsetSeconds) continue
    const start = names + (file[info + 5] ?? 0)
    return file.toString('latin1', start, file.indexOf(0, start))
  }
  return undefined
}

type Tables = {
  readonly transitions: number
  readonly types: number
  /** Where the type of each transition, the types and the abbreviations begin. */
  readonly indexes: number
  readonly infos: number
  readonly names: number
}

/** Version 1 wrote times in 4 bytes; later ones repeat everything with 8, and may leave it empty. */
function locate(file: Buffer): Tables {
  const version1 = locateAt(file, 0, 4)
  if (file[4] === 0) return version1
  const [isUt, isStandard, leaps] = [20, 24, 28].map((at) => file.readUInt32BE(at))
  const end = version1.names + file.readUInt32BE(40)
  return locateAt(file, end + (leaps ?? 0) * 8 + (isStandard ?? 0) + (isUt ?? 0), 8)
}

function locateAt(file: Buffer, header: number, timeBytes: number): Tables {
  const transitions = file.readUInt32BE(header + 32)
  const types = file.readUInt32BE(header + 36)
  const indexes = header + headerBytes + transitions * timeBytes
  const infos = indexes + transitions
  return { transitions, types, indexes, infos, names: infos + types * 6 }
}
