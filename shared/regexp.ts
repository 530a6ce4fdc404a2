/**
 * Operators write RE2 in flags; we run V8's RegExp, so RE2's spelling is translated, or refused with
 * the reason. RE2 itself (shared/re2.ts, linear time) would cost a host agent 5 MB for patterns that
 * its own operator wrote and that run against device names; strangers' patterns belong there.
 */

/**
 * Compiles an RE2 pattern, unanchored. Throws a SyntaxError that quotes the pattern and says what is
 * wrong with it. Syntax: https://github.com/google/re2/wiki/Syntax
 */
export function compileOperatorRegexp(source: string): RegExp {
  try {
    return new RegExp(new Translation(source).run(), 'v')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const reason = error.message.replace(/^Invalid regular expression: .*\/v: /s, '')
    throw new SyntaxError(`regexp ${JSON.stringify(source)}: ${lowerFirst(reason)}`, {
      cause: error,
    })
  }
}

/** The flags in force; `i` is the only one that V8 keeps for us, as a `(?i:` group. */
type Modes = { readonly i: boolean; readonly m: boolean; readonly s: boolean }

class Translation {
  readonly #source: string
  #at = 0
  #out = ''
  #modes: Modes = { i: false, m: false, s: false }
  /** For each open group the modes to come back to, and how many `(?i:` we opened inside it. */
  #groups: { modes: Modes; opened: boolean }[] = [
    { modes: { i: false, m: false, s: false }, opened: false },
  ]

  constructor(source: string) {
    this.#source = source
  }

  run(): string {
    while (this.#at < this.#source.length) this.#next()
    if (this.#groups.length > 1) throw new SyntaxError('missing )')
    this.#closeModeGroup()
    return this.#out
  }

  #next(): void {
    const character = this.#take()
    switch (character) {
      case '\\':
        this.#escape()
        break
      case '[':
        this.#out += characterClass(this.#classText())
        break
      case '(':
        this.#openGroup()
        break
      case ')':
        this.#closeGroup()
        break
      case '|':
        this.#alternative()
        break
      case '.':
        this.#out += this.#modes.s ? '[\\s\\S]' : '[^\\n]'
        break
      case '^':
        this.#out += this.#modes.m ? '(?<![^\\n])' : '^'
        break
      case '$':
        this.#out += this.#modes.m ? '(?![^\\n])' : '$'
        break
      case '{':
        this.#repeat()
        break
      case '*':
      case '+':
      case '?':
        this.#out += character
        break
      default:
        this.#out += literal(character)
    }
  }

  #take(): string {
    const character = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0)
    this.#at += character.length
    return character
  }

  /** A `{` that does not open a repeat count stands for itself. */
  #repeat(): void {
    const count = /^\{(\d+)(?:,(\d*))?\}/.exec(this.#source.slice(this.#at - 1))
    if (count === null) {
      this.#out += '\\{'
      return
    }
    if (Number(count[1]) > 1000 || Number(count[2] ?? 0) > 1000) {
      throw new SyntaxError(`repeat count ${count[0]} is over 1000`)
    }
    this.#out += count[0]
    this.#at += count[0].length - 1
  }

  #openGroup(): void {
    const rest = this.#source.slice(this.#at)
    if (!rest.startsWith('?')) {
      this.#push('(')
      return
    }
    const name = /^\?P?<([A-Za-z_]\w*)>/.exec(rest)
    if (name !== null) {
      this.#at += name[0].length
      this.#push(`(?<${name[1]}>`)
      return
    }
    const flags = /^\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/.exec(rest)
    if (flags === null || (flags[3] === ')' && flags[0] === '?)')) {
      throw new SyntaxError(
        `(${rest.slice(0, 3)} is not RE2 syntax: no lookahead, lookbehind or other extensions`,
      )
    }
    this.#at += flags[0].length
    const modes = switchModes(this.#modes, flags[1] ?? '', flags[2] ?? '')
    if (flags[3] === ':') {
      const before = this.#modes
      this.#push(modes.i === before.i ? '(?:' : modes.i ? '(?i:' : '(?-i:')
      this.#modes = modes
    } else {
      this.#setModes(modes)
    }
  }

  #push(opening: string): void {
    this.#groups.push({ modes: this.#modes, opened: false })
    this.#out += opening
  }

  #closeGroup(): void {
    this.#closeModeGroup()
    const group = this.#groups.pop()
    if (group === undefined || this.#groups.length === 0) throw new SyntaxError('unexpected )')
    this.#modes = group.modes
    this.#out += ')'
  }

  /** `a(?i)b|c` keeps the mode up to the end of the group, across `|`, where V8's group must end. */
  #alternative(): void {
    const opened = this.#closeModeGroup()
    this.#out += '|'
    if (opened) this.#openModeGroup()
  }

  #setModes(modes: Modes): void {
    const changed = modes.i !== this.#modes.i
    this.#modes = modes
    if (!changed) return
    this.#closeModeGroup()
    this.#openModeGroup()
  }

  #openModeGroup(): void {
    const group = this.#groups.at(-1)
    if (group === undefined || group.modes.i === this.#modes.i) return
    group.opened = true
    this.#out += this.#modes.i ? '(?i:' : '(?-i:'
  }

  #closeModeGroup(): boolean {
    const group = this.#groups.at(-1)
    if (group?.opened !== true) return false
    group.opened = false
    this.#out += ')'
    return true
  }

  #escape(): void {
    if (this.#at >= this.#source.length) throw new SyntaxError('trailing backslash')
    const rest = this.#source.slice(this.#at)
    if (rest.startsWith('Q')) {
      const end = this.#source.indexOf('\\E', this.#at)
      const text = this.#source.slice(this.#at + 1, end < 0 ? undefined : end)
      for (const character of text) this.#out += literal(character)
      this.#at = end < 0 ? this.#source.length : end + 2
      return
    }
    const anchor = anchors[rest.charAt(0)]
    if (anchor !== undefined) {
      this.#at += 1
      this.#out += anchor
      return
    }
    const escaped = readEscape(rest)
    this.#at += escaped.length
    this.#out += escaped.isSet ? `[${escaped.text}]` : escaped.text
  }

  /** The text between the brackets; a `]` right after `[` or `[^` stands for itself. */
  #classText(): string {
    const start = this.#at
    const rest = this.#source.slice(start)
    const body = /^(?:\^?\]|\^?(?!\]))(?:\\p\{[^}]*\}|\\.|\[:\^?\w+:\]|[^\]\\])*\]/s.exec(rest)
    if (body === null) throw new SyntaxError('missing ]')
    this.#at = start + body[0].length
    return body[0].slice(0, -1)
  }
}

