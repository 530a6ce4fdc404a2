/** Which distribution this is, from the os-release file, and until when it is supported. */

import { families, family } from '../../../shared/exposition/declare.ts'
import { defineCollector, NoData } from '../collector.ts'

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

export default defineCollector({
  name: 'os',
  enabled: true,
  help: 'The operating system, from /etc/os-release.',
  flags: {},
  families: [info, version, ...Object.values(gauge)],
  start: () => ({ text: '', os: new Map<string, string>() }),
  collect({ host, out, state }) {
    const text =
      host.readFileCached(host.rootfs('/etc/os-release')) ??
      host.readFileCached(host.rootfs('/usr/lib/os-release'))
    if (text === undefined) throw new NoData('there is no os-release file')
    if (text !== state.text) Object.assign(state, { text, os: parseOsRelease(text) })
    const label = (key: string): string => state.os.get(key) ?? ''
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
    if (supportEnd !== '') {
      out.add(gauge.node_os_support_end_timestamp_seconds, parseDay(supportEnd))
    }
  },
})

/** Shell-like assignments: comments, quotes of both kinds, backslash escapes. os-release(5). */
export function parseOsRelease(text: string): Map<string, string> {
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

/** Seconds since the epoch of the first moment of a day, `2031-05-30`, in UTC. */
function parseDay(text: string): number {
  const seconds = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) / 1000 : Number.NaN
  if (Number.isNaN(seconds)) {
    throw new RangeError(`os-release: SUPPORT_END=${text} is not a date such as 2031-05-30`)
  }
  return seconds
}
