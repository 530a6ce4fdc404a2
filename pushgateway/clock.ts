/** The time of pushes: the wall clock, but no two readings are equal. */

/**
 * Milliseconds since the epoch, at least a microsecond after the reading before, so that a push that
 * was refused right after one that was stored has the later time. A clock that is set back by more than
 * a second is followed.
 */
export function createClock(wallMs: () => number = Date.now): () => number {
  let last = Number.NEGATIVE_INFINITY
  return () => {
    const now = wallMs()
    last = now > last || now < last - 1000 ? now : last + 0.001
    return last
  }
}
