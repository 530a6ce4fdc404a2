/** The address of an nginx status page as operators write it, over HTTP, HTTPS or a unix socket. */

export type ScrapeUri = {
  /** As typed, for labels and logs, but never with a password. */
  readonly name: string
  /** What to ask for; on a unix socket its host is only what the Host header says. */
  readonly url: URL
  readonly socketPath?: string
}

/**
 * `http://host:port/path`, `https://...`, both with optional `user:password@`, or `unix:/path.sock` with an
 * optional `:/path`. Throws a SyntaxError that says what is wrong.
 */
export function parseScrapeUri(text: string): ScrapeUri {
  if (text.startsWith('unix:')) return parseUnixUri(text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const shown = JSON.stringify(text.slice(0, 100))
    throw new SyntaxError(`want http://, https:// or unix:/path.sock:/uri, got ${shown}`)
  }
  return { name: withoutPassword(text, url), url }
}

/** Throws a RangeError when a URI stands twice: its series would clash. */
export function parseScrapeUris(texts: readonly string[]): ScrapeUri[] {
  const uris = texts.map(parseScrapeUri)
  const twice = uris.find(({ name }, index) => uris.findIndex((uri) => uri.name === name) < index)
  if (twice === undefined) return uris
  throw new RangeError(`${JSON.stringify(twice.name)} is given twice; give each nginx once`)
}

function parseUnixUri(text: string): ScrapeUri {
  const rest = text.slice('unix:'.length)
  // The page's path begins at the first colon before a slash: a socket's name may hold other colons.
  const colon = rest.indexOf(':/')
  const socketPath = colon === -1 ? rest : rest.slice(0, colon)
  const path = colon === -1 ? '/' : rest.slice(colon + 1)
  if (socketPath === '') {
    throw new SyntaxError(`want a socket after unix:, got ${JSON.stringify(text.slice(0, 100))}`)
  }
  return { name: text, url: new URL(path, 'http://localhost'), socketPath }
}

/** As Go's URL.Redacted: who scrapes is no secret, the password is. */
function withoutPassword(text: string, url: URL): string {
  if (url.password === '') return text
  const shown = new URL(url)
  shown.password = 'xxxxx'
  return shown.href
}
