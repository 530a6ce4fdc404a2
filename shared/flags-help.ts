/** The --help listing, laid out in two columns as the Go programs do. */
import type { Flag, Flags, Program } from './flags.ts'

const width = 80
const indent = 2
const gap = 2
/** A flag this long or longer has its help begin on the next line. */
const longFlag = 30

export function formatHelp({ name, description }: Program, declarations: Flags): string {
  const rows: [flag: string, help: string][] = [['-h, --[no-]help', 'Show this list.']]
  for (const [flagName, declaration] of Object.entries(declarations)) {
    if (declaration.hidden !== true) rows.push([flagText(flagName, declaration), help(declaration)])
  }
  rows.push(['    --[no-]version', 'Show the version.'])
  const column = Math.max(...rows.map(([text]) => (text.length < longFlag ? text.length : 0)))
  const lines = [`usage: ${name} [<flags>]`, '', description, '', '', 'Flags:']
  for (const [text, words] of rows) {
    const [first = '', ...rest] = wrap(words, width - column - gap - indent)
    const margin = ' '.repeat(indent + column + gap)
    const start = `${' '.repeat(indent)}${text.padEnd(column)}${' '.repeat(gap)}`
    if (text.length < longFlag) lines.push(start + first)
    else lines.push(start, margin + first)
    for (const line of rest) lines.push(margin + line)
  }
  return `${lines.join('\n')}\n`
}

function flagText(name: string, { kind, defaults, quoted, placeholder }: Flag): string {
  if (kind === 'boolean') return `    --[no-]${name}`
  const [first] = defaults
  const more = defaults.length > 1 ? '...' : ''
  let value = placeholder
  if (value === undefined && first !== undefined && (first !== '' || quoted)) {
    value = (quoted ? JSON.stringify(first) : first) + more
  }
  return `    --${name}=${value ?? name.toUpperCase()}${kind === 'many' ? ' ...' : ''}`
}

function help({ help: text, env }: Flag): string {
  return env === undefined ? text : `${text} ($${env})`
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
