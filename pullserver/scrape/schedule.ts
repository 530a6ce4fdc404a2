/** When a target is scraped: on a grid of its own, which restarts and reloads do not move. */
import { createHash } from 'node:crypto'

/** A first scrape comes within this time, not at the target's place on the grid. */
const firstWithinMs = 1000

/** Timestamps this close to the grid are put on it. */
const snapMs = 2

/**
 * Where in each interval the target's turn is, in [0, intervalMs). The same after a restart; spread
 * over the interval for many targets; another one on another server (`seed`), so that the two of a
 * pair do not scrape at the same moment.
 */
export function offsetMs(identity: string, seed: string, intervalMs: number): number {
  const hash = createHash('md5').update(identity).update('\0').update(seed).digest()
  return hash.readUIntBE(0, 6) % intervalMs
}

/**
 * Prometheus waits for the target's turn, up to a whole interval (and 5 s of discovery before it).
 * Who starts a server looks at its targets next, so the first scrape of each comes within a second,
 * still spread; from then on the grid rules.
 */
export function firstDelayMs(offset: number, intervalMs: number): number {
  return offset % Math.min(firstWithinMs, intervalMs)
}

/** The first moment after `afterMs` that is on the grid. */
export function nextTick(afterMs: number, intervalMs: number, offset: number): number {
  const turn = Math.floor((afterMs - offset) / intervalMs) + 1
  return turn * intervalMs + offset
}

/**
 * The timestamp of a scrape: the tick it was meant for, when it is at most 2 ms (and 1 % of the
 * interval) late, as in Prometheus. Equal steps cost the store nothing.
 */
export function scrapeTime(nowMs: number, tickMs: number, intervalMs: number): number {
  const late = (nowMs - tickMs) % intervalMs
  return late <= Math.min(snapMs, intervalMs / 100) ? nowMs - late : nowMs
}