const anchors: Readonly<Record<string, string>> = {
  A: '(?<![\\s\\S])',
  z: '(?![\\s\\S])',
  b: '\\b',
  B: '\\B',
}

function switchModes(modes: Modes, on: string, off: string): Modes {
  const next = { ...modes }
  for (const [letters, value] of [
    [on, true],
    [off, false],
  ] as const) {
    for (const letter of letters) {
      if (letter === 'i' || letter === 'm' || letter === 's') next[letter] = value
      else if (letter === 'U') throw new SyntaxError('flag U (ungreedy) is not supported here')
      else throw new SyntaxError(`unknown flag ${letter} in (?${on}${off === '' ? '' : `-${off}`})`)
    }
  }
  return next
}

/** One escape after its backslash: what it is in V8, how long it was, whether it is a set. */
function readEscape(rest: string): { text: string; length: number; isSet: boolean } {
  const letter = rest.charAt(0)
  const set = perlSets[letter]
  if (set !== undefined) return { text: set, length: 1, isSet: true }
  const control = controls[letter]
  if (control !== undefined) return { text: control, length: 1, isSet: false }
  const code = /^(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|([1-7][0-7]{1,2}|0[0-7]{0,2}))/.exec(rest)
  if (code !== null) {
    const value =
      code[3] === undefined
        ? Number.parseInt(code[1] ?? code[2] ?? '', 16)
        : Number.parseInt(code[3], 8)
    if (value > 0x10ffff) throw new SyntaxError(`\\${code[0]} is not a code point`)
    return { text: hex(value), length: code[0].length, isSet: false }
  }
  const unicode = /^([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(rest)
  if (unicode !== null) {
    const negative = (unicode[1] === 'P') !== (unicode[2] === '^')
    const property = unicodeProperty(unicode[3] ?? unicode[4] ?? '')
    return {
      text: `\\${negative ? 'P' : 'p'}{${property}}`,
      length: unicode[0].length,
      isSet: true,
    }
  }
  if (/^[1-9]/.test(letter)) {
    throw new SyntaxError(`\\${letter} is not RE2 syntax: no backreferences`)
  }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  if (/[0-9A-Za-z]/.test(letter) || character > '\x7f') {
    throw new SyntaxError(`\\${character} is not RE2 syntax`)
  }
  return { text: literal(character), length: 1, isSet: false }
}

/** RE2's are ASCII; V8's \s is not. Written as what stands inside a class, complements nested. */
const perlSets: Readonly<Record<string, string>> = {
  d: '0-9',
  D: '[^0-9]',
  w: '0-9A-Za-z_',
  W: '[^0-9A-Za-z_]',
  s: '\\t\\n\\f\\r\\x20',
  S: '[^\\t\\n\\f\\r\\x20]',
}

const controls: Readonly<Record<string, string>> = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
}

const generalCategory = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?|Any)$/

function unicodeProperty(name: string): string {
  return generalCategory.test(name) ? name : `Script=${name}`
}

/** A bracket expression, rebuilt so that every literal is escaped as the v flag wants it. */
function characterClass(text: string): string {
  const negated = text.startsWith('^')
  let rest = negated ? text.slice(1) : text
  let out = negated ? '[^' : '['
  while (rest !== '') {
    const item = classItem(rest)
    rest = rest.slice(item.length)
    const range = rest.startsWith('-') && rest.length > 1 && !item.isSet
    if (!range) {
      out += item.text
      continue
    }
    const end = classItem(rest.slice(1))
    if (end.isSet) throw new SyntaxError(`bad range in [${text}]`)
    rest = rest.slice(1 + end.length)
    out += `${item.text}-${end.text}`
  }
  return `${out}]`
}

function classItem(rest: string): { text: string; length: number; isSet: boolean } {
  if (rest.startsWith('\\')) {
    const escaped = readEscape(rest.slice(1))
    return { ...escaped, length: escaped.length + 1 }
  }
  const posix = /^\[:(\^?)(\w+):\]/.exec(rest)
  if (posix !== null) {
    const set = posixSets[posix[2] ?? '']
    if (set === undefined) throw new SyntaxError(`unknown class ${posix[0]}`)
    return { text: posix[1] === '^' ? `[^${set}]` : set, length: posix[0].length, isSet: true }
  }
  const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  return { text: literal(character), length: character.length, isSet: false }
}

const posixSets: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t\\x20',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r\\x20',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}

function literal(character: string): string {
  return /^[0-9A-Za-z_]$/.test(character) ? character : hex(character.codePointAt(0) ?? 0)
}

function hex(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
