/** Asks systemd about itself and its units, over D-Bus. */

import { CallError, type Connection } from './dbus/connection.ts'
import type { MethodCall } from './dbus/message.ts'
import { propertyCall, textOf } from './dbus/property.ts'
import type { DBusValue } from './dbus/signature.ts'

const destination = 'org.freedesktop.systemd1'
const managerPath = '/org/freedesktop/systemd1'
const manager = `${destination}.Manager`

export type Unit = {
  readonly name: string
  /** `loaded`, `not-found`, `masked` ... */
  readonly loadState: string
  /** `active`, `activating`, `deactivating`, `inactive`, `failed`, and others that may come. */
  readonly activeState: string
  /** Of its object on the bus. */
  readonly path: string
}

/** What systemd says of itself, and the error in place of what it does not. */
export type Systemd = {
  readonly version: string | CallError
  /** Empty on bare metal. */
  readonly virtualization: string | CallError
  /** `running`, `degraded`, `maintenance` ... */
  readonly systemState: string | CallError
  /** Those in memory, whatever their state. */
  readonly units: readonly Unit[] | CallError
}

/** One round of calls. Throws what the connection throws. */
export async function askSystemd(connection: Connection, signal: AbortSignal): Promise<Systemd> {
  const property = (name: string): MethodCall =>
    propertyCall(destination, managerPath, manager, name)
  const answers = await connection.callAll(
    [
      property('Version'),
      property('Virtualization'),
      property('SystemState'),
      {
        destination,
        path: managerPath,
        interface: manager,
        member: 'ListUnits',
        signature: '',
        args: [],
        returns: 'a(ssssssouso)',
      },
    ],
    signal,
  )
  const [version, virtualization, systemState, list = []] = answers
  return {
    version: textOf(version),
    virtualization: textOf(virtualization),
    systemState: textOf(systemState),
    units: list instanceof CallError ? list : parseUnits(list),
  }
}

/** A property that units of a type have (`Service`, `Socket` ...), or all (`Unit`). */
export function unitCall(unit: Unit, type: string, name: string): MethodCall {
  return propertyCall(destination, unit.path, `${destination}.${type}`, name)
}

/** Rows of name, description, load, active and sub state, unit followed, path, and a job's three. */
function parseUnits([rows]: readonly DBusValue[]): Unit[] {
  return (rows as readonly string[][]).map(
    ([name = '', , loadState = '', activeState = '', ...rest]) => ({
      name,
      loadState,
      activeState,
      path: rest[2] ?? '',
    }),
  )
}
