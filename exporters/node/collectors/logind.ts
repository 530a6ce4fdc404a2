/** Sessions of logind, counted by every combination of their attributes. */

import { family } from '../../../shared/exposition/declare.ts'
import { defineCollector } from '../collector.ts'
import { CallError, type Connection } from '../dbus/connection.ts'
import type { MethodCall } from '../dbus/message.ts'
import { propertyCall, propertyOf } from '../dbus/property.ts'
import { systemBus } from '../dbus/system-bus.ts'

const sessions = family(
  'gauge',
  'node_logind_sessions',
  'Sessions by seat, origin, type and class.',
  ['seat', 'remote', 'type', 'class'],
)

/** What logind does not know today counts as the first. */
const types = ['other', 'unspecified', 'tty', 'x11', 'wayland', 'mir', 'web']
const classes = ['other', 'user', 'greeter', 'lock-screen', 'background']

export default defineCollector({
  name: 'logind',
  enabled: false,
  help: 'Sessions, over D-Bus from logind.',
  flags: {},
  families: [sessions],
  start: ({ host }) => ({ bus: systemBus(host.systemBus) }),
  read: ({ state, signal }) => state.bus.use(signal, (connection) => askLogind(connection, signal)),
  stop: ({ bus }) => bus.close(),
  collect({ out, read }) {
    const { seats, counts } = read
    for (const seat of seats) {
      for (const remote of ['true', 'false']) {
        for (const type of types) {
          for (const kind of classes) {
            const count = counts.get(keyOf(seat, remote, type, kind)) ?? 0
            out.add(sessions, count, seat, remote, type, kind)
          }
        }
      }
    }
  },
})

const destination = 'org.freedesktop.login1'

type Sessions = {
  /** The last, without a name, is that of sessions from afar. */
  readonly seats: readonly string[]
  /** Sessions by keyOf; those that nobody has are not in it. */
  readonly counts: ReadonlyMap<string, number>
}

/** Throws a CallError when there are no lists, and what the connection throws. */
async function askLogind(connection: Connection, signal: AbortSignal): Promise<Sessions> {
  const [[seatRows], [sessionRows]] = await Promise.all([
    connection.call(managerCall('ListSeats', 'a(so)'), signal),
    connection.call(managerCall('ListSessions', 'a(susso)'), signal),
  ])
  const rows = sessionRows as readonly [string, number, string, string, string][]
  const paths = rows.map(([, , , , path]) => path)
  const answers = await connection.callAll(paths.flatMap(sessionCalls), signal)
  const counts = new Map<string, number>()
  for (const [index, [, , , seat]] of rows.entries()) {
    const [remote, type, kind] = answers.slice(index * 3, index * 3 + 3).map(propertyOf)
    // It ended in between.
    if ([remote, type, kind].some((value) => value instanceof CallError)) continue
    const key = keyOf(
      seat,
      String(remote),
      known(String(type), types),
      known(String(kind), classes),
    )
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return { seats: [...(seatRows as readonly [string, string][]).map(([seat]) => seat), ''], counts }
}

function managerCall(member: string, returns: string): MethodCall {
  return {
    destination,
    path: '/org/freedesktop/login1',
    interface: `${destination}.Manager`,
    member,
    signature: '',
    args: [],
    returns,
  }
}

function sessionCalls(path: string): MethodCall[] {
  const owner = `${destination}.Session`
  return ['Remote', 'Type', 'Class'].map((name) => propertyCall(destination, path, owner, name))
}

function known(value: string, values: readonly string[]): string {
  return values.includes(value) ? value : 'other'
}

function keyOf(...attributes: [seat: string, remote: string, type: string, kind: string]): string {
  return attributes.join('\0')
}
