/** The attributes of sysfs as numbers and texts, by the rules of the original. */

import { NoData } from './collector.ts'
import type { Host } from './host.ts'

/** Names in a folder of devices. Throws NoData when it is not there or not for us. */
export function listDevices(host: Host, folder: string): string[] {
  if (!host.hasSys(folder)) throw new NoData(`there is no ${folder} in sysfs`)
  const names = answerUnless(['EACCES', 'EPERM'], () => host.sysList(folder))
  if (names === undefined) throw new NoData(`${folder} in sysfs may not be read`)
  return names
}

/** What read gives; undefined when the system refuses with one of these codes. */
export function answerUnless<T>(codes: readonly string[], read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && codes.includes(String(error.code))) {
      return undefined
    }
    throw error
  }
}

/** The attribute's text. Throws when it is missing. */
export function requiredText(host: Host, path: string): string {
  const text = host.sysText(path)
  if (text === undefined) throw new Error(`open ${path}: no such file or directory`)
  return text
}

/** The attribute as a whole number that is not negative. Throws when it is missing or another. */
export function requiredCount(host: Host, path: string): number {
  return parseCount(requiredText(host, path), path)
}

/** Like requiredCount, undefined when there is no such attribute. */
export function optionalCount(host: Host, path: string): number | undefined {
  const text = host.sysText(path)
  return text === undefined ? undefined : parseCount(text, path)
}

/** Decimal digits. `path` is for the message. */
export function parseCount(text: string, path: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new SyntaxError(`${path}: expected a number, got ${JSON.stringify(text.slice(0, 80))}`)
}

/** Decimal digits with a sign before them, if any; undefined for anything else. */
export function parseInteger(text: string): number | undefined {
  return /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

/** A whole number whose base its prefix tells: 0x1f, 0b1, 0o17 and 017; undefined for anything else. */
export function parsePrefixed(text: string): number | undefined {
  const [, sign = '', octal, other] =
    /^([+-]?)(?:0o?_?([0-7_]+)|(0|[1-9][\d_]*|0x[\da-f_]+|0b[01_]+))$/i.exec(text) ?? []
  const digits = octal === undefined ? other : `0o${octal}`
  if (digits === undefined || /__|_$/.test(digits)) return undefined
  const value = Number(digits.replaceAll('_', ''))
  return sign === '-' ? -value : value
}
