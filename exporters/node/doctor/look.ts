/** The doctor's eyes: questions to the file system that are answered with nothing where it refuses. */

import { existsSync, readdirSync, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs'

/** Magic numbers of statfs(2), from linux/magic.h. */
const magics: Readonly<Record<number, string>> = { 40864: 'proc', 1650812274: 'sysfs' }

export type Look = {
  text(path: string): string | undefined
  /** Where a link points. */
  link(path: string): string | undefined
  names(folder: string): readonly string[] | undefined
  isFolder(path: string): boolean
  exists(path: string): boolean
  /** `proc`, `sysfs`, or another file system. */
  fileSystem(path: string): string | undefined
}

export const look: Look = {
  text: (path) => ifAny(() => readFileSync(path, 'utf8')),
  link: (path) => ifAny(() => readlinkSync(path)),
  names: (folder) => ifAny(() => readdirSync(folder)),
  isFolder: (path) => ifAny(() => statSync(path).isDirectory()) ?? false,
  exists: existsSync,
  fileSystem: (path) => ifAny(() => magics[statfsSync(path).type] ?? 'other'),
}

function ifAny<Value>(ask: () => Value): Value | undefined {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined
    throw error
  }
}
