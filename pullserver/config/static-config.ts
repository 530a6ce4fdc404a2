/** Targets written down in the configuration, with the labels they share. */
import type { YamlValue } from '../../shared/yaml.ts'
import { type Field, list, mapOf, type Reader, readFields, string } from './fields.ts'
import type { Report } from './report.ts'

/** What any discovery yields: addresses and the labels all of them get. */
export type TargetGroup = {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** The addresses keep their places until it is known whether relabeling may still repair them. */
export type StaticConfig = {
  readonly targets: readonly Field<string>[]
  readonly labels: Readonly<Record<string, string>>
}

const placedString: Reader<Field<string>> = (value, report) => {
  const text = string(value, report)
  return text === undefined ? undefined : { value: text, at: value.at }
}

export const labelMap: Reader<Record<string, string>> = (value, report) => {
  const labels = mapOf('labels', string)(value, report)
  if (labels !== undefined && '' in labels) {
    report.problem(value.at, '"" is not a valid label name')
  }
  return labels
}

export function staticConfig(value: YamlValue, report: Report): StaticConfig {
  const readers = { targets: list(placedString), labels: labelMap }
  const fields = readFields(value, 'static_config', readers, report)
  return { targets: fields.targets?.value ?? [], labels: fields.labels?.value ?? {} }
}
