/** The lines of a page but for their values: what stands above a family and in front of a number. */
import type { LabelPair, MetricType } from './family.ts'
import {
  type EscapingScheme,
  escapeWrittenName,
  isValidLabelName,
  isValidMetricName,
} from './names.ts'

/** What a header tells of a family. */
export type Described = {
  name: string
  help?: string | undefined
  type: MetricType
  unit?: string | undefined
}

/** `# HELP` (also when it is empty, not when it is absent) and `# TYPE`, each with its newline. */
export function textHeader(family: Described, escaping: EscapingScheme): string {
  const name = headerName(family.name, escaping)
  const help = family.help === undefined ? '' : `# HELP ${name} ${escapeHelp(family.help)}\n`
  return `${help}# TYPE ${name} ${textTypes[family.type]}\n`
}

/**
 * As textHeader(), with `# UNIT` where there is one. A counter is named without its `_total`, an info
 * without its `_info`; one that has no such suffix is `unknown`.
 */
export function openMetricsHeader(family: Described, escaping: EscapingScheme): string {
  const suffix = requiredSuffixes[family.type]
  const fits = suffix === undefined || family.name.endsWith(suffix)
  const short = fits && suffix !== undefined ? family.name.slice(0, -suffix.length) : family.name
  const name = headerName(short, escaping)
  const type = fits ? family.type : 'unknown'
  const help = family.help === undefined ? '' : `# HELP ${name} ${escapeQuoted(family.help)}\n`
  const unit = family.unit === undefined ? '' : `# UNIT ${name} ${escapeQuoted(family.unit)}\n`
  return `${help}# TYPE ${name} ${type}\n${unit}`
}

/**
 * Name and labels of a sample, in the given order: `name{a="b"}`, or `{"my.name",a="b"}` where the
 * name needs quotes.
 */
export function textSeries(
  name: string,
  labels: readonly LabelPair[],
  escaping: EscapingScheme,
): string {
  return new SeriesText(escaping).write(name, labels)
}

/** Writes many samples as textSeries() does one, and looks at each name only once. */
export class SeriesText {
  readonly #escaping: EscapingScheme
  /** By name: a sample without labels, and the text before the first label. */
  readonly #metrics = new Map<string, { readonly bare: string; readonly open: string }>()
  /** By name: the text before the label's value. */
  readonly #labels = new Map<string, string>()

  constructor(escaping: EscapingScheme) {
    this.#escaping = escaping
  }

  write(name: string, labels: readonly LabelPair[]): string {
    const { bare, open } = this.#metrics.get(name) ?? this.#metric(name)
    if (labels.length === 0) return bare
    let text = open
    let before = ''
    for (const label of labels) {
      text += before + (this.#labels.get(label.name) ?? this.#label(label.name))
      text += escapeQuoted(this.#valueOf(label))
      before = '",'
    }
    return `${text}"}`
  }

  #metric(name: string): { bare: string; open: string } {
    const escaped = escapeWrittenName(name, this.#escaping)
    const quoted = `{"${escapeQuoted(escaped)}"`
    const written = isValidMetricName(escaped, 'legacy')
      ? { bare: escaped, open: `${escaped}{` }
      : { bare: `${quoted}}`, open: `${quoted},` }
    remember(this.#metrics, name, written)
    return written
  }

  #label(name: string): string {
    const escaped = escapeWrittenName(name, this.#escaping)
    // Upstream checks against the metric names and so writes a:b bare, which Prometheus then refuses.
    const isPlain = isValidLabelName(escaped, 'legacy')
    const written = isPlain ? `${escaped}="` : `"${escapeQuoted(escaped)}"="`
    remember(this.#labels, name, written)
    return written
  }

  #valueOf({ name, value }: LabelPair): string {
    return name === '__name__' ? escapeWrittenName(value, this.#escaping) : value
  }
}

/** Pages have few names; where they come from pushes, they could be new ones for ever. */
function remember<T>(known: Map<string, T>, name: string, written: T): void {
  if (known.size >= 10_000) known.clear()
  known.set(name, written)
}

/** The last line of an OpenMetrics page. */
export const endOfPage = '# EOF\n'

/** The text format has no info and stateset; client_python writes them as gauges. */
const textTypes: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
  unknown: 'untyped',
}

/** What OpenMetrics has at the end of every sample of the type, and not in the family's name. */
const requiredSuffixes: Readonly<Partial<Record<MetricType, string>>> = {
  counter: '_total',
  info: '_info',
}

function headerName(name: string, escaping: EscapingScheme): string {
  const escaped = escapeWrittenName(name, escaping)
  return isValidMetricName(escaped, 'legacy') ? escaped : `"${escapeQuoted(escaped)}"`
}

/** Only backslash and newline: quotes, tabs and CR stand in HELP as they are. */
function escapeHelp(text: string): string {
  return /[\\\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text
}

function escapeQuoted(text: string): string {
  return special.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
}

const special = /[\\\n"]/
