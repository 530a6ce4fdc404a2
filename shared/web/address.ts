/** What an operator writes after --web.listen-address, taken apart. */

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** `:9100`, `127.0.0.1:0`, `localhost:80`, `[::1]:9100`, `unix:/run/x.sock`. Throws a SyntaxError. */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    if (path === '') throw new SyntaxError('a path must follow unix:')
    return { kind: 'unix', path }
  }
  if (text.startsWith('vsock:')) {
    throw new SyntaxError('Node cannot listen on vsock; use systemd-socket-proxyd or socat')
  }
  const [, host, port] = /^(.*):([^:\]]*)$/.exec(text) ?? []
  if (host === undefined || port === undefined) {
    throw new SyntaxError('missing port in address, want host:port, [ipv6]:port or unix:/path')
  }
  const bare = /^\[(.*)\]$/.exec(host)?.[1] ?? host
  if (bare === host && host.includes(':')) {
    throw new SyntaxError('too many colons in address, an IPv6 address is written [::1]:port')
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new SyntaxError(`want a port from 0 to 65535, got ${JSON.stringify(port)}`)
  }
  return { kind: 'tcp', host: bare, port: Number(port) }
}
