/** How a client shows a D-Bus server who it is: SASL EXTERNAL, in lines, before the first message. */

/**
 * The first line. It names nobody: the server then goes by the user that the kernel tells it, which
 * is right also in a container whose user ids are others outside.
 */
export const firstLine = '\0AUTH EXTERNAL\r\n'

/** The line behind which messages follow. */
export const lastLine = 'BEGIN\r\n'

/** Longer lines are no answer to us. */
export const maxLineBytes = 1024

/**
 * What to answer to a line of the server, lastLine when it is content. Throws an Error when it
 * refuses. https://dbus.freedesktop.org/doc/dbus-specification.html#auth-protocol
 */
export function answerTo(line: string): string {
  if (line.startsWith('OK')) return lastLine
  if (line === 'DATA' || line === 'DATA ') return 'DATA\r\n'
  if (line.startsWith('REJECTED')) {
    throw new Error(`the bus does not accept user ${process.geteuid?.()}: ${JSON.stringify(line)}`)
  }
  throw new Error(`the bus answers ${JSON.stringify(line.slice(0, 80))} to the authentication`)
}
