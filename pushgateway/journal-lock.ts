/**
 * Keeps two gateways from writing to one file. The lock is a socket in the kernel's abstract name
 * space, so it is gone with its process, however that ends; a lock file would stay after a crash.
 */

import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, resolve } from 'node:path'

/** Holds the lock while this process lives. Throws when another process has it. Linux only. */
export async function lockJournal(path: string): Promise<void> {
  if (process.platform !== 'linux') return
  const full = resolve(path)
  const folder = statSync(dirname(full), { throwIfNoEntry: false })
  // Without a folder there is no file either, which opening it will say better.
  if (folder === undefined) return
  const server = createServer((socket) => socket.destroy())
  server.listen({ path: `\0narthex-pushgateway-${folder.dev}-${folder.ino}-${basename(full)}` })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(
      `cannot use --persistence.file=${JSON.stringify(path)}: another gateway uses it; stop that one, or choose another file`,
      { cause: error },
    )
  }
  server.unref()
}
