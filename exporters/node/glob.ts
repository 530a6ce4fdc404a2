/** Folders by a pattern in the rules of Go's filepath.Glob: `*`, `?`, `[a-z]`, `\`, no `**`, no `{}`. */

import type { Host } from './host.ts'

/** The paths that match, sorted; the pattern itself when nothing does or it is no valid pattern. */
export function globFolders(pattern: string, host: Host): string[] {
  if (!/[*?[\\]/.test(pattern)) return [pattern]
  let found = [pattern.startsWith('/') ? '/' : '']
  for (const segment of pattern.split('/')) {
    if (segment === '') continue
    const matcher = segmentMatcher(segment)
    if (matcher === undefined) return [pattern]
    found = found.flatMap((folder) => matching(folder, segment, matcher, host))
  }
  return found.length > 0 ? found : [pattern]
}

function matching(folder: string, segment: string, matcher: RegExp, host: Host): string[] {
  const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
  if (segment === '.' || segment === '..') return [prefix + segment]
  return host
    .listIfFolder(folder === '' ? '.' : folder)
    .filter((name) => matcher.test(name))
    .map((name) => prefix + name)
}

/** Undefined for a pattern that Go calls bad, such as an open bracket. */
function segmentMatcher(segment: string): RegExp | undefined {
  let source = ''
  let rest = segment
  while (rest !== '') {
    const token = /^(?:\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([^[\\]))/su.exec(rest)
    if (token === null) return undefined
    const [whole, escaped, negation, set, plain] = token
    rest = rest.slice(whole.length)
    if (escaped !== undefined) source += RegExp.escape(escaped)
    else if (set !== undefined) source += `[${negation}${setSource(set)}]`
    else if (plain === '*') source += '.*'
    else if (plain === '?') source += '.'
    else source += RegExp.escape(plain ?? '')
  }
  return new RegExp(`^${source}$`, 'su')
}

function setSource(set: string): string {
  return set.replace(/\\(.)|([[\]^])/gsu, (_, escaped: string | undefined, plain: string) =>
    RegExp.escape(escaped ?? plain),
  )
}
