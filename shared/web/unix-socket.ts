/** Clears the way for a unix socket: one left behind by a crash is removed, a living one is not. */
import { existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'

/** Throws when the path cannot be had: its folder is missing, or something other than a dead socket is there. */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) {
    // Left to bind, this would come back as EACCES: libuv does not tell the two apart.
    if (!existsSync(dirname(path))) throw new Error('its folder does not exist; create it')
    return
  }
  if (!found.isSocket()) throw new Error('a file is in the way and it is no socket; remove it')
  if (await answers(path)) {
    throw new Error('another process already listens there; stop it or choose another path')
  }
  unlinkSync(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(false)
      else reject(error)
    })
  })
}
