/** Durations as Go and Prometheus write them: `1h30m`, `1.5s`, `300ms`, and also `15d`, `2w`, `1y`. */

/** In nanoseconds, Go's own unit, so that no unit is a fraction. */
const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, micro sign
  μs: 1e3, // U+03BC, Greek mu
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
  w: 604_800e9,
  y: 31_536_000e9,
}

/**
 * Milliseconds of a duration. Throws a SyntaxError in the words of Go's time.ParseDuration.
 * The two languages share their units; a flag that Go reads strictly (`5s`, never `1d`) is read here
 * generously, since no text means one thing to Go and another to Prometheus.
 */
export function parseDuration(text: string): number {
  const negative = text.startsWith('-')
  const body = /^[+-]/.test(text) ? text.slice(1) : text
  if (body === '0') return 0
  const part = /(\d+\.?\d*|\.\d+)([^\d.]*)/y
  let totalNs = 0
  while (part.lastIndex < body.length) {
    const [, amount, unit] = part.exec(body) ?? []
    if (amount === undefined) break
    if (unit === '') throw new SyntaxError(`time: missing unit in duration ${quote(text)}`)
    const ns = unitNs[unit ?? '']
    if (ns === undefined) {
      throw new SyntaxError(`time: unknown unit ${quote(unit ?? '')} in duration ${quote(text)}`)
    }
    totalNs += Number(amount) * ns
    if (part.lastIndex === body.length) {
      return (negative ? -totalNs : totalNs) / 1e6
    }
  }
  throw new SyntaxError(`time: invalid duration ${quote(text)}`)
}

/** A duration as Go's Duration.String writes it: `5m0s`, `1.5s`, `300ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`
  if (ms === 0) return '0s'
  if (ms < 1e-3) return `${round(ms * 1e6)}ns`
  if (ms < 1) return `${round(ms * 1e3)}µs`
  if (ms < 1_000) return `${round(ms)}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = round((ms % 60_000) / 1_000)
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}

/** Nine decimals are a nanosecond of a second: what a double adds beyond them is not the duration's. */
function round(value: number): number {
  return Number(value.toFixed(9))
}

function quote(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}...` : text)
}
