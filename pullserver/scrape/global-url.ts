/** The link to a target that works from another machine, as well as that can be guessed. */

const here = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A target on localhost is put on the external host. One on the port of the external URL is taken
 * for this server itself, which is seen under that URL.
 */
export function globalUrl(url: string, externalUrl: string): string {
  if (!URL.canParse(url) || !URL.canParse(externalUrl)) return url
  const target = new URL(url)
  const external = new URL(externalUrl)
  if (!here.has(target.hostname)) return url
  if (portOf(target) === portOf(external)) target.protocol = external.protocol
  target.hostname = external.hostname
  return target.href
}

function portOf({ port, protocol }: URL): string {
  return port === '' ? (protocol === 'https:' ? '443' : '80') : port
}
