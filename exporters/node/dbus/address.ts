/** Where the system bus listens. */

/** Where distributions put it; containers that are given the host's bus mount it here as well. */
const defaultAddress = 'unix:path=/var/run/dbus/system_bus_socket'

/**
 * The sockets of an address list such as `unix:path=/run/x;unix:abstract=y`, in the order in which
 * to try them, as node:net takes them. Throws a RangeError when none is a unix socket.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#addresses
 */
export function socketPaths(addresses = defaultAddress): string[] {
  const paths = addresses.split(';').flatMap((address) => {
    const [, path] = /^unix:(?:[^,]*,)*path=([^,]+)/.exec(address) ?? []
    const [, name] = /^unix:(?:[^,]*,)*abstract=([^,]+)/.exec(address) ?? []
    if (path !== undefined) return [unescaped(path)]
    return name === undefined ? [] : [`\0${unescaped(name)}`]
  })
  if (paths.length > 0) return paths
  throw new RangeError(
    `no unix socket in ${JSON.stringify(addresses)}: set DBUS_SYSTEM_BUS_ADDRESS to unix:path=...`,
  )
}

function unescaped(value: string): string {
  return value.replace(/%([0-9a-f]{2})/gi, (_, digits) =>
    String.fromCharCode(Number(`0x${digits}`)),
  )
}
