/** One rule of relabel_configs or metric_relabel_configs, checked as Prometheus checks it. */
import { compileRe2, type Re2 } from '../../shared/re2.ts'
import type { Position, YamlValue } from '../../shared/yaml.ts'
import { count, type Fields, list, type Reader, readFields, string } from './fields.ts'
import type { Report } from './report.ts'

const actions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

export type RelabelAction = (typeof actions)[number]

export type RelabelConfig = {
  readonly action: RelabelAction
  readonly sourceLabels: readonly string[]
  readonly separator: string
  /** Always matched against the whole text, with `.` matching any character. */
  readonly regex: Re2
  readonly modulus: number
  readonly targetLabel: string
  readonly replacement: string
}

export const defaultRegex = '(.*)'
const defaultReplacement = '$1'

const action: Reader<RelabelAction> = (value, report) => {
  const text = string(value, report)
  const known = actions.find((candidate) => candidate === text?.toLowerCase())
  if (text === undefined) return undefined
  if (known === undefined) {
    report.problem(value.at, `unknown relabel action ${JSON.stringify(text)}`)
  }
  // `keep` has no checks of its own, so that one mistake is one message.
  return known ?? 'keep'
}

const regex: Reader<Re2> = (value, report) => {
  const source = string(value, report)
  if (source === undefined) return undefined
  try {
    return compileRe2(source)
  } catch (error) {
    report.problem(value.at, error instanceof Error ? error.message : String(error))
    return undefined
  }
}

const readers = {
  action,
  source_labels: list(string),
  separator: string,
  regex,
  modulus: count,
  target_label: string,
  replacement: string,
}

export function relabelConfig(value: YamlValue, report: Report): RelabelConfig {
  const fields = readFields(value, 'relabel_config', readers, report)
  const kind = fields.action?.value ?? 'replace'
  const check = checks[kind]
  check(kind, fields, value.at, report)
  return {
    action: kind,
    sourceLabels: fields.source_labels?.value ?? [],
    separator: fields.separator?.value ?? ';',
    regex: fields.regex?.value ?? compileRe2(defaultRegex),
    modulus: fields.modulus?.value ?? 0,
    targetLabel: fields.target_label?.value ?? '',
    replacement: fields.replacement?.value ?? defaultReplacement,
  }
}

type Check = (
  action: RelabelAction,
  fields: Fields<typeof readers>,
  at: Position,
  report: Report,
) => void

const needsTarget: Check = (action, fields, at, report) => {
  if ((fields.target_label?.value ?? '') !== '') return
  const place = fields.action?.at ?? at
  report.problem(place, `relabel configuration for ${action} action requires 'target_label' value`)
}

const changesCase: Check = (action, fields, at, report) => {
  needsTarget(action, fields, at, report)
  if (fields.replacement === undefined || fields.replacement.value === defaultReplacement) return
  report.problem(fields.replacement.at, `'replacement' can not be set for ${action} action`)
}

const comparesLabels: Check = (action, fields, at, report) => {
  needsTarget(action, fields, at, report)
  const others = [fields.regex, fields.modulus, fields.separator, fields.replacement]
  for (const other of others) {
    if (other === undefined) continue
    const message = `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`
    report.problem(other.at, message)
    return
  }
}

const selectsNames: Check = (action, fields, _at, report) => {
  const { source_labels, target_label, modulus, separator, replacement } = fields
  for (const other of [source_labels, target_label, modulus, separator, replacement]) {
    if (other === undefined) continue
    report.problem(other.at, `${action} action requires only 'regex', and no other fields`)
    return
  }
}

const hashes: Check = (action, fields, at, report) => {
  needsTarget(action, fields, at, report)
  if ((fields.modulus?.value ?? 0) > 0) return
  const place = fields.modulus?.at ?? fields.action?.at ?? at
  report.problem(place, 'relabel configuration for hashmod requires non-zero modulus')
}

const mapsNames: Check = (action, fields, at, report) => {
  if (fields.replacement?.value !== '') return
  report.problem(fields.replacement.at ?? at, `"" is invalid 'replacement' for ${action} action`)
}

const nothing: Check = () => undefined

/** Names are UTF-8 here, so every `target_label` that is not empty is a valid one. */
const checks: Readonly<Record<RelabelAction, Check>> = {
  replace: needsTarget,
  keep: nothing,
  drop: nothing,
  keepequal: comparesLabels,
  dropequal: comparesLabels,
  hashmod: hashes,
  labelmap: mapsNames,
  labeldrop: selectsNames,
  labelkeep: selectsNames,
  lowercase: changesCase,
  uppercase: changesCase,
}
