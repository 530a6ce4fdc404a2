/** Durations as people type them, `1h30m`, to seconds and back; and how long ago a moment was. */

const seconds = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 }

/** Seconds, or undefined when the text is no duration. */
export function parseDuration(text) {
  if (!/^(\d+[wdhms])+$/.test(text)) return undefined
  let total = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([wdhms])/g)) total += count * seconds[unit]
  return total
}

export function formatDuration(total) {
  let rest = Math.round(total)
  let text = ''
  for (const [unit, size] of Object.entries(seconds)) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text || '0s'
}

/** `3.2s ago`; `never` for Go's zero time. */
export function formatAgo(date, nowMs = Date.now()) {
  const ms = Date.parse(date)
  if (ms < 0) return 'never'
  const ago = Math.max(0, nowMs - ms) / 1000
  return ago < 60 ? `${ago.toFixed(1)}s ago` : `${formatDuration(ago)} ago`
}
