/** What an os-release file says of the operating system, and how that is shown. */

import { families, family } from '../../shared/exposition/declare.ts'
import type { Out } from './collector.ts'

const info = family('gauge', 'node_os_info', 'The operating system, as labels.', [
  'build_id',
  'id',
  'id_like',
  'image_id',
  'image_version',
  'name',
  'pretty_name',
  'variant',
  'variant_id',
  'version',
  'version_codename',
  'version_id',
])
const version = family('gauge', 'node_os_version', 'Major and minor version, as one number.', [
  'id',
  'id_like',
  'name',
])
const gauge = families('gauge', [], {
  node_os_support_end_timestamp_seconds: 'When support of the operating system ends.',
})

export const osFamilies = [info, version, ...Object.values(gauge)]

/** By the names of os-release(5); what a system does not have is left out. */
export type OsRelease = ReadonlyMap<string, string>

/** Throws a RangeError for a SUPPORT_END that is no day; all else is written before. */
export function addOsRelease(os: OsRelease, out: Out): void {
  const label = (key: string): string => os.get(key) ?? ''
  out.add(
    info,
    1,
    label('BUILD_ID'),
    label('ID'),
    label('ID_LIKE'),
    label('IMAGE_ID'),
    label('IMAGE_VERSION'),
    label('NAME'),
    label('PRETTY_NAME'),
    label('VARIANT'),
    label('VARIANT_ID'),
    label('VERSION'),
    label('VERSION_CODENAME'),
    label('VERSION_ID'),
  )
  const number = Number(/^[0-9]+\.?[0-9]*/.exec(label('VERSION_ID'))?.[0] ?? 0)
  if (number > 0) out.add(version, number, label('ID'), label('ID_LIKE'), label('NAME'))
  const supportEnd = label('SUPPORT_END')
  if (supportEnd !== '') out.add(gauge.node_os_support_end_timestamp_seconds, parseDay(supportEnd))
}

/** Shell-like assignments: comments, quotes of both kinds, backslash escapes. os-release(5). */
export function parseOsRelease(text: string): OsRelease {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (assignment !== null) values.set(assignment[1] ?? '', unquote(assignment[2] ?? ''))
  }
  return values
}

function unquote(text: string): string {
  const single = /^'([^']*)'/.exec(text)
  if (single !== null) return single[1] ?? ''
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(text)
  if (double !== null) return (double[1] ?? '').replace(/\\(["\\$`])/g, '$1')
  return text.replace(/\s+#.*$/, '').replace(/\\(.)/g, '$1')
}

/** The same of macOS' SystemVersion.plist, a list of keys and strings in XML. */
export function parseSystemVersion(text: string): OsRelease {
  const strings = new Map<string, string>()
  for (const [, key = '', value = ''] of text.matchAll(plistEntry)) strings.set(key, value)
  const version = strings.get('ProductVersion') ?? ''
  return new Map([
    ['BUILD_ID', strings.get('ProductBuildVersion') ?? ''],
    ['NAME', strings.get('ProductName') ?? ''],
    ['VERSION', version],
    ['VERSION_ID', version],
  ])
}

const plistEntry = /<key>([^<]*)<\/key>\s*<string>([^<]*)<\/string>/g

/** Seconds since the epoch of the first moment of a day, `2031-05-30`, in UTC. */
function parseDay(text: string): number {
  const seconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) / 1000 : Number.NaN
  if (Number.isNaN(seconds)) {
    throw new RangeError(`os-release: SUPPORT_END=${text} is not a date such as 2031-05-30`)
  }
  return seconds
}
