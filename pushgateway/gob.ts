/**
 * Reads Go's encoding/gob, as far as the Go Pushgateway uses it in its file: one value, behind the
 * types it is made of. The format is described in the documentation of the Go package encoding/gob.
 * Kinds that such a file only mentions (floats, booleans, interfaces) are passed over in types and
 * refused in values.
 */

import { GobReader } from './gob-reader.ts'

/** Strings come as bytes, since Go's may hold any; so does what encodes itself, such as a time. */
export type GobValue = number | Buffer | readonly GobValue[] | GobMap | GobStruct

/** In the order of the file, which in Go is any. */
export type GobMap = { readonly pairs: readonly (readonly [key: GobValue, value: GobValue])[] }

/** By name. A field that is zero or empty is not in the file, and so not here. */
export type GobStruct = { readonly fields: ReadonlyMap<string, GobValue> }

/** The value of a whole file. Throws a GobError, which names the byte. */
export function readGob(content: Buffer): GobValue {
  const reader = new GobReader(content)
  const types = new Map(builtIn)
  while (reader.at < content.length) {
    reader.end = content.length
    const length = reader.length(1)
    reader.end = reader.at + length
    const id = reader.int()
    if (id < 0) {
      if (types.has(-id)) reader.fail(`type ${-id} is defined twice`)
      types.set(-id, readType(reader, types))
    } else {
      // A value that is no struct is written like the first field of one.
      if (types.get(id)?.kind !== 'struct' && reader.uint() !== 0) reader.fail('no value begins')
      const value = readValue(reader, types, id, 0)
      if (reader.at !== reader.end) reader.fail('a message goes on behind its value')
      if (reader.at !== content.length) reader.fail('the file goes on behind its value')
      return value
    }
    if (reader.at !== reader.end) reader.fail('a message goes on behind its type')
  }
  return reader.fail('the file ends before its value')
}

type GobType =
  | { readonly kind: 'int' | 'bytes' }
  | { readonly kind: 'struct'; readonly fields: readonly { name: string; type: number }[] }
  | { readonly kind: 'slice'; readonly element: number }
  | { readonly kind: 'map'; readonly key: number; readonly element: number }
  | { readonly kind: 'other'; readonly name: string }

type Types = ReadonlyMap<number, GobType>

const int = 2
const bytes = 5
const string = 6
const fieldList = 22

/** The types every reader knows, by the numbers that Go gives them; 16 and above describe types. */
const builtIn: Types = new Map<number, GobType>([
  [1, { kind: 'other', name: 'bool' }],
  [int, { kind: 'int' }],
  [3, { kind: 'other', name: 'uint' }],
  [4, { kind: 'other', name: 'float' }],
  [bytes, { kind: 'bytes' }],
  [string, { kind: 'bytes' }],
  [7, { kind: 'other', name: 'complex' }],
  [8, { kind: 'other', name: 'interface' }],
  // One of these fields is there, and says what kind of type it is.
  [16, struct('ArrayT', 17, 'SliceT', 19, 'StructT', 20, 'MapT', 23, ...selfEncoded())],
  [17, struct('CommonType', 18, 'Elem', int, 'Len', int)],
  [18, struct('Name', string, 'Id', int)],
  [19, struct('CommonType', 18, 'Elem', int)],
  [20, struct('CommonType', 18, 'Field', fieldList)],
  [21, struct('Name', string, 'Id', int)],
  [fieldList, { kind: 'slice', element: 21 }],
  [23, struct('CommonType', 18, 'Key', int, 'Elem', int)],
  [24, struct('CommonType', 18)],
])

function selfEncoded(): (string | number)[] {
  return ['GobEncoderT', 24, 'BinaryMarshalerT', 24, 'TextMarshalerT', 24]
}

function struct(...namesAndTypes: readonly (string | number)[]): GobType {
  const fields: { name: string; type: number }[] = []
  for (let i = 0; i < namesAndTypes.length; i += 2) {
    fields.push({ name: String(namesAndTypes[i]), type: Number(namesAndTypes[i + 1]) })
  }
  return { kind: 'struct', fields }
}

/** A type comes as a value of type 16. */
function readType(reader: GobReader, types: Types): GobType {
  const described = fieldsOf(readValue(reader, types, 16, 0))
  const [[name, value] = ['', 0]] = described
  const parts = fieldsOf(value)
  const number = (part: string): number => Number(parts.get(part) ?? 0)
  switch (name) {
    case 'StructT': {
      const list = parts.get('Field')
      const fields = Array.isArray(list) ? list.map(fieldsOf) : []
      return { kind: 'struct', fields: fields.map(readField) }
    }
    case 'SliceT':
      return { kind: 'slice', element: number('Elem') }
    case 'MapT':
      return { kind: 'map', key: number('Key'), element: number('Elem') }
    case 'GobEncoderT':
    case 'BinaryMarshalerT':
    case 'TextMarshalerT':
      return { kind: 'bytes' }
    default:
      return { kind: 'other', name: name === 'ArrayT' ? 'array' : 'type without a kind' }
  }
}

function readField(parts: ReadonlyMap<string, GobValue>): { name: string; type: number } {
  return { name: String(parts.get('Name') ?? ''), type: Number(parts.get('Id') ?? 0) }
}

function fieldsOf(value: GobValue): ReadonlyMap<string, GobValue> {
  return isStruct(value) ? value.fields : new Map()
}

export function isStruct(value: GobValue): value is GobStruct {
  return typeof value === 'object' && 'fields' in value
}

export function isMap(value: GobValue): value is GobMap {
  return typeof value === 'object' && 'pairs' in value
}

/** Go's own types nest four deep here; a type that holds itself can be made to nest for ever. */
const deepest = 32

function readValue(reader: GobReader, types: Types, id: number, depth: number): GobValue {
  if (depth > deepest) return reader.fail(`values are nested more than ${deepest} deep`)
  const type = types.get(id)
  const inner = (innerId: number): GobValue => readValue(reader, types, innerId, depth + 1)
  switch (type?.kind) {
    case 'int':
      return reader.int()
    case 'bytes':
      return reader.bytes()
    case 'slice':
      return Array.from({ length: reader.length(1) }, () => inner(type.element))
    case 'map': {
      const count = reader.length(2)
      return { pairs: Array.from({ length: count }, () => [inner(type.key), inner(type.element)]) }
    }
    case 'struct': {
      const fields = new Map<string, GobValue>()
      for (let at = -1, step = reader.uint(); step !== 0; step = reader.uint()) {
        at += step
        const field = type.fields[at]
        if (field === undefined) return reader.fail(`a struct has no field ${at}`)
        fields.set(field.name, inner(field.type))
      }
      return { fields }
    }
    default:
      return reader.fail(`a value of type ${type?.name ?? id} does not belong here`)
  }
}
