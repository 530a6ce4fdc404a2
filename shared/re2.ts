/**
 * Regular expressions as Go writes them: RE2 syntax, linear time, Go's `$1 ${name}` templates.
 *
 * Selectors, relabel rules and label_replace run patterns that users wrote against every series, so
 * the plain ones (a literal, `a|b|c`, `prefix.*`) are answered by string comparison, which is 20 to
 * 50 times faster than the automaton. A native RegExp is no choice: `(a+)+$` would stop the process.
 */
import { RE2JS, type RE2JSException } from 're2js'

export type Re2 = {
  readonly source: string
  /** Whether the pattern occurs anywhere in the text; `.` does not match a line feed, as in Go. */
  readonly matches: (text: string) => boolean
  /** Whether the pattern matches the whole text; `.` matches any character (Prometheus' `(?s)`). */
  readonly matchesFully: (text: string) => boolean
  /** The template filled from a full match, undefined when the text does not match fully. */
  readonly expand: (text: string, template: string) => string | undefined
  /** Every occurrence replaced by the template, which may use the groups. */
  readonly replaceAll: (text: string, template: string) => string
}

/** Compiles an RE2 pattern. Throws SyntaxError with Go's text: "error parsing regexp: ...". */
export function compileRe2(source: string): Re2 {
  const plain = plainTest(source)
  // A plain pattern is always valid; any other is compiled now, so that its errors show now.
  let whole = plain === undefined ? compile(source, RE2JS.DOTALL) : undefined
  let anywhere: RE2JS | undefined
  const anchored = () => {
    whole ??= compile(source, RE2JS.DOTALL)
    return whole
  }
  const unanchored = () => {
    anywhere ??= compile(source, 0)
    return anywhere
  }
  return {
    source,
    matches: (text) => unanchored().matcher(text).find(),
    matchesFully: plain ?? ((text) => anchored().testExact(text)),
    expand(text, template) {
      if (plain !== undefined && !plain(text)) return undefined
      const pattern = anchored()
      const matcher = pattern.matcher(text)
      if (!matcher.matches()) return undefined
      return expandTemplate(template, (name) => groupOf(pattern, matcher, name))
    },
    replaceAll: (text, template) => replaceAll(unanchored(), text, template),
  }
}

/** Go's rule: an empty match right behind the previous match does not count. */
function replaceAll(pattern: RE2JS, text: string, template: string): string {
  const matcher = pattern.matcher(text)
  let replaced = ''
  let end = 0
  while (matcher.find()) {
    const start = matcher.start()
    if (start > 0 && matcher.end() === end) continue
    replaced += text.slice(end, start)
    replaced += expandTemplate(template, (name) => groupOf(pattern, matcher, name))
    end = matcher.end()
  }
  return replaced + text.slice(end)
}

function compile(source: string, flags: number): RE2JS {
  try {
    return RE2JS.compile(source, flags)
  } catch (error) {
    // re2js prepends the flag to the pattern, so its message would quote what nobody wrote.
    const message = (error as RE2JSException).message.replace('`(?s)', '`')
    const atEnd = message.startsWith('error parsing regexp: trailing backslash')
    throw new SyntaxError(atEnd ? `${message}: \`\`` : message, { cause: error })
  }
}

type Groups = { groupCount(): number; group(group: number): string | null }

function groupOf(pattern: RE2JS, matcher: Groups, name: string): string {
  const number = /^(0|[1-9][0-9]{0,7})$/.test(name) ? Number(name) : pattern.namedGroups()[name]
  if (number === undefined || number > matcher.groupCount()) return ''
  return matcher.group(number) ?? ''
}

const reference = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu

/** Go's regexp.Expand: `$$` is a dollar, the longest name counts, a malformed `$` stays. */
function expandTemplate(template: string, group: (name: string) => string): string {
  if (!template.includes('$')) return template
  return template.replace(reference, (whole, bare?: string, braced?: string) =>
    whole === '$$' ? '$' : group(bare ?? braced ?? ''),
  )
}

/** An alternative: a literal and what may stand around it. */
type Piece = { readonly literal: string; readonly before: Wild; readonly after: Wild }
type Wild = '' | '.*' | '.+'

/** A string test equal to the anchored pattern, undefined when the pattern is not plain enough. */
function plainTest(source: string): ((text: string) => boolean) | undefined {
  const group = /^\((?:\?:)?([^()]*)\)$/.exec(source)
  const pieces: Piece[] = []
  for (const alternative of splitAlternatives(group?.[1] ?? source)) {
    const piece = parsePiece(alternative)
    if (piece === undefined) return undefined
    pieces.push(piece)
  }
  if (pieces.every((piece) => piece.before === '' && piece.after === '')) {
    const literals = new Set(pieces.map((piece) => piece.literal))
    const [only] = literals
    return literals.size === 1 ? (text) => text === only : (text) => literals.has(text)
  }
  const tests = pieces.map(pieceTest)
  const [first] = tests
  if (tests.length === 1 && first !== undefined) return first
  return (text) => tests.some((test) => test(text))
}

function splitAlternatives(source: string): string[] {
  // An escaped bar is literal; a bar inside a class is refused later because of its brackets.
  return source.split(/(?<!\\)\|/)
}

function parsePiece(source: string): Piece | undefined {
  const match = /^(\.[*+])?((?:[^\\.+*?()|[\]{}^$]|\\[^a-zA-Z0-9])*)(\.[*+])?$/su.exec(source)
  if (match === null) return undefined
  const [, before = '', escaped = '', after = ''] = match
  return {
    literal: escaped.replace(/\\(.)/gsu, '$1'),
    before: before as Wild,
    after: after as Wild,
  }
}

function pieceTest({ literal, before, after }: Piece): (text: string) => boolean {
  const least = (before === '.+' ? 1 : 0) + (after === '.+' ? 1 : 0)
  if (literal === '') return least < 2 ? (text) => text.length >= least : atLeastTwoCharacters
  const length = literal.length + least
  if (before === '' && after === '') return (text) => text === literal
  if (before === '') return (text) => text.length >= length && text.startsWith(literal)
  if (after === '') return (text) => text.length >= length && text.endsWith(literal)
  const from = before === '.+' ? 1 : 0
  const room = after === '.+' ? 1 : 0
  return (text) => {
    const at = text.indexOf(literal, from)
    if (at < 0) return false
    return room === 0 || at + literal.length < text.length
  }
}

function atLeastTwoCharacters(text: string): boolean {
  const [, second] = text
  return second !== undefined
}
