/** The pieces of a text page (0.0.4): what stands above a family and in front of a value. */
import type { LabelPair, MetricType } from './family.ts'
import {
  type EscapingScheme,
  escapeWrittenName,
  isValidLabelName,
  isValidMetricName,
} from './names.ts'

/** `# HELP` (also when it is empty, not when it is absent) and `# TYPE`, each with its newline. */
export function textHeader(
  family: { name: string; help?: string | undefined; type: MetricType },
  escaping: EscapingScheme,
): string {
  const escaped = escapeWrittenName(family.name, escaping)
  const name = isValidMetricName(escaped, 'legacy') ? escaped : `"${escapeQuoted(escaped)}"`
  const help = family.help === undefined ? '' : `# HELP ${name} ${escapeHelp(family.help)}\n`
  return `${help}# TYPE ${name} ${textTypes[family.type]}\n`
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
    inside += textLabel(label, escaping)
  }
  return plain ? `${escaped}{${inside}}` : `{${inside}}`
}

/** The names that the text format has for types it does not know are those client_python writes. */
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

function textLabel(label: LabelPair, escaping: EscapingScheme): string {
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
