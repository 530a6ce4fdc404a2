/**
 * YAML as a tree of strings, lists and maps in which everything knows its line and column.
 *
 * The failsafe schema leaves every scalar the text that was written: `yes` in a label stays "yes"
 * and `017` stays "017", as in Go, where the type of the field decides and not the look of the value.
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'

/** Line and column count from 1, offsets from 0 in UTF-16 units. */
export type Position = { readonly line: number; readonly column: number }

/** Where a scalar stands in the text, so that a secret can be blanked. */
type Range = { readonly start: number; readonly end: number }

export type YamlScalar = Range & {
  readonly kind: 'scalar'
  readonly text: string
  readonly at: Position
}
/** `key:` without a value, `~` or `null`. */
export type YamlNull = { readonly kind: 'null'; readonly at: Position }
export type YamlList = {
  readonly kind: 'list'
  readonly items: readonly YamlValue[]
  readonly at: Position
}
export type YamlEntry = {
  readonly key: string
  readonly keyAt: Position
  readonly value: YamlValue
}
export type YamlMap = {
  readonly kind: 'map'
  readonly entries: readonly YamlEntry[]
  readonly at: Position
}
export type YamlValue = YamlScalar | YamlNull | YamlList | YamlMap

export type YamlProblem = { readonly at: Position; readonly message: string }

/** More nodes than this come only from aliases that multiply each other, deeper ones from a loop. */
const maxNodes = 200_000
const maxDepth = 100

/**
 * Reads one document. All syntax errors and duplicate keys are in `problems`; with any of them the
 * value is not to be used. Anchors, aliases and `<<` merge keys are resolved.
 */
export function parseYaml(text: string): { value: YamlValue; problems: YamlProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    // A tag such as !!int changes nothing: the type of the field decides.
    resolveKnownTags: false,
  })
  const reader = new Reader((offset) => positionAt(lines, offset))
  for (const error of document.errors) reader.refuse(error.pos[0], syntaxMessage(error))
  return { value: reader.read(document.contents, 0), problems: reader.problems }
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function syntaxMessage(error: YAMLError): string {
  if (error.code === 'TAB_AS_INDENT') return 'yaml: found a tab where indentation needs spaces'
  if (error.code === 'MULTIPLE_DOCS')
    return 'yaml: one document wanted, found a second one after ---'
  const message = error.message.charAt(0).toLowerCase() + error.message.slice(1)
  return `yaml: ${message}`
}

class Reader {
  readonly problems: YamlProblem[] = []
  /** Each anchor as last defined in the order of the document, which is what an alias means. */
  readonly #anchors = new Map<string, ParsedNode>()
  readonly #position: (offset: number) => Position
  #nodes = 0
  #depth = 0

  constructor(position: (offset: number) => Position) {
    this.#position = position
  }

  refuse(offset: number, message: string): void {
    this.problems.push({ at: this.#position(offset), message })
  }

  read(node: ParsedNode | null, offset: number): YamlValue {
    const start = node?.range[0] ?? offset
    if (this.#nodes > maxNodes) return { kind: 'null', at: this.#position(start) }
    this.#nodes++
    if (this.#nodes > maxNodes || this.#depth > maxDepth) {
      this.#nodes = maxNodes + 1
      this.refuse(start, 'yaml: document contains excessive aliasing or nesting')
    }
    this.#depth++
    const value = this.#convert(node, start)
    this.#depth--
    return value
  }

  #convert(node: ParsedNode | null, start: number): YamlValue {
    const at = this.#position(start)
    if (node !== null && !isAlias(node) && node.anchor) this.#anchors.set(node.anchor, node)
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source)
      if (target !== undefined) return this.read(target, start)
      this.refuse(start, `yaml: unknown anchor "${node.source}" referenced`)
      return { kind: 'null', at }
    }
    if (isMap(node)) return { kind: 'map', at, entries: this.#entries(node as YAMLMap.Parsed) }
    if (isSeq(node)) {
      const items = node.items as ParsedNode[]
      return { kind: 'list', at, items: items.map((item) => this.read(item, start)) }
    }
    if (!isScalar(node) || isNull(node)) return { kind: 'null', at }
    return { kind: 'scalar', text: String(node.value), at, start, end: node.range[1] }
  }

  #entries(map: YAMLMap.Parsed): YamlEntry[] {
    const entries: YamlEntry[] = []
    const lineOf = new Map<string, number>()
    const merged: YamlEntry[] = []
    for (const pair of map.items) {
      const key = pair.key as ParsedNode | null
      const start = key?.range[0] ?? map.range[0]
      const keyAt = this.#position(start)
      const value = this.read(pair.value, key?.range[1] ?? start)
      if (!isScalar(key)) {
        this.refuse(start, 'yaml: a key must be a plain string')
      } else if (key.value === '<<' && key.type === Scalar.PLAIN) {
        merged.push(...this.#merge(value))
      } else {
        const name = String(key.value)
        const first = lineOf.get(name)
        if (first === undefined) lineOf.set(name, keyAt.line)
        else this.refuse(start, `field ${name} already set in line ${first}`)
        entries.push({ key: name, keyAt, value })
      }
    }
    for (const entry of merged) {
      if (lineOf.has(entry.key)) continue
      lineOf.set(entry.key, entry.keyAt.line)
      entries.push(entry)
    }
    return entries
  }

  /** Earlier maps of a list win, as YAML's merge type says. */
  #merge(value: YamlValue): YamlEntry[] {
    if (value.kind === 'map') return [...value.entries]
    if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) {
      return value.items.flatMap((item) => (item.kind === 'map' ? item.entries : []))
    }
    this.problems.push({ at: value.at, message: 'yaml: map merge requires map or list of maps' })
    return []
  }
}

function isNull(node: Scalar): boolean {
  return node.type === Scalar.PLAIN && /^(~|null|Null|NULL|)$/.test(String(node.source ?? ''))
}
