/**
 * Reads a whole file that may be anything by now. Opening a pipe waits for its writer, and reading a
 * device may never end, so neither is waited for: trees under the --path flags and textfiles are made by
 * others.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

/** Opening a pipe does not wait; to a file of proc, sysfs or a disk it makes no difference. */
export const openFlags = constants.O_RDONLY | constants.O_NONBLOCK

/** More than any file that collectors read; /proc/net/tcp has this much with 1.7 million sockets. */
export const maxFileBytes = 256 * 1024 * 1024

/** Throws what the system refuses with, and for what is no regular file. */
export function readRegularFile(path: string): Buffer {
  const fd = openSync(path, openFlags)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile() || stats.size > maxFileBytes) throw tooLarge(path)
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** What is thrown for a file beyond maxFileBytes, or one that is no regular file and does not end. */
export function tooLarge(path: string): RangeError {
  return new RangeError(`read ${path}: no regular file of at most ${maxFileBytes} bytes`)
}
