/** Paths of requests as Go's server sees them: percent-decoded to bytes, unclean ones redirected. */

/**
 * The bytes of a percent-encoded path, one character each, as Node gives those that are not encoded.
 * Undefined when an escape is broken.
 */
export function decodePath(path: string): string | undefined {
  if (!path.includes('%')) return path
  if (/%(?![0-9a-fA-F]{2})/.test(path)) return undefined
  return path.replaceAll(/%(..)/g, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}

/** The path without empty, `.` and `..` segments; escapes are not looked into. */
export function cleanPath(path: string): string {
  if (!unclean.test(path)) return path
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`
}

const unclean = /\/(?:\/|\.\.?(?:\/|$))/
