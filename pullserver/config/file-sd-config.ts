/** Targets in files of their own, which are read again when they change. */
import path from 'node:path'
import { parseYaml, type YamlValue } from '../../shared/yaml.ts'
import { duration, list, type Reader, readFields, string } from './fields.ts'
import { Report } from './report.ts'
import { staticConfig, type TargetGroup } from './static-config.ts'

export type FileSdConfig = {
  /** The last element of a path may hold one `*`. */
  readonly files: readonly string[]
  readonly refreshIntervalMs: number
}

/** Prometheus' own check. */
const validName = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/

const fileName: Reader<string> = (value, report) => {
  const name = string(value, report)
  if (name === undefined || validName.test(name)) return name
  const shown = JSON.stringify(name)
  report.problem(value.at, `path name ${shown} is not valid for file discovery`)
  return undefined
}

const readers = { files: list(fileName), refresh_interval: duration }

export function fileSdConfig(value: YamlValue, report: Report): FileSdConfig {
  const fields = readFields(value, 'file_sd_config', readers, report)
  if (fields.files === undefined) {
    const message = 'file service discovery config must contain at least one path name'
    report.problem(value.at, message)
  }
  return {
    files: fields.files?.value ?? [],
    refreshIntervalMs: fields.refresh_interval?.value || 300_000,
  }
}

/** Relative names start at the folder of the configuration. */
export function resolveFiles(config: FileSdConfig, folder: string): FileSdConfig {
  return { ...config, files: config.files.map((name) => path.resolve(folder, name)) }
}

/** The text of such a file, JSON or YAML. Throws SyntaxError with a line for each problem. */
export function parseTargetFile(text: string, file: string): TargetGroup[] {
  // An empty JSON file is one that is just being written; an empty YAML file is an empty list.
  if (/json$/i.test(file) && text.trim() === '') throw new SyntaxError(`${file}: file is empty`)
  const report = new Report()
  const { value, problems } = parseYaml(text)
  for (const { at, message } of problems) report.problem(at, message)
  const groups =
    value.kind === 'null' || problems.length > 0
      ? []
      : (list(staticConfig, 'nil target group item found')(value, report) ?? [])
  const found = report.problems(file)
  if (found.length > 0) throw new SyntaxError(found.join('\n'))
  return groups.map(({ targets, labels }) => ({
    targets: targets.map((target) => target.value),
    labels,
  }))
}
