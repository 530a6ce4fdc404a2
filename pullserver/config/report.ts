/** What reading a configuration found: every problem and warning with its place, and the secrets. */
import type { Position, YamlScalar } from '../../shared/yaml.ts'

type Finding = { readonly at: Position; readonly message: string }

export class Report {
  readonly #problems: Finding[] = []
  readonly #warnings: Finding[] = []
  readonly #secrets: YamlScalar[] = []

  /** The configuration cannot be used. */
  problem(at: Position, message: string): void {
    this.#problems.push({ at, message })
  }

  /** The configuration can be used, but the operator should know. */
  warning(at: Position, message: string): void {
    this.#warnings.push({ at, message })
  }

  /** This scalar must not be shown to anybody. */
  secret(value: YamlScalar): void {
    this.#secrets.push(value)
  }

  /** `FILE:LINE:COLUMN: message` in the order of the file, each once (an alias is read twice). */
  problems(file: string): string[] {
    return located(this.#problems, file)
  }

  warnings(file: string): string[] {
    return located(this.#warnings, file)
  }

  /** The text with `<secret>` in place of each secret. */
  redact(text: string): string {
    let redacted = ''
    let end = 0
    const ordered = this.#secrets.toSorted((a, b) => a.start - b.start)
    for (const secret of ordered) {
      if (secret.start < end) continue
      redacted += `${text.slice(end, secret.start)}<secret>`
      end = secret.end
    }
    return redacted + text.slice(end)
  }
}

function located(findings: readonly Finding[], file: string): string[] {
  const ordered = findings.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
  const lines = ordered.map(({ at, message }) => `${file}:${at.line}:${at.column}: ${message}`)
  return [...new Set(lines)]
}
