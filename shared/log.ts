/** Log lines as promslog writes them, logfmt or JSON, to stderr. */
import { basename } from 'node:path'
import { getCallSites } from 'node:util'
import { flag } from './flags.ts'
import { LogLimit } from './log-limit.ts'
import { quote } from './quote.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFormat = 'logfmt' | 'json'
export type LogFields = Readonly<Record<string, unknown>>

export type Log = {
  debug(msg: string, fields?: LogFields): void
  info(msg: string, fields?: LogFields): void
  warn(msg: string, fields?: LogFields): void
  error(msg: string, fields?: LogFields): void
  /** A log whose every line carries these fields too. */
  with(fields: LogFields): Log
  /**
   * A log that says the same thing once a minute at most, then with how many lines it left out as
   * `suppressed`; for what happens at every scrape. Debug lines are all written.
   */
  limited(): Log
}

const limitMs = 60_000

const levels = ['debug', 'info', 'warn', 'error'] as const
const formats = ['logfmt', 'json'] as const

/** Spread into a program's declarations. */
export const logFlags = {
  'log.level': flag.choice(
    `Least severe level that is logged. One of: [${levels.join(', ')}]`,
    'info',
    levels,
  ),
  'log.format': flag.choice(
    `Form of the log lines. One of: [${formats.join(', ')}]`,
    'logfmt',
    formats,
  ),
}

type LogOptions = {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Where lines go, each with its line break; stderr unless a test looks at them. */
  readonly write?: (line: string) => void
  readonly now?: () => Date
}

export function createLog(options: LogOptions): Log {
  return makeLog(options, {})
}

function makeLog(options: LogOptions, own: LogFields, limit?: LogLimit): Log {
  const { level, format, now = () => new Date() } = options
  const write = options.write ?? ((line: string) => process.stderr.write(line))
  const least = levels.indexOf(level)
  const log =
    (at: LogLevel) =>
    (msg: string, fields: LogFields = {}): void => {
      if (levels.indexOf(at) < least) return
      const all = { ...own, ...fields }
      const suppressed = limit === undefined || at === 'debug' ? 0 : limit.admit(at, msg, all)
      if (suppressed === undefined) return
      const counted = suppressed > 0 ? { suppressed } : {}
      const time = now().toISOString()
      const entry = { time, level: at.toUpperCase(), source: source(), msg, ...all, ...counted }
      write(format === 'json' ? jsonLine(entry) : logfmtLine(entry))
    }
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    with: (fields) => makeLog(options, { ...own, ...fields }, limit),
    limited: () => makeLog(options, own, new LogLimit(limitMs, () => now().getTime())),
  }
}

/** `file.ts:123` of the line that called the log: two frames above this one. */
function source(): string {
  const site = getCallSites(3)[2]
  if (site === undefined) return ''
  // A module's name is a URL, to which a loader (a test runner's) may add a query.
  return `${basename(site.scriptName.replace(/\?.*$/, ''))}:${site.lineNumber}`
}

function logfmtLine(entry: LogFields): string {
  const pairs: string[] = []
  for (const [key, value] of Object.entries(entry)) {
    if (value !== undefined) pairs.push(`${quoteIfNeeded(key)}=${quoteIfNeeded(plainText(value))}`)
  }
  return `${pairs.join(' ')}\n`
}

function jsonLine(entry: LogFields): string {
  const replace = (_key: string, value: unknown): unknown => {
    if (value instanceof Error) return plainText(value)
    if (typeof value === 'bigint') return String(value)
    return value instanceof Set ? [...value] : value
  }
  return `${JSON.stringify(entry, replace)}\n`
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.message === '' ? value.name : value.message
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(value instanceof Set ? [...value] : value)
  }
  return String(value)
}

/** The rule of Go's slog: quoted when empty, with space, `=`, `"`, or anything that does not print. */
function quoteIfNeeded(text: string): string {
  if (text !== '' && !/[\s="\p{C}\p{Z}\uFFFD]/u.test(text)) return text
  return quote(text)
}
