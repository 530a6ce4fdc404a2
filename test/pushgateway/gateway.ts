/** The groups without HTTP and disk: pushes by path and text, the page as text. */
import { gunzipSync } from 'node:zlib'
import type { OwnFamilies } from '../../pushgateway/family-index.ts'
import { parseGroupingKey } from '../../pushgateway/grouping-key.ts'
import { Groups, type PushMode } from '../../pushgateway/groups.ts'
import { decodeText } from '../../shared/exposition/decode-text.ts'
import type { EscapingScheme } from '../../shared/exposition/names.ts'

export type Gateway = {
  readonly groups: Groups
  /** What the client would read: `ok`, or the reason. Each push comes a second after the one before. */
  put(path: string, body: string): string
  post(path: string, body: string): string
  delete(path: string): boolean
  /** All lines but those of the push times, which `times` shows. */
  page(escaping?: EscapingScheme): string
  pageFromGzip(): string
  /** `name{labels} value` of push_time_seconds and push_failure_time_seconds. */
  times(): string[]
}

export function gateway(own: OwnFamilies = new Map()): Gateway {
  const groups = new Groups(own)
  let timeMs = 0
  const push = (mode: PushMode, path: string, body: string): string => {
    timeMs += 1000
    const families = decodeText(body, { names: 'utf8' })
    return groups.push(mode, parseGroupingKey(path, 'utf8'), families, timeMs) ?? 'ok'
  }
  const write = (as: 'plain' | 'gzip', escaping: EscapingScheme = 'allow-utf-8'): string => {
    const bytes = Buffer.concat(groups.write(new Map(), escaping, as))
    return (as === 'gzip' ? gunzipSync(bytes) : bytes).toString()
  }
  const isTime = (line: string) => /^(# \w+ )?push_(failure_)?time_seconds\b/.test(line)
  const lines = (text: string) => text.split('\n').slice(0, -1)
  return {
    groups,
    put: (path, body) => push('put', path, body),
    post: (path, body) => push('post', path, body),
    delete: (path) => groups.delete(parseGroupingKey(path, 'utf8')),
    page: (escaping) =>
      lines(write('plain', escaping))
        .filter((line) => !isTime(line))
        .join('\n'),
    pageFromGzip: () =>
      lines(write('gzip'))
        .filter((line) => !isTime(line))
        .join('\n'),
    times: () => lines(write('plain')).filter((line) => isTime(line) && !line.startsWith('#')),
  }
}
