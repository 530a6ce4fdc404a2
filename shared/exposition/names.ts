/** Which metric and label names are valid, and how a name is escaped for a reader that takes less. */

/** `legacy`: letters, digits, underscore (and colon in metric names). `utf8`: anything not empty. */
export type NameScheme = 'legacy' | 'utf8'

export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values'

export function isValidMetricName(name: string, scheme: NameScheme): boolean {
  return scheme === 'legacy' ? legacyMetricName.test(name) : name !== '' && name.isWellFormed()
}

export function isValidLabelName(name: string, scheme: NameScheme): boolean {
  return scheme === 'legacy' ? legacyLabelName.test(name) : name !== '' && name.isWellFormed()
}

/**
 * The name under one of the four schemes of the `escaping` parameter. Two names may become one;
 * nobody checks, as upstream. `dots` rewrites legacy names too (a_b becomes a__b), so a writer asks
 * escapeWrittenName() instead.
 */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (name === '' || scheme === 'allow-utf-8') return name
  if (scheme === 'dots') return escapeToDots(name)
  if (legacyMetricName.test(name)) return name
  return scheme === 'underscores' ? mapPoints(name, () => '_') : `U__${escapeToValues(name)}`
}

/** The name as a page shows it: legacy names (colons allowed, for labels too) are never touched. */
export function escapeWrittenName(name: string, scheme: EscapingScheme): string {
  return legacyMetricName.test(name) ? name : escapeName(name, scheme)
}

const legacyMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const legacyLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const legacyFirst = /^[a-zA-Z_:]$/
const legacyRest = /^[a-zA-Z0-9_:]$/

function escapeToDots(name: string): string {
  let first = true
  let escaped = ''
  for (const point of name) {
    if (point === '_') escaped += '__'
    else if (point === '.') escaped += '_dot_'
    else escaped += (first ? legacyFirst : legacyRest).test(point) ? point : '__'
    first = false
  }
  return escaped
}

function escapeToValues(name: string): string {
  let first = true
  let escaped = ''
  // A byte sequence that is not UTF-8 arrives as U+FFFD, which is also what upstream writes for it.
  for (const point of name.toWellFormed()) {
    if (point === '_') escaped += '__'
    else if ((first ? legacyFirst : legacyRest).test(point)) escaped += point
    else escaped += `_${point.codePointAt(0)?.toString(16)}_`
    first = false
  }
  return escaped
}

/** Replaces each code point that a legacy metric name may not have at its place. */
function mapPoints(name: string, replace: (point: string) => string): string {
  let mapped = ''
  for (const point of name) {
    mapped += (mapped === '' ? legacyFirst : legacyRest).test(point) ? point : replace(point)
  }
  return mapped
}
