/** The file below a journal: writes at a position, cuts, makes durable. */

import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsyncSync,
  ftruncate,
  openSync,
  write,
} from 'node:fs'
import { promisify } from 'node:util'

export type JournalFile = {
  /** Writes all bytes at the position; in a durable file they are on the disk when this is done. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(length: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** Opens or makes the file. `durable` costs one trip to the thread pool per write (O_DSYNC). */
export function openJournalFile(path: string, durable: boolean): JournalFile {
  // Where the system has no such flag, each write is followed by a sync.
  const flag: number | undefined = constants.O_DSYNC
  const fd = openSync(
    path,
    constants.O_RDWR | constants.O_CREAT | (durable ? (flag ?? 0) : 0),
    0o600,
  )
  const sync = () => promisify(fdatasync)(fd)
  return {
    async write(bytes, position) {
      for (let at = 0; at < bytes.length; ) {
        at += await writeSome(fd, bytes, at, position + at)
      }
      if (durable && flag === undefined) await sync()
    },
    truncate: (length) => promisify(ftruncate)(fd, length),
    sync,
    close: () => promisify(close)(fd),
  }
}

/** Makes what was written to a file durable, or a rename in a folder. */
export function syncPath(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function writeSome(fd: number, bytes: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, position, (error, written) => {
      if (error === null) resolve(written)
      else reject(error)
    })
  })
}
