/** Where the reference folder of the project is, and tests that are skipped, with the reason, without it. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'vitest'

/** The folder with corpora and fixtures: NARTHEX_SHARED, or `shared` beside the repository. */
export function sharedFolder(): string | undefined {
  const folder = process.env['NARTHEX_SHARED'] ?? resolve(import.meta.dirname, '..', '..', 'shared')
  return existsSync(join(folder, 'corpora')) ? folder : undefined
}

/** A test that is handed the shared folder; where there is none it is skipped, and its name says why. */
export function itShared(name: string, check: (folder: string) => void | Promise<void>): void {
  const folder = sharedFolder()
  if (folder === undefined) test.skip(`${name} (no ../shared folder; set NARTHEX_SHARED)`)
  else test(name, () => check(folder))
}

/** Runs `define` with the shared folder; without one, a skipped test says what is missing. */
export function describeShared(name: string, define: (folder: string) => void): void {
  const folder = sharedFolder()
  if (folder === undefined) test.skip(`${name} (no ../shared folder; set NARTHEX_SHARED)`)
  else define(folder)
}
