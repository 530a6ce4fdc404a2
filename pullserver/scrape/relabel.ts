/**
 * Relabeling: the rules of relabel_configs and metric_relabel_configs applied to one label set.
 * Semantics of Prometheus' model/relabel: rules run in order, the first that drops ends it.
 */
import { createHash } from 'node:crypto'
import { defaultRegex, type RelabelConfig } from '../config/relabel-config.ts'

/** Label names to values; an empty value is as good as no label. */
export type LabelSet = Map<string, string>

/** Changes the labels as the rules say. False when a rule drops them; they are then half changed. */
export function relabel(labels: LabelSet, rules: readonly RelabelConfig[]): boolean {
  for (const rule of rules) {
    if (!applyRule(labels, rule)) return false
  }
  return true
}

function applyRule(labels: LabelSet, rule: RelabelConfig): boolean {
  switch (rule.action) {
    case 'keep':
      return rule.regex.matchesFully(sourceValue(labels, rule))
    case 'drop':
      return !rule.regex.matchesFully(sourceValue(labels, rule))
    case 'keepequal':
      return sourceValue(labels, rule) === (labels.get(rule.targetLabel) ?? '')
    case 'dropequal':
      return sourceValue(labels, rule) !== (labels.get(rule.targetLabel) ?? '')
    default:
      change(labels, rule)
      return true
  }
}

function change(labels: LabelSet, rule: RelabelConfig): void {
  const { action, targetLabel } = rule
  if (action === 'replace') {
    replace(labels, rule)
  } else if (action === 'labelmap') {
    mapNames(labels, rule)
  } else if (action === 'labeldrop' || action === 'labelkeep') {
    selectNames(labels, rule)
  } else {
    set(labels, targetLabel, computed(sourceValue(labels, rule), rule))
  }
}

function computed(value: string, { action, modulus }: RelabelConfig): string {
  if (action === 'hashmod') return hashModulo(value, modulus)
  return action === 'lowercase' ? value.toLowerCase() : value.toUpperCase()
}

function sourceValue(labels: LabelSet, { sourceLabels, separator }: RelabelConfig): string {
  const [only] = sourceLabels
  if (sourceLabels.length === 1 && only !== undefined) return labels.get(only) ?? ''
  return sourceLabels.map((name) => labels.get(name) ?? '').join(separator)
}

function set(labels: LabelSet, name: string, value: string): void {
  if (value === '') labels.delete(name)
  else labels.set(name, value)
}

function replace(labels: LabelSet, rule: RelabelConfig): void {
  const { regex, targetLabel, replacement } = rule
  const value = sourceValue(labels, rule)
  // The two rules that most configurations consist of: copy a label, set a constant.
  const copies = replacement === '$1'
  if (regex.source === defaultRegex && !targetLabel.includes('$')) {
    if (copies || !replacement.includes('$')) {
      set(labels, targetLabel, copies ? value : replacement)
      return
    }
  }
  const name = targetLabel.includes('$') ? regex.expand(value, targetLabel) : targetLabel
  const filled = regex.expand(value, replacement)
  if (filled !== undefined && name !== undefined && name !== '') set(labels, name, filled)
}

function mapNames(labels: LabelSet, { regex, replacement }: RelabelConfig): void {
  for (const [name, value] of [...labels]) {
    const mapped = regex.expand(name, replacement)
    if (mapped !== undefined && mapped !== '') set(labels, mapped, value)
  }
}

function selectNames(labels: LabelSet, { action, regex }: RelabelConfig): void {
  for (const name of [...labels.keys()]) {
    if (regex.matchesFully(name) === (action === 'labeldrop')) labels.delete(name)
  }
}

/** The last eight bytes of the MD5 sum, read as one big-endian number. */
function hashModulo(value: string, modulus: number): string {
  const sum = createHash('md5').update(value).digest()
  return String(sum.readBigUInt64BE(8) % BigInt(modulus))
}
