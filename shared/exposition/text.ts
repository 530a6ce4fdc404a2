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
  const escaped = escapeWrittenName(name, escaping)
  const plain = isValidMetricName(escaped, 'legacy')
  if (plain && labels.length === 0) return escaped
  let inside = plain ? '' : `"${escapeQuoted(escaped)}"`
  for (const label of labels) {
    if (inside !== '') inside += ','
    inside += labelText(label, escaping)
  }
  return plain ? `${escaped}{${inside}}` : `{${inside}}`
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

function labelText(label: LabelPair, escaping: EscapingScheme): string {
  const name = escapeWrittenName(label.name, escaping)
  // Upstream checks against the metric names and so writes a:b bare, which Prometheus then refuses.
  const quoted = isValidLabelName(name, 'legacy') ? name : `"${escapeQuoted(name)}"`
  const value = label.name === '__name__' ? escapeWrittenName(label.value, escaping) : label.value
  return `${quoted}="${escapeQuoted(value)}"`
}

/** Only backslash and newline: quotes, tabs and CR stand in HELP as they are. */
function escapeHelp(text: string): string {
  return /[\\\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text
}

function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
}
