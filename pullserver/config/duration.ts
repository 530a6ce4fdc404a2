/** Durations as Prometheus writes them: `15s`, `1m30s`, `1d`; years, weeks, days of fixed length. */

const unitsMs = [
  ['y', 365 * 24 * 3600_000],
  ['w', 7 * 24 * 3600_000],
  ['d', 24 * 3600_000],
  ['h', 3600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

const syntax = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Go keeps durations in 64-bit nanoseconds: about 292 years. */
const longestMs = 2 ** 63 / 1e6

/** Milliseconds. Throws RangeError with Prometheus' text. A bare number is refused, but for "0". */
export function parseDuration(text: string): number {
  if (text === '0') return 0
  if (text === '') throw new RangeError('empty duration string')
  const match = syntax.exec(text)
  if (match === null) {
    throw new RangeError(`not a valid duration string: ${JSON.stringify(text)}`)
  }
  let totalMs = 0
  for (const [index, [, unitMs]] of unitsMs.entries()) {
    totalMs += Number(match[index + 1] ?? 0) * unitMs
  }
  if (totalMs > longestMs) throw new RangeError('duration out of range')
  return totalMs
}

/** The shortest spelling; years and weeks only when nothing is left over (90d, not 12w6d). */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return '0s'
  let text = ''
  let restMs = durationMs
  for (const [unit, unitMs] of unitsMs) {
    if ((unit === 'y' || unit === 'w') && restMs % unitMs !== 0) continue
    const count = Math.floor(restMs / unitMs)
    if (count === 0) continue
    text += `${count}${unit}`
    restMs -= count * unitMs
  }
  return text
}
