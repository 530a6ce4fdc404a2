/**
 * Typed readers for the fields of a configuration. A reader gives the value, or reports what is
 * wrong with it and gives undefined, so that one run finds every error of a file.
 */
import { nearest } from '../../shared/nearest.ts'
import type { Position, YamlMap, YamlValue } from '../../shared/yaml.ts'
import { parseDuration } from './duration.ts'
import type { Report } from './report.ts'

export type Reader<T> = (value: YamlValue, report: Report) => T | undefined

/** A field that was written, with the place of its value. */
export type Field<T> = { readonly value: T; readonly at: Position }

type Readers = Readonly<Record<string, Reader<unknown>>>
export type Fields<R extends Readers> = {
  readonly [Name in keyof R]: R[Name] extends Reader<infer T> ? Field<T> | undefined : never
}

/**
 * Reads a map by one reader per field name. An unknown field is a problem. A field without a value
 * counts as absent, as in Go. `section` names the map in messages: "global", "scrape_config".
 */
export function readFields<R extends Readers>(
  value: YamlValue,
  section: string,
  readers: R,
  report: Report,
): Fields<R> {
  const fields: Record<string, Field<unknown>> = {}
  for (const { key, keyAt, value: written } of entriesOf(value, section, report)) {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (reader === undefined) {
      const meant = nearest(key, Object.keys(readers))
      const hint = meant === undefined ? '' : `; did you mean ${meant}?`
      report.problem(keyAt, `field ${key} not found in ${section}${hint}`)
    } else if (written.kind !== 'null') {
      const read = reader(written, report)
      if (read !== undefined) fields[key] = { value: read, at: written.at }
    }
  }
  return fields as Fields<R>
}

function entriesOf(value: YamlValue, section: string, report: Report): YamlMap['entries'] {
  if (value.kind === 'map') return value.entries
  if (value.kind !== 'null') report.problem(value.at, mismatch(value, `${section} (a map)`))
  return []
}

export const string: Reader<string> = (value, report) => {
  if (value.kind === 'scalar') return value.text
  report.problem(value.at, mismatch(value, 'string'))
  return undefined
}

/** A string that is never shown: blanked in the text that the API gives out. */
export const secret: Reader<string> = (value, report) => {
  if (value.kind === 'scalar') report.secret(value)
  return string(value, report)
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, report) => {
    const text = string(value, report)
    if (text === undefined) return undefined
    const found = allowed.find((candidate) => candidate === text)
    if (found === undefined) {
      report.problem(value.at, `${JSON.stringify(text)} is none of ${allowed.join(', ')}`)
    }
    return found
  }
}

/** The spellings of YAML 1.1, which Prometheus' parser takes. */
export const boolean: Reader<boolean> = (value, report) => {
  const text = value.kind === 'scalar' ? value.text : undefined
  if (text !== undefined && /^(true|True|TRUE|y|Y|yes|Yes|YES|on|On|ON)$/.test(text)) return true
  if (text !== undefined && /^(false|False|FALSE|n|N|no|No|NO|off|Off|OFF)$/.test(text))
    return false
  report.problem(value.at, `${mismatch(value, 'bool')}; want true or false`)
  return undefined
}

/** A whole number from 0 up. */
export const count: Reader<number> = (value, report) => {
  const number = value.kind === 'scalar' && /^\d+$/.test(value.text) ? Number(value.text) : -1
  if (Number.isSafeInteger(number) && number >= 0) return number
  report.problem(value.at, `${mismatch(value, 'uint')}; want a whole number, 0 or more`)
  return undefined
}

/** Milliseconds. */
export const duration: Reader<number> = (value, report) => {
  const text = string(value, report)
  if (text === undefined) return undefined
  try {
    return parseDuration(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const unitless = /^[1-9]\d*$/.test(text) ? `; a unit is missing, as in "${text}s"` : ''
    report.problem(value.at, `${message}${unitless}`)
    return undefined
  }
}

/** Bytes; units count by 1024, as Prometheus has it for 10MB and 10MiB alike. */
export const size: Reader<number> = (value, report) => {
  const text = string(value, report)
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)(?:([KMGTPE])i?)?B$/.exec(text)
  const bytes = Number(match?.[1]) * 1024 ** (' KMGTPE'.indexOf(match?.[2] ?? ' ') || 0)
  if (text === '0') return 0
  if (match !== null && Number.isSafeInteger(Math.floor(bytes))) return Math.floor(bytes)
  report.problem(
    value.at,
    `not a valid size: ${JSON.stringify(text)}; want for example 512KB or 10MB`,
  )
  return undefined
}

/** Each item by the reader; items that are wrong are left out (and reported). */
export function list<T>(reader: Reader<T>, whenNull?: string): Reader<T[]> {
  return (value, report) => {
    if (value.kind !== 'list') {
      report.problem(value.at, mismatch(value, 'a list'))
      return undefined
    }
    const items: T[] = []
    for (const item of value.items) {
      if (item.kind === 'null' && whenNull !== undefined) report.problem(item.at, whenNull)
      const read = item.kind === 'null' && whenNull !== undefined ? undefined : reader(item, report)
      if (read !== undefined) items.push(read)
    }
    return items
  }
}

/** Any keys, each value by the reader. */
export function mapOf<T>(section: string, reader: Reader<T>): Reader<Record<string, T>> {
  return (value, report) => {
    const entries: [string, T][] = []
    for (const { key, value: written } of entriesOf(value, section, report)) {
      const read = reader(written, report)
      if (read !== undefined) entries.push([key, read])
    }
    return Object.fromEntries(entries)
  }
}

/** A part of Prometheus' configuration that we do not have. Written but empty, it asks for nothing. */
export function unsupported(name: string, instead: string): Reader<never> {
  return (value, report) => {
    if (!isHollow(value)) {
      report.problem(value.at, `${name} is not supported in this release; ${instead}`)
    }
    return undefined
  }
}

/** A setting that Prometheus has and that changes nothing here: the operator is told. */
export function withoutEffect(name: string, why: string): Reader<never> {
  return (value, report) => {
    const off = value.kind === 'scalar' && /^(false|0)$/.test(value.text)
    if (!off && !isHollow(value)) report.warning(value.at, `${name} has no effect: ${why}`)
    return undefined
  }
}

/** No scalar anywhere below: what is left when the entries of a template are commented out. */
function isHollow(value: YamlValue): boolean {
  if (value.kind === 'list') return value.items.every(isHollow)
  if (value.kind === 'map') return value.entries.every((entry) => isHollow(entry.value))
  return value.kind === 'null'
}

/** In the words of Go's YAML: cannot unmarshal !!str `x` into int. */
function mismatch(value: YamlValue, wanted: string): string {
  const tag = { scalar: '!!str', null: '!!null', list: '!!seq', map: '!!map' }[value.kind]
  if (value.kind !== 'scalar') return `cannot unmarshal ${tag} into ${wanted}`
  const shown = value.text.length > 60 ? `${value.text.slice(0, 60)}...` : value.text
  return `cannot unmarshal ${tag} \`${shown}\` into ${wanted}`
}
