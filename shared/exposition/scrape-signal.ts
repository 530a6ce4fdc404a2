/** Until when a scrape is worth working on: as long as its client is there and has time left. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Fires when the connection closes before the answer is out, or a little before the scrape timeout
 * that Prometheus announces has passed: 10% of it, at most half a second, is kept for writing and
 * sending. Without such a header there is no deadline.
 */
export function scrapeSignal(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  const deadlineMs = scrapeDeadlineMs(request.headers['x-prometheus-scrape-timeout-seconds'])
  const timer =
    deadlineMs === undefined
      ? undefined
      : setTimeout(() => {
          const seconds = deadlineMs / 1000
          controller.abort(new Error(`scrape stopped after ${seconds} s, near its timeout`))
        }, deadlineMs)
  response.once('close', () => {
    clearTimeout(timer)
    if (!response.writableFinished) controller.abort(new Error('scrape stopped: client went away'))
  })
  return controller.signal
}

/** Milliseconds from now, undefined when the header is absent or not a time that can pass. */
export function scrapeDeadlineMs(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && header !== '' ? Number(header) : Number.NaN
  if (!(seconds > 0 && seconds < longestTimerSeconds)) return undefined
  return (seconds - Math.min(0.5, seconds * 0.1)) * 1000
}

/** setTimeout() takes 31 bits of milliseconds and fires at once beyond that. */
const longestTimerSeconds = 2_147_483
