/** Where the gateway's paths begin, by --web.route-prefix, --web.external-url and --web.telemetry-path. */

/**
 * The prefix with a leading slash and none at its end; empty for none. Without a route prefix it is
 * the path of the external URL, which may lack its scheme. Throws a SyntaxError.
 */
export function routePrefix(prefix: string, externalUrl: string): string {
  const path = prefix === '' ? externalPath(externalUrl) : prefix
  const trimmed = path.replace(/^\/+|\/+$/g, '')
  return trimmed === '' ? '' : `/${trimmed}`
}

/** Throws a SyntaxError for a path without leading slash, which could never be asked for. */
export function telemetryPath(path: string): string {
  if (path.startsWith('/')) return path
  throw new SyntaxError(`--web.telemetry-path must start with a slash, got ${JSON.stringify(path)}`)
}

function externalPath(url: string): string {
  if (url === '') return ''
  const full = /^https?:\/\//i.test(url) ? url : `http://${url}`
  if (URL.canParse(full)) return new URL(full).pathname
  throw new SyntaxError(
    `--web.external-url wants a URL such as https://host/push, got ${JSON.stringify(url)}`,
  )
}
