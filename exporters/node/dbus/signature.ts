/** The type signatures of D-Bus: where one type ends, and how its values are aligned. */

/** What comes over the wire, or goes: every integer is a number, as a sample has no more precision. */
export type DBusValue = number | boolean | string | Variant | readonly DBusValue[]

/** A value that brings its own type. */
export type Variant = { readonly type: string; readonly value: DBusValue }

/** A message, or a part of one, that no bus may send. */
export class MalformedMessage extends Error {
  override name = 'MalformedMessage'
}

/** Arrays and structs may nest this deep each; the specification says 32, and variants may add to it. */
export const maxDepth = 64

const maxSignatureBytes = 255

const alignments: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  b: 4,
  i: 4,
  u: 4,
  h: 4,
  s: 4,
  o: 4,
  a: 4,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
}

/** To a multiple of how many bytes the type that begins with this character is padded. */
export function alignmentOf(type: string): number {
  return alignments[type] ?? malformed(type)
}

/**
 * Where the complete type that starts at `at` ends. Throws a MalformedMessage when there is none.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#type-system
 */
export function typeEnd(signature: string, at: number, depth = 0): number {
  if (depth > maxDepth) return malformed(signature)
  const type = signature.charAt(at)
  if (type === 'a') {
    if (signature[at + 1] !== '{') return typeEnd(signature, at + 1, depth + 1)
    const end = typeEnd(signature, typeEnd(signature, at + 2, depth + 1), depth + 1)
    return signature[end] === '}' ? end + 1 : malformed(signature)
  }
  if (type === '(') {
    let end = at + 1
    do end = typeEnd(signature, end, depth + 1)
    while (signature[end] !== ')')
    return end + 1
  }
  // A dict entry stands in an array or nowhere.
  return type !== '{' && type in alignments ? at + 1 : malformed(signature)
}

/** Throws a MalformedMessage unless the text is any number of complete types. */
export function checkSignature(signature: string): void {
  if (signature.length > maxSignatureBytes) malformed(signature)
  for (let at = 0; at < signature.length; ) at = typeEnd(signature, at)
}

function malformed(signature: string): never {
  throw new MalformedMessage(`${JSON.stringify(signature.slice(0, 40))} is no D-Bus signature`)
}
