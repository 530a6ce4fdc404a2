/**
 * Messages in protobuf's text form, for people: `encoding=text` on lines of its own, indented, and
 * `encoding=compact-text` on one line. Go puts an extra blank here and there, at random, so that nobody
 * relies on its bytes; we put none.
 */
import { formatValue } from './number.ts'
import {
  type Field,
  type Message,
  type MessageType,
  metricTypes,
  type Value,
} from './proto-schema.ts'

/** `name: "x"\nmetric: {\n  ...`, a newline behind each line. */
export function indentedText(type: MessageType, message: Message, indent = ''): string {
  let text = ''
  for (const [field, value] of fieldsOf(type, message)) {
    text += `${indent}${field.name}: `
    if (typeof value !== 'object' || typeof field.kind !== 'object') {
      text += `${scalarText(field, value)}\n`
      continue
    }
    const inside = indentedText(field.kind, value, `${indent}  `)
    text += inside === '' ? '{}\n' : `{\n${inside}${indent}}\n`
  }
  return text
}

/** `name:"x" metric:{...}`. */
export function compactText(type: MessageType, message: Message): string {
  const parts: string[] = []
  for (const [field, value] of fieldsOf(type, message)) {
    const isMessage = typeof value === 'object' && typeof field.kind === 'object'
    const text = isMessage ? `{${compactText(field.kind, value)}}` : scalarText(field, value)
    parts.push(`${field.name}:${text}`)
  }
  return parts.join(' ')
}

/** The fields that are there, repeated ones once for each of their values. */
function* fieldsOf(type: MessageType, message: Message): Generator<[Field, Value]> {
  for (const field of type.fields) {
    const value = message[field.name]
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? (value as readonly Value[]) : [value as Value]) {
      if (!field.omitsZero || Number(one) !== 0) yield [field, one]
    }
  }
}

function scalarText({ kind }: Field, value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (kind === 'double') return floatText(Number(value))
  return (kind === 'type' ? metricTypes[Number(value)] : undefined) ?? String(value)
}

/** As in the text format, but for NaN, the infinities and the zero below zero. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0'
  if (Number.isNaN(value)) return 'nan'
  if (Number.isFinite(value)) return formatValue(value)
  return value > 0 ? 'inf' : '-inf'
}

/** Go's prototext: control characters are escaped, all other text stays as it is. */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be escaped
  const escaped = text.replaceAll(/["\\\u0000-\u001f\u007f-\u009f]/g, (char) => {
    const short = shortEscapes[char]
    if (short !== undefined) return short
    const code = char.charCodeAt(0)
    const hex = code.toString(16)
    return code < 0x80 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`
  })
  return `"${escaped}"`
}

const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}
