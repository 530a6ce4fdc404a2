/** The system bus of the machine, and systemd's own socket beside it. */

import { socketPaths } from './address.ts'
import { type Connection, dial } from './connection.ts'
import { KeptBus } from './kept-bus.ts'

type Server = {
  readonly path: string
  /** False for a program that answers calls itself, without a bus between. */
  readonly isBus: boolean
}

/** Only root may connect to it. */
const systemd: Server = { path: '/run/systemd/private', isBus: false }

/** `address` as DBUS_SYSTEM_BUS_ADDRESS has it. Throws a RangeError when it is not understood. */
export function systemBus(address: string | undefined): KeptBus {
  const servers = socketPaths(address).map((path) => ({ path, isBus: true }))
  return new KeptBus((signal) => dialFirst(servers, signal))
}

/** Where to ask systemd: as root also without a bus, as the original does. */
export function systemdBus(address: string | undefined, isPrivate: boolean): KeptBus {
  if (isPrivate) return new KeptBus((signal) => dialFirst([systemd], signal))
  const servers: Server[] = socketPaths(address).map((path) => ({ path, isBus: true }))
  if (process.geteuid?.() === 0) servers.push(systemd)
  return new KeptBus((signal) => dialFirst(servers, signal))
}

/** The first that can be had. Throws the signal's reason when it aborts. */
async function dialFirst(servers: readonly Server[], signal: AbortSignal): Promise<Connection> {
  const reasons: string[] = []
  for (const { path, isBus } of servers) {
    try {
      return await dial(path, { isBus, signal })
    } catch (error) {
      signal.throwIfAborted()
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(
    `no D-Bus: ${reasons.join('; ')}: is dbus running, does it know this user, and may the sandbox reach its socket`,
  )
}
